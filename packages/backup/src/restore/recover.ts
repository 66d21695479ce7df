import { dirname } from 'node:path';
import { exists, type FileSystem } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { World } from '../run/world.js';
import { HeldTargets } from './held-targets.js';
import { type Journal, journalOf, removeJournal } from './journal.js';
import { readMounts } from './mounts.js';
import { expectInOrder, runMoves } from './moves.js';
import type { RestoreRequest } from './request.js';
import { findBlobTarget, findDataTarget } from './targets.js';
import { withinDirectory } from './to-directory.js';
import { lockOf, type Work } from './work.js';
import { removeWorks } from './work-directories.js';

export interface Recovery {
  /** `finished`: what a killed restore had begun to put in place is now in place whole. `undone`: it had not; its work is removed. */
  readonly outcome: 'nothing' | 'finished' | 'undone';
  /** The new `Data.fs` and blob directories, where it was finished. */
  readonly finished: readonly string[];
}

const NOTHING: Recovery = { outcome: 'nothing', finished: [] };

/** The places of a restore, also without knowing what is to be restored. */
export type RestorePlaces = Pick<RestoreRequest, 'to'> & {
  readonly storages: readonly Pick<RestoreRequest['storages'][number], 'name' | 'datafs' | 'blobStorage'>[];
};

/**
 * Finishes or takes back what a killed restore left at these places. Does nothing, and takes no lock, where there is nothing.
 *
 * @throws HoldfastError `restore.target-in-use`, `restore.journal`, `restore.unfinished`
 */
export async function recoverRestore(world: World, places: RestorePlaces): Promise<Recovery> {
  const within = places.to === undefined ? places : withinDirectory(places, places.to);
  const works = await worksAt(world.fs, within);
  const left = await Promise.all(works.map((work) => isLeft(world.fs, work)));
  if (!left.includes(true)) return NOTHING;
  await using held = new HeldTargets(world.fs);
  for (const work of works) await held.holdWork(work);
  for (const { datafs } of within.storages) {
    if (datafs !== undefined && (await exists(world.fs, dirname(datafs)))) await held.holdStorage(datafs);
  }
  return await recoverHeld(world, held, works);
}

/** The same under locks that are held. */
export async function recoverHeld(
  world: World,
  held: HeldTargets,
  works: readonly Work[],
): Promise<Recovery> {
  let recovery = NOTHING;
  for (const work of works) {
    if (!(await exists(world.fs, work.path))) continue;
    const journal = await journalOf(world.fs, work);
    if (journal === undefined) {
      await removeWorks(world, [work]);
      if (recovery.outcome === 'nothing') recovery = { outcome: 'undone', finished: [] };
    } else {
      await finish(world, held, journal);
      const puts = journal.moves.filter(({ kind }) => kind === 'put' || kind === 'fill').map(({ to }) => to);
      recovery = { outcome: 'finished', finished: [...recovery.finished, ...puts] };
    }
  }
  return recovery;
}

async function finish(world: World, held: HeldTargets, journal: Journal): Promise<void> {
  const works = journal.works.map((path): Work => ({ path }));
  for (const work of works) await held.holdWork(work);
  for (const datafs of journal.datafs) await held.holdStorage(datafs);
  await expectInOrder(world.fs, journal.moves);
  try {
    await runMoves(world, journal.moves);
    await removeJournal(world.fs, journal);
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    const message = `the restore that was killed cannot be finished: ${error.message}`;
    throw new HoldfastError('restore.unfinished', message, { path: error.path, cause: error });
  }
  await removeWorks(world, works);
}

async function worksAt(fs: FileSystem, { storages }: RestorePlaces): Promise<readonly Work[]> {
  const surroundings = { fs, mounts: await readMounts(fs) };
  const works: Work[] = [];
  for (const { datafs, blobStorage } of storages) {
    if (blobStorage !== undefined) {
      const target = await orNothing(() => findBlobTarget(surroundings, blobStorage));
      if (target !== undefined) works.push(target.work);
    }
    if (datafs !== undefined) {
      const target = await orNothing(() => findDataTarget(surroundings, datafs));
      if (target !== undefined) works.push(target.indexWork, target.work);
    }
  }
  return [...new Map(works.map((work) => [work.path, work])).values()];
}

/** Work, or the file of a lock, which excludes nobody any more but is not to stay. */
async function isLeft(fs: FileSystem, work: Work): Promise<boolean> {
  return (await exists(fs, work.path)) || exists(fs, lockOf(work));
}

/** A place that is not there holds nothing of a restore. */
async function orNothing<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (isHoldfastError(error)) return undefined;
    throw error;
  }
}
