import { count, formatBytes, type RunEntry } from '@holdfast/backup';
import { newestOf } from '../good-sets.js';
import type { SetSummary } from '../status.js';
import { type Finding, type Look, safe } from './finding.js';
import { spanText, withoutStop } from './words.js';

/** When the sets were checked, and what was found. Archives have no check of their own: that of a DirectoryStorage reads it, not them. */
export function findChecks(look: Look): readonly Finding[] {
  const { status, now, thresholds } = look;
  const { verified, newest, sets, kind } = status;
  const limit = spanText(thresholds.checkSeconds * 1000);
  if (verified === undefined) {
    if (kind === 'directorystorage') return storageChecks(look);
    if (sets.length === 0) return [];
    return [{ level: 'attention', sentence: 'No set was ever checked.', but: 'no set was ever checked' }];
  }
  const age = now - verified.timeMs;
  const what = `${verified.level}, ${spanText(age)} ago`;
  if (!verified.sound) {
    const others = sets.filter(
      ({ id, verified: own }) => own?.sound === false && id !== verified.setId,
    ).length;
    const more = others === 0 ? '' : `; ${count(others, 'other set')} ${areIs(others)} damaged, too`;
    const sentence = `The last check (${what}) found the set ${verified.setId} damaged${more}.`;
    return [{ level: 'danger', sentence, but: 'the last check found damage' }];
  }
  const which = verified.setId === newest?.id ? 'It' : `The set ${verified.setId}`;
  const found: Finding[] =
    age > thresholds.checkSeconds * 1000
      ? [
          {
            level: 'attention',
            sentence: `The last check (${what}) is more than ${limit} old.`,
            but: `the last check was ${spanText(age)} ago`,
          },
        ]
      : [safe(`${which} was checked and is sound (${what}).`)];
  const damaged = sets.filter((set) => set.verified?.sound === false);
  if (damaged.length === 0) return found;
  const later = damaged.findLast(({ timeMs }) => newest === undefined || timeMs > newest.timeMs);
  if (later !== undefined) {
    const sentence = `The set ${later.id}, later than any that can be restored, is damaged.`;
    return [...found, { level: 'danger', sentence, but: `the later set ${later.id} is damaged` }];
  }
  const more = damaged.length === 1 ? `The set ${damaged[0]!.id} is` : `${count(damaged.length, 'set')} are`;
  const sentence = `${more} damaged; the newest is not among them.`;
  const but = `${count(damaged.length, 'older set')} ${areIs(damaged.length)} damaged`;
  return [...found, { level: 'attention', sentence, but }];
}

function areIs(number: number): string {
  return number === 1 ? 'is' : 'are';
}

const WHAT: Readonly<Record<RunEntry['kind'], string>> = {
  backup: 'backup',
  snapshot: 'snapshot backup',
  zip: 'zip backup',
  verify: 'check',
  prune: 'clean-up',
  restore: 'restore',
  'restore-test': 'restore test',
};

/** The last check of a DirectoryStorage, where it was sound; one that failed is among the failures. */
function storageChecks({ status, now }: Look): readonly Finding[] {
  const last = status.runs.findLast(({ kind, result }) => kind === 'verify' && result !== 'cancelled');
  if (last?.result !== 'done') return [];
  return [safe(`The storage itself was checked ${spanText(now - last.finishedMs)} ago and is sound.`)];
}

/** Runs that failed and were not done well since. A failed restore tells whoever ran it, and is not held against the backups. */
export function findFailures({ status, now }: Look): readonly Finding[] {
  const last = new Map<string, RunEntry>();
  for (const run of status.runs) {
    const key = `${run.kind} ${run.setKind ?? ''}`;
    const before = last.get(key);
    if (run.result !== 'cancelled' && (before === undefined || run.finishedMs >= before.finishedMs))
      last.set(key, run);
  }
  return [...last.values()]
    .filter(({ kind, result }) => result === 'failed' && kind !== 'restore')
    .filter((run) => !wasMadeSince(run, status.sets))
    .map(({ kind, finishedMs, code, message }) => {
      const why = message ?? code;
      const sentence = `The last ${WHAT[kind]} failed ${spanText(now - finishedMs)} ago${why === undefined ? '' : `: ${withoutStop(why)}`}.`;
      return { level: 'attention', sentence, but: `the last ${WHAT[kind]} failed` };
    });
}

/** Whether there is a newer good set of the kind that the run was to make, whoever made it. */
function wasMadeSince({ kind, finishedMs }: RunEntry, sets: readonly SetSummary[]): boolean {
  const newest = newestOf(sets.filter((set) => set.kind === kind));
  return newest !== undefined && newest.timeMs > finishedMs;
}

/** How long a restore takes, from the last that was done. */
export function findRestoreTime({ status, now }: Look): readonly Finding[] {
  const tried = status.runs.filter(({ kind }) => kind === 'restore' || kind === 'restore-test');
  const last = tried.findLast(({ result }) => result === 'done');
  if (last === undefined) {
    const none = tried.length === 0 ? 'No restore was tried yet' : 'No restore was ever done to its end';
    return [safe(`${none}: how long one takes is not known.`)];
  }
  const took = spanText(last.finishedMs - last.startedMs);
  const size = last.bytes === undefined ? '' : ` for ${formatBytes(last.bytes)}`;
  return [safe(`The last ${WHAT[last.kind]} took ${took}${size}, ${spanText(now - last.finishedMs)} ago.`)];
}

/** What could not be read, or does not fit together. */
export function findProblems({ status }: Look): readonly Finding[] {
  const { problems } = status;
  if (problems.length === 0) return [];
  const found =
    problems.length === 1 ? 'A problem was found' : `${problems.length} problems were found, the first`;
  const but = 'not everything could be read or fits together';
  return [{ level: 'attention', sentence: `${found}: ${withoutStop(problems[0]!)}.`, but }];
}
