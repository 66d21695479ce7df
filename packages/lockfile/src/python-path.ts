import { resolve } from 'node:path';

/**
 * Paths as Python's `os.path` takes them apart: it differs from `node:path` in a trailing slash (an empty name) and
 * in two leading slashes, which POSIX lets stand.
 */

export function absolutePath(path: string): string {
  const absolute = resolve(path === '' ? '.' : path);
  return /^\/\/(?!\/)/.test(path) ? `/${absolute}` : absolute;
}

/** What follows the last slash. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** What precedes the last slash, without slashes at its end unless there is nothing else. */
export function directoryName(path: string): string {
  const head = path.slice(0, path.lastIndexOf('/') + 1);
  return /^\/*$/.test(head) ? head : head.replace(/\/+$/, '');
}

/** `os.path.join` of a directory and a name that does not begin with a slash. */
export function joinPath(directory: string, name: string): string {
  return directory === '' || directory.endsWith('/') ? `${directory}${name}` : `${directory}/${name}`;
}
