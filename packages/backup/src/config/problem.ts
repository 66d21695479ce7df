/** Something wrong in a configuration: where in the file, and what. */
export interface Problem {
  /** The way to the value: `['keep']`, `['storages', 'catalog', 'datafs']`; empty: the file as a whole. */
  readonly path: readonly string[];
  readonly message: string;
}

/** A way to a value as the documentation writes it: `keep`, `[storages.catalog] datafs`. */
export function nameOfPath(path: readonly string[]): string {
  if (path.length < 2) return path.join('');
  if (path[0] === 'storages' && path.length === 2) return `[${path.join('.')}]`;
  return `[${path.slice(0, -1).join('.')}] ${path.at(-1)}`;
}
