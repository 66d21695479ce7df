import { ROOT_PATH } from '../manifest.js';

/** What a member's name means: a path below the blob directory, or why it has none. */
export type MemberPath =
  | { readonly path: string }
  /** `hostile`: the name leads out of the directory; nobody who makes backups writes such. */
  | { readonly reason: string; readonly hostile: boolean };

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** `./a/b/` is `a/b`; `./` is `.`, the blob directory itself. */
export function memberPath(name: Buffer): MemberPath {
  let text: string;
  try {
    text = decoder.decode(name);
  } catch {
    return { reason: 'its name is not UTF-8', hostile: false };
  }
  if (text.includes('\0')) return { reason: 'its name holds a NUL', hostile: true };
  if (text.startsWith('/')) return { reason: 'its name is absolute', hostile: true };
  if (text === '') return { reason: 'it has no name', hostile: true };
  const parts = text.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) return { reason: 'its name leads out of the directory', hostile: true };
  return { path: parts.length === 0 ? ROOT_PATH : parts.join('/') };
}

/** The name that an entry has in an archive, as GNU tar's `-C DIRECTORY .` gives it. */
export function memberName(path: string, isDirectory: boolean): string {
  if (path === ROOT_PATH) return './';
  return `./${path}${isDirectory ? '/' : ''}`;
}

/** A name for messages, whatever its bytes are. */
export function shownName(name: Buffer): string {
  return JSON.stringify(name.toString('utf8'));
}
