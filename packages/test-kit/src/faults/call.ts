/**
 * The calls of a file system and of its open files, by the names of their methods; `fstat` is that of an open file. Those
 * of `BulkFiles` go by the same names; `copyFile` and `syncTree` are its own.
 */
export type Method =
  | 'openRead'
  | 'create'
  | 'openWrite'
  | 'lstat'
  | 'stat'
  | 'readDirectory'
  | 'readLink'
  | 'realPath'
  | 'expectWritable'
  | 'rename'
  | 'link'
  | 'symlink'
  | 'unlink'
  | 'makeDirectory'
  | 'removeDirectory'
  | 'syncDirectory'
  | 'freeSpace'
  | 'read'
  | 'write'
  | 'fstat'
  | 'truncate'
  | 'sync'
  | 'chmod'
  | 'utimes'
  | 'chown'
  | 'close'
  | 'copyFile'
  | 'syncTree';

/** One call, as the log shows it. */
export interface Call {
  readonly method: Method;
  /** What the call works on; of `rename`, `link` and `copyFile` the new name. */
  readonly path: string;
  /** Of `rename`, `link` and `copyFile` the name that is there already. */
  readonly from?: string;
  /** Bytes asked for by `read` and `write`. */
  readonly length?: number;
}

/** Calls that change what is on the disk, or make a change durable. */
const MUTATING: ReadonlySet<Method> = new Set([
  'create',
  'rename',
  'link',
  'symlink',
  'unlink',
  'makeDirectory',
  'removeDirectory',
  'syncDirectory',
  'write',
  'truncate',
  'sync',
  'chmod',
  'utimes',
  'chown',
  'copyFile',
  'syncTree',
]);

export function isMutating(call: Call): boolean {
  return MUTATING.has(call.method);
}

/** One line for a message: `rename a to b`. */
export function callLine({ method, path, from, length }: Call): string {
  const what = from === undefined ? path : `${from} to ${path}`;
  return `${method} ${what}${length === undefined ? '' : ` (${length} bytes)`}`;
}
