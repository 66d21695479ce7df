/** Names in a blob location (docs/formats/blob-backups.md, "Names"). */

/** The manifest of a tree, in its outer directory. */
export const TREE_MANIFEST = 'manifest.holdfast';
/** Added to the name of an archive, that of its manifest. */
export const ARCHIVE_MANIFEST = '.holdfast';
/** How the names of unfinished things begin. */
export const PARTIAL = '.holdfast-partial-';
/** The link to the newest tree with a stamp. */
export const LATEST = 'latest';
/** The usual name of a source, and so of the outer directories of its trees. */
export const OUTER_NAME = 'blobstorage';

/** What the name of a backup says: `stamp` or `number`, never both. */
export interface BlobName {
  readonly name: string;
  /** `snar`: GNU tar's snapshot file. */
  readonly kind: 'tree' | 'archive' | 'delta' | 'snar';
  /** What stands before the first dot of the rest. */
  readonly base: string;
  /** `YYYY-MM-DD-hh-mm-ss`, UTC. */
  readonly stamp: string | undefined;
  /** Of a rotated one, 0 the newest. */
  readonly number: number | undefined;
  readonly gzip: boolean;
}

const STAMP = /^\d{4}(?:-\d\d){5}$/;
const NAME = /^(.+)\.(\d{4}(?:-\d\d){5}|0|[1-9]\d{0,8})((?:\.delta)?\.tar(?:\.gz)?|\.snar)?$/s;
const POOL_MANIFEST = /^(\d{4}(?:-\d\d){5})\.delta\.holdfast$/;

/** Undefined for every name that is not of this grammar; only what such a name stands for is ever removed. */
export function parseBlobName(name: string): BlobName | undefined {
  const match = NAME.exec(name);
  if (match === null || name.startsWith('.')) return undefined;
  const [, base = '', which = '', ending = ''] = match;
  const stamped = STAMP.test(which);
  if (stamped && stampTime(which) === undefined) return undefined;
  const kind = kindOf(ending);
  // Increments and tar's snapshot files have stamps only.
  if (!stamped && (kind === 'delta' || kind === 'snar')) return undefined;
  return {
    name,
    kind,
    base,
    stamp: stamped ? which : undefined,
    number: stamped ? undefined : Number(which),
    gzip: ending.endsWith('.gz'),
  };
}

/** How the outer names of trees of a source begin: with its name, as the recipe has it, where that is in this grammar. */
export function outerName(base: string): string {
  return parseBlobName(`${base}.0`)?.base === base ? base : OUTER_NAME;
}

function kindOf(ending: string): BlobName['kind'] {
  if (ending === '') return 'tree';
  if (ending === '.snar') return 'snar';
  return ending.startsWith('.delta') ? 'delta' : 'archive';
}

/** The stamp of a delta manifest in the outer directory of a tree; undefined for other names. */
export function parsePoolManifestName(name: string): string | undefined {
  const stamp = POOL_MANIFEST.exec(name)?.[1];
  return stamp !== undefined && stampTime(stamp) !== undefined ? stamp : undefined;
}

export function poolManifestName(stamp: string): string {
  return `${stamp}.delta.holdfast`;
}

/** The id of a state that shares the tree of another. */
export function poolId(tree: string, stamp: string): string {
  return `${tree}@${stamp}`;
}

/** Name of the tree that holds a state; other ids are names. */
export function treeName(id: string): string {
  return id.replace(/@\d{4}(?:-\d\d){5}$/, '');
}

/** Milliseconds since 1970, or undefined where the text is no stamp of a real moment. */
export function stampTime(stamp: string): number | undefined {
  if (!STAMP.test(stamp)) return undefined;
  const [year, month, day, hour, minute, second] = stamp.split('-').map(Number);
  const ms = Date.UTC(year!, month! - 1, day, hour, minute, second);
  return Number.isNaN(ms) || timeStamp(ms) !== stamp ? undefined : ms;
}

/** The stamp of the second that a moment lies in. @param ms milliseconds since 1970 */
export function timeStamp(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace(/[T:]/g, '-');
}
