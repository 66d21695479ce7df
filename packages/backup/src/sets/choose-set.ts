import { HoldfastError } from '@holdfast/errors';
import { stampTime } from '@holdfast/filestorage-backup';
import type { BackupSet } from '../set.js';

export interface ChosenSet {
  readonly set: BackupSet;
  /** Later sets that were passed over because they are not whole, and what is wrong with the chosen one. */
  readonly warnings: readonly string[];
}

/**
 * Chooses a set: by its id, which also takes one that is not whole; by a date, the newest whole one at or before it;
 * undefined: the newest whole one.
 *
 * @param sets oldest first
 * @param wanted an id, or the beginning of a stamp that is compared as text with the ids, as repozo does with its
 *   names: `2020-01-02` leaves that whole day out
 * @throws HoldfastError `sets.none`
 */
export function chooseSet(sets: readonly BackupSet[], wanted: string | undefined): ChosenSet {
  const exact = sets.find(({ id }) => id === wanted);
  if (exact !== undefined) return { set: exact, warnings: exact.problems };
  const candidates = sets.filter(({ id }) => wanted === undefined || id <= wanted);
  const set = candidates.findLast(({ problems }) => problems.length === 0);
  if (set === undefined) throw noSet(sets, candidates, wanted);
  const passed = candidates.filter(({ id }) => id > set.id);
  return {
    set,
    warnings: passed.map(({ id, problems }) => `the later set ${id} is not whole: ${problems[0]}`),
  };
}

/** @throws HoldfastError `sets.not-found` */
export function findSet(sets: readonly BackupSet[], id: string): BackupSet {
  const set = sets.find((candidate) => candidate.id === id);
  if (set !== undefined) return set;
  const near = sets.filter((candidate) => candidate.id.startsWith(id));
  if (near.length === 1) return near[0]!;
  const which = near.length === 0 ? '' : `; it begins the ids of ${near.length}`;
  const what = stampTime(id) === undefined ? `'${id}' is not the id of a set` : `there is no set ${id}`;
  throw new HoldfastError('sets.not-found', what + which);
}

function noSet(
  sets: readonly BackupSet[],
  candidates: readonly BackupSet[],
  wanted: string | undefined,
): HoldfastError {
  const when = wanted === undefined ? '' : ` at or before ${wanted}`;
  const broken = candidates.at(-1);
  if (broken !== undefined) {
    const message = `no set${when} is whole; the newest, ${broken.id}: ${broken.problems[0]}`;
    return new HoldfastError('sets.none', message, { details: { id: broken.id } });
  }
  const oldest = sets[0];
  const first = oldest === undefined ? '' : `; the oldest is ${oldest.id}`;
  return new HoldfastError('sets.none', `there is no set of backups${when}${first}`);
}
