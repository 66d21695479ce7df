import { resolve } from 'node:path';

/** What a path of the configuration is resolved with. */
export interface PathContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The home directory, for `~`. */
  readonly home: string;
}

export type Expanded = { readonly path: string } | { readonly problem: string };

const VARIABLE = /\$(?:(\$)|\{([^}]*)\}|([A-Za-z0-9_]+))/g;

/**
 * A path as written -> absolute, without `..` and without a slash at its end. `~` at the beginning is the home
 * directory, `$NAME` and `${NAME}` are variables of the environment, `$$` is a dollar. Where Python's recipe leaves an
 * unknown variable as it is, and so backs up to a directory named `$NAME`, it is a problem here.
 *
 * @param base absolute; what a relative path is relative to
 */
export function expandPath(text: string, base: string, { env, home }: PathContext): Expanded {
  if (text.includes('\0')) return { problem: 'a path cannot hold a zero byte' };
  if (/^~[^/]/.test(text))
    return { problem: `${text}: write the home directory of another user out as a path` };
  const unset: string[] = [];
  const expanded = text
    .replace(/^~/, () => home)
    .replace(VARIABLE, (whole, dollar?: string, braced?: string, bare?: string) => {
      if (dollar !== undefined) return dollar;
      const name = braced ?? bare ?? '';
      const value = env[name];
      if (value !== undefined && value !== '') return value;
      unset.push(name);
      return whole;
    });
  if (unset.length > 0)
    return { problem: `${text}: ${unset.map((name) => `the variable ${name} is not set`).join(', ')}` };
  return { path: resolve(base, expanded) };
}

/** Whether `path` is `directory` or lies in it. Both are absolute. */
export function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith('/') ? directory : `${directory}/`);
}
