import { join } from 'node:path';
import { isTemporaryName, removeIfThere } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { BlobBackup } from './blob-backup.js';
import type { BlobEngine } from './engine.js';
import { type BlobLocation, listBlobBackups } from './location.js';
import { LATEST, PARTIAL, parseBlobName, treeName } from './names.js';
import { removePoolState } from './remove-pool.js';
import { removeTree } from './remove-tree.js';

/** How the names of trees begin whose removal has begun: they are no backups any more. */
const REMOVED = `${PARTIAL}removed-`;

export interface BlobRemoval {
  /** Ids, in the order of the removal. */
  readonly removed: readonly string[];
  /** Not removed, because a backup that stays is restored after them. */
  readonly needed: readonly { readonly id: string; readonly by: string }[];
}

/**
 * Removes backups of blobs; what was removed before, or was never there, is passed over. Only what the listing of the
 * location knows as a backup is touched, links are never followed, and nothing is written before something is removed.
 * A tree loses its name first, so a killed removal leaves no half of a backup; the next one goes on with it. What a
 * later backup is restored after stays until that goes. The caller holds the location's lock.
 *
 * @throws HoldfastError of the `fs.` family, at the first thing that cannot be removed
 */
export async function removeBlobBackups(
  engine: BlobEngine,
  location: string,
  backups: readonly Pick<BlobBackup, 'id' | 'kind'>[],
): Promise<BlobRemoval> {
  const bases = [...new Set(backups.flatMap(({ id }) => parseBlobName(treeName(id))?.base ?? []))];
  const before = await listBlobBackups(engine, location, { bases });
  await finishRemovals(engine, before);
  const wanted = new Set(backups.map(keyOf));
  const removed: string[] = [];
  const needed: { id: string; by: string }[] = [];
  let left = before;
  // Newest first: what continues a backup goes before it.
  for (const backup of [...before.backups].reverse()) {
    if (!wanted.has(keyOf(backup))) continue;
    const by = left.backups.find((one) => one.before.some(({ id }) => id === backup.id))?.id;
    if (by !== undefined) {
      needed.push({ id: backup.id, by });
      continue;
    }
    await engine.failpoint?.(`before:remove-blobs-${backup.kind}`);
    await removeOne(engine, left, backup);
    await engine.failpoint?.(`after:remove-blobs-${backup.kind}`);
    removed.push(backup.id);
    left = { ...left, backups: left.backups.filter(({ id }) => id !== backup.id) };
  }
  return { removed, needed };
}

/** Removes what killed runs left: partial trees and archives, and what is still there of removals. Names. */
export async function removeBlobLeftovers(engine: BlobEngine, location: string): Promise<readonly string[]> {
  const { partial, orphans } = await listBlobBackups(engine, location);
  const names = [...partial, ...orphans];
  for (const name of names) await removeTree(engine, join(location, name));
  if (names.length > 0) await engine.fs.syncDirectory(location);
  return names;
}

async function finishRemovals(engine: BlobEngine, { path, partial }: BlobLocation): Promise<void> {
  for (const name of partial) {
    if (name.startsWith(REMOVED) && !isTemporaryName(name)) await removeTree(engine, join(path, name));
  }
}

async function removeOne(engine: BlobEngine, location: BlobLocation, backup: BlobBackup): Promise<void> {
  if (backup.kind === 'tree') await removeTreeBackup(engine, location, backup);
  else if (backup.kind === 'pool') await removePoolState(engine, backup);
  else await removeArchive(engine, location, backup);
}

async function removeTreeBackup(
  engine: BlobEngine,
  { path: location, latest, backups }: BlobLocation,
  { path, id }: BlobBackup,
): Promise<void> {
  const { fs } = engine;
  const gone = await freeName(engine, location, id);
  if (latest === id) await pointLatest(engine, location, backups, id);
  await fs.rename(path, gone);
  await fs.syncDirectory(location);
  await removeTree(engine, gone);
  await fs.syncDirectory(location);
}

/** `latest` may not lead to nothing: it goes, or leads to the newest tree that stays. */
async function pointLatest(
  { fs }: BlobEngine,
  location: string,
  backups: readonly BlobBackup[],
  id: string,
): Promise<void> {
  const link = join(location, LATEST);
  await removeIfThere(fs, link);
  const next = backups.findLast((one) => one.kind === 'tree' && one.number === undefined && one.id !== id);
  if (next === undefined) return;
  try {
    await fs.symlink(next.id, link);
  } catch (error) {
    // A convenience for people. On a full disk the removal is what counts.
    if (!isHoldfastError(error, 'fs.no-space')) throw error;
  }
}

/**
 * The snapshot file first: without the archive, or without its last increment, GNU tar would continue what is not
 * there. Then the archive, then its manifest.
 */
async function removeArchive(engine: BlobEngine, location: BlobLocation, backup: BlobBackup): Promise<void> {
  const { fs } = engine;
  const plain = backup.before[0] ?? backup;
  const snapshots = location.snapshotFiles.filter(
    ({ base, stamp }) => base === backup.base && stamp !== undefined && stamp === plain.stamp,
  );
  for (const { name } of snapshots) await removeIfThere(fs, join(location.path, name));
  if (snapshots.length > 0) await fs.syncDirectory(location.path);
  if (location.latest === backup.id) await removeIfThere(fs, join(location.path, LATEST));
  await removeIfThere(fs, backup.path);
  if (backup.manifest !== undefined) await removeIfThere(fs, backup.manifest);
  await fs.syncDirectory(location.path);
}

async function freeName({ fs }: BlobEngine, location: string, id: string): Promise<string> {
  const names = new Set((await fs.readDirectory(location)).map(({ name }) => name));
  for (let number = 0; number < 1000; number++) {
    const name = `${REMOVED}${id}${number === 0 ? '' : `-${number}`}`;
    if (!names.has(name)) return join(location, name);
  }
  throw new HoldfastError('fs.exists', `${location} is full of removals that were not finished`, {
    path: location,
  });
}

function keyOf({ kind, id }: Pick<BlobBackup, 'id' | 'kind'>): string {
  return `${kind} ${id}`;
}
