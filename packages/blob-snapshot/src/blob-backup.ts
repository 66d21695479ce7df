/**
 * Backups of blobs as they lie in a location (docs/formats/blob-backups.md, "Names"). The names are those of
 * collective.recipe.backup; what Holdfast knows beyond them stands in a manifest beside.
 */

/**
 * - `tree`: `<base>.<stamp>/<base>/…` or rotated `<base>.<n>/<base>/…`.
 * - `pool`: a later state that shares the tree of `<base>.<stamp of its first>`: only a delta manifest is its own.
 * - `archive`: `<base>.<stamp>.tar[.gz]` or rotated `<base>.<n>.tar[.gz]`.
 * - `delta`: `<base>.<stamp>.delta.tar[.gz]`, restored after the plain archive before it and the deltas between.
 */
export type BlobBackupKind = 'tree' | 'pool' | 'archive' | 'delta';

export interface BlobBackup {
  /** What a set record calls it, unique in its location: the name, and for `pool` `<name of the tree>@<stamp>`. */
  readonly id: string;
  readonly kind: BlobBackupKind;
  /** Full path of the directory or of the archive. */
  readonly path: string;
  /** Name of the inner directory of a tree, or of the source of an archive: usually `blobstorage`. */
  readonly base: string;
  /** `YYYY-MM-DD-hh-mm-ss`, UTC, from the name, or for rotated ones from the manifest; undefined: not known. */
  readonly stamp: string | undefined;
  /** Of a rotated one, 0 the newest. */
  readonly number: number | undefined;
  /** Time of modification, milliseconds since 1970: what dates a rotated one of the recipe's. */
  readonly modifiedMs: number;
  /** Full path of the manifest; undefined: the recipe made it. */
  readonly manifest: string | undefined;
  /** Manifests or archives to read before this one, oldest first: of a pool state or a delta. */
  readonly before: readonly BlobBackup[];
}

/** What is known of the content without reading it: from the first line of the manifest. */
export interface ManifestHeader {
  readonly version: 1;
  readonly stamp: string;
  /** The manifest that this one continues (its stamp); undefined: it names everything. */
  readonly base: string | undefined;
  /** The state of the `Data.fs` that the blobs go with: bytes, and its last tid in hex. Undefined: only blobs. */
  readonly dataEnd: number | undefined;
  readonly tid: string | undefined;
  /** Digest of the patterns of what its walk left out; undefined: there were none. */
  readonly excluded: string | undefined;
}

export interface BlobCounts {
  readonly files: number;
  readonly bytes: number;
}
