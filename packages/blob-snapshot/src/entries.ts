import { join } from 'node:path';
import { HoldfastError } from '@holdfast/errors';
import { archiveEntries } from './archive/archive-entries.js';
import type { BlobBackup, BlobCounts } from './blob-backup.js';
import type { BlobEngine } from './engine.js';
import { type RefusedEntry, walkEntries } from './entries-walk.js';
import type { BlobEntry } from './entry.js';
import { readManifestEnd, readManifests } from './manifest.js';

export interface EntriesOptions {
  /** Told of what lies in a tree without a manifest and is not carried. */
  readonly onRefused?: ((refused: RefusedEntry) => void) | undefined;
}

/**
 * What a backup holds, in the order of a manifest: parents before children, siblings by the bytes of their names. From
 * the manifests where all of its chain have one; else from the tree itself, or from the headers of the archives.
 * Bounded memory (but for archives without manifests: what they list is sorted).
 *
 * @throws HoldfastError `blobs.manifest`, `blobs.damaged`; what was given out before is then not to be believed
 */
export async function* entriesOf(
  engine: BlobEngine,
  backup: BlobBackup,
  { onRefused }: EntriesOptions = {},
): AsyncGenerator<BlobEntry> {
  const manifests = manifestsOf(backup);
  if (manifests !== undefined) yield* readManifests(engine, manifests);
  else if (backup.kind === 'tree') yield* walkEntries(engine, contentOf(backup), onRefused);
  else yield* archiveEntries(engine, backup, onRefused);
}

/** Files and bytes of a backup, without reading all of it; undefined where only that would tell. */
export async function blobCountsOf(engine: BlobEngine, backup: BlobBackup): Promise<BlobCounts | undefined> {
  const path = manifestsOf(backup)?.at(-1);
  if (path === undefined) return undefined;
  const end = await readManifestEnd(engine, path);
  if (end === undefined)
    throw new HoldfastError('blobs.manifest', `the manifest ${path} is cut off`, { path });
  return { files: end.files, bytes: end.bytes };
}

/** The manifests that make a state, the one that names everything first; undefined where one is missing. */
export function manifestsOf(backup: BlobBackup): readonly string[] | undefined {
  if (backup.kind === 'delta' && backup.before.length === 0) throw brokenChain(backup);
  const paths = [...backup.before, backup].map(({ manifest }) => manifest);
  return paths.includes(undefined) ? undefined : (paths as string[]);
}

/** The directory in a tree that holds the blobs. */
export function contentOf({ path, base }: BlobBackup): string {
  return join(path, base);
}

function brokenChain({ id, path }: BlobBackup): HoldfastError {
  return new HoldfastError('blobs.damaged', `${id} continues an archive that is not there`, { path });
}
