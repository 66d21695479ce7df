import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { World } from '../run/world.js';
import { type Journal, publishJournal, removeJournal } from './journal.js';
import { type Move, runMoves, undoMoves } from './moves.js';
import { datafsOf, type StoragePlan } from './plan.js';
import type { WorkDirectories } from './work-directories.js';

/**
 * Publishes the journal, makes the moves, removes the journal. A move that fails is taken back with all before it; what
 * is killed is finished by the next restore. Returns what is left to be told.
 *
 * @throws HoldfastError what struck, when all is as it was; `restore.unfinished` when it could not be taken back
 */
export async function swap(
  world: World,
  works: WorkDirectories,
  storages: readonly StoragePlan[],
  moves: readonly Move[],
): Promise<readonly string[]> {
  const journal: Journal = {
    version: 1,
    id: works.id,
    datafs: datafsOf(storages),
    works: works.works.map(({ path }) => path),
    moves,
  };
  try {
    await publishJournal(world.fs, journal);
    await world.failpoint?.('after:publish-restore-journal');
    await runMoves(world, moves);
  } catch (error) {
    await takeBack(world, works, journal, error);
    throw error;
  }
  return end(world, works, journal);
}

/** The work directories stay as long as the journal may: without what they hold it would be finished into nothing. */
async function takeBack(
  world: World,
  works: WorkDirectories,
  journal: Journal,
  struck: unknown,
): Promise<void> {
  works.keep();
  try {
    await undoMoves(world, journal.moves);
    await removeJournal(world.fs, journal);
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    const first = struck instanceof Error ? struck.message : String(struck);
    const message = `the restore was struck while it put its files in place (${first}), and cannot take that back: ${error.message}`;
    throw new HoldfastError('restore.unfinished', message, { path: error.path, cause: struck });
  }
  works.release();
}

async function end(world: World, works: WorkDirectories, journal: Journal): Promise<readonly string[]> {
  try {
    await removeJournal(world.fs, journal);
    return [];
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    works.keep();
    return [`all is in its place, but ${error.message}: the next restore tidies up`];
  }
}
