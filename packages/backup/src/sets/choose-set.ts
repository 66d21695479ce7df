import { HoldfastError } from '@holdfast/errors';
import { stampTime } from '@holdfast/filestorage-backup';
import type { BackupSet } from '../set.js';

export interface ChosenSet {
  readonly set: BackupSet;
  /** Later sets that were passed over because they are not whole or damaged, and what is wrong with the chosen one. */
  readonly warnings: readonly string[];
}

/** Whether a restore takes it without being asked for it by its id: it is whole, and its last check did not find it damaged. */
function isGood({ problems, verified }: Pick<BackupSet, 'problems' | 'verified'>): boolean {
  return problems.length === 0 && verified?.sound !== false;
}

/**
 * Chooses a set: by its id, which also takes one that is not whole or damaged; by a date, the newest good one at or
 * before it; undefined: the newest good one.
 *
 * @param sets oldest first
 * @param wanted an id, or the beginning of a stamp that is compared as text with the ids, as repozo does with its
 *   names: `2020-01-02` leaves that whole day out
 * @param where the directories that were looked in, for people
 * @throws HoldfastError `sets.none`
 */
export function chooseSet(sets: readonly BackupSet[], wanted: string | undefined, where?: string): ChosenSet {
  const exact = sets.find(({ id }) => id === wanted);
  if (exact !== undefined) return { set: exact, warnings: warningsOf(exact) };
  const candidates = sets.filter(({ id }) => wanted === undefined || id <= wanted);
  const set = candidates.findLast(isGood);
  if (set === undefined) throw noSet(sets, candidates, { wanted, where });
  const passed = candidates.filter(({ id }) => id > set.id);
  const warnings = passed.map((later) =>
    later.problems.length > 0
      ? `the later set ${later.id} is not whole: ${later.problems[0]}`
      : `the later set ${later.id} is passed over: ${damageOf(later)}; to take it all the same, name it: ${later.id}`,
  );
  return { set, warnings: [...warnings, ...leftOut(set)] };
}

/** The sets as a restore of `Data.fs` alone sees them. */
export function withoutBlobProblems(sets: readonly BackupSet[]): readonly BackupSet[] {
  return sets.map((set) => ({
    ...set,
    problems: set.problems.filter((problem) => !set.blobProblems.includes(problem)),
    blobProblems: [],
  }));
}

/** What to do about a set of which only blobs are missing; undefined: there is more, or nothing, to be mended. */
export function withoutBlobsHint({ problems, blobProblems }: BackupSet): string | undefined {
  if (problems.length === 0 || problems.length > blobProblems.length) return undefined;
  return 'Its backup of Data.fs is whole: bring the backup of the blobs back, or restore without blobs with --no-blobs.';
}

/** The newest good set beside another: what to take where that one cannot be restored. @param sets oldest first */
export function newestBeside(sets: readonly BackupSet[], id: string): BackupSet | undefined {
  return sets.findLast((set) => set.id !== id && isGood(set));
}

function warningsOf(set: BackupSet): readonly string[] {
  const damaged = set.verified?.sound === false ? [`the set ${set.id}: ${damageOf(set)}`] : [];
  return [...set.problems, ...damaged, ...leftOut(set)];
}

function leftOut({ id, strangers }: BackupSet): readonly string[] {
  return strangers.map(
    (name) => `the set ${id} holds the storage ${name}, which is not in the configuration: it is left out`,
  );
}

/** Of one that a check found damaged. */
function damageOf({ verified }: BackupSet): string {
  const { timeMs, level } = verified!;
  const time = new Date(timeMs).toISOString().slice(0, 16).replace('T', ' ');
  return `its last check (${level}, ${time} UTC) found it damaged`;
}

/** @throws HoldfastError `sets.not-found` */
export function findSet<T extends Pick<BackupSet, 'id'>>(sets: readonly T[], id: string): T {
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
  { wanted, where }: { readonly wanted: string | undefined; readonly where: string | undefined },
): HoldfastError {
  const when = wanted === undefined ? '' : ` at or before ${wanted}`;
  const broken = candidates.at(-1);
  if (broken !== undefined) {
    const details = { id: broken.id };
    if (broken.problems.length > 0) {
      const message = `no set${when} is whole; the newest, ${broken.id}: ${broken.problems[0]}`;
      return new HoldfastError('sets.none', message, { details, hint: withoutBlobsHint(broken) });
    }
    const message = `no set${when} is whole and sound; the newest, ${broken.id}: ${damageOf(broken)}`;
    const hint = `Look at those of the other kinds with \`holdfast list\`; to take this one all the same, name it: ${broken.id}.`;
    return new HoldfastError('sets.none', message, { details, hint });
  }
  const oldest = sets[0];
  if (oldest !== undefined)
    return new HoldfastError('sets.none', `there is no set of backups${when}; the oldest is ${oldest.id}`);
  const place = where === undefined ? '' : ` in ${where}`;
  return new HoldfastError('sets.none', `there is no set of backups${when}${place}`);
}
