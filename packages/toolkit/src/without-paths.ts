/** An absolute path: not the rest of a URL (`https://host/a`), not a fraction (`3/4`). Its last part is the group. */
const ABSOLUTE = /(?<![\w.:/~-])\/(?:[^\s/'"`<>|;,()]+\/)*([^\s/'"`<>|;,()]*)/g;

/**
 * A text for those who may not know where things lie: each absolute path becomes its last part
 * (`/srv/zope/var/filestorage/Data.fs`: `Data.fs`).
 *
 * @param known a path that may stand in the text, with spaces or not
 */
export function withoutPaths(text: string, known?: string): string {
  const base = known?.replace(/\/+$/, '').split('/').pop();
  const first =
    known === undefined || base === undefined || base === '' ? text : text.replaceAll(known, base);
  return first.replace(ABSOLUTE, (path, last: string) => (last === '' && path === '/' ? path : last));
}

/** Every text in a piece of JSON. A text that is a path and nothing else becomes its last part, blanks or not. */
export function withoutPathsIn<T>(value: T): T {
  if (typeof value === 'string') {
    const isPath = value.startsWith('/') && !/[:;,()'"]/.test(value);
    return (isPath ? withoutPaths(value, value) : withoutPaths(value)) as T;
  }
  if (Array.isArray(value)) return value.map((item) => withoutPathsIn<unknown>(item)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withoutPathsIn<unknown>(item)]),
  ) as T;
}
