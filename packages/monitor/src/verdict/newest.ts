import { count, formatBytes } from '@holdfast/backup';
import type { SetSummary } from '../status.js';
import { coveredUntil } from './covered.js';
import type { Finding, Look } from './finding.js';
import { safe } from './finding.js';
import { spanText, timeText, withoutStop } from './words.js';

/** Clocks of two machines differ by less. */
const CLOCK_SLACK_MS = 5 * 60_000;

/** Whether something can be restored at all, and from what. */
export function findNewest({ status }: Look): readonly Finding[] {
  const { newest, sets } = status;
  if (newest === undefined) return [nothing(status)];
  const size = newest.dataBytes === undefined ? [] : [`Data.fs ${formatBytes(newest.dataBytes)}`];
  const blobs =
    newest.blobs === undefined
      ? []
      : [`${count(newest.blobs.files, 'blob file')} of ${formatBytes(newest.blobs.bytes)}`];
  const details = [newest.part ?? newest.kind, ...size, ...blobs].join(', ');
  const found = [safe(`The set ${newest.id} can be restored (${details}).`), ...findMissing(newest)];
  const passed = sets.filter(({ timeMs, whole }) => timeMs > newest.timeMs && !whole);
  const running = status.locks.some(({ what, state }) => what === 'repository' && state === 'held');
  if (passed.length === 0 || running) return found;
  const { id, problem } = passed.at(-1)!;
  const why = problem === undefined ? '' : `: ${withoutStop(problem)}`;
  const which = passed.length === 1 ? `The later set ${id} is` : `${passed.length} later sets, as ${id}, are`;
  const but = `the later set ${id} is not whole`;
  return [...found, { level: 'attention', sentence: `${which} not whole${why}.`, but }];
}

function findMissing({ missingBlobs = 0 }: SetSummary): readonly Finding[] {
  if (missingBlobs === 0) return [];
  const blobs = `${count(missingBlobs, 'blob')} that its Data.fs refers to`;
  const wasWere = missingBlobs === 1 ? 'was' : 'were';
  const sentence = `${blobs} ${wasWere} not there when it was made: look whether the disk of the blobs is mounted.`;
  return [{ level: 'attention', sentence, but: `${blobs} ${missingBlobs === 1 ? 'is' : 'are'} not in it` }];
}

function nothing({ sets, unread = [] }: Look['status']): Finding {
  const sentence = (() => {
    if (unread.length > 0) {
      const why = withoutStop(unread[0]!);
      return sets.length === 0
        ? `The backups could not be read (${why}): nothing is known of them.`
        : `Not all backups could be read (${why}): of ${count(sets.length, 'set')} none is known to be whole and sound.`;
    }
    if (sets.length === 0) return 'There is no set of backups.';
    const damaged = sets.filter(({ whole, verified }) => whole && verified?.sound === false).length;
    const partial = sets.filter(({ whole }) => !whole).length;
    const kinds = [
      ...(damaged === 0 ? [] : [`${damaged} found damaged by a check`]),
      ...(partial === 0 ? [] : [`${partial} not whole`]),
    ];
    return `Of ${count(sets.length, 'set')} none can be restored: ${kinds.join(', ')}.`;
  })();
  return { level: 'danger', sentence };
}

/** How old the state is that a restore would give. An old set of what has not changed since is as good as a new one. */
export function findAge({ status, now, thresholds }: Look): readonly Finding[] {
  const until = coveredUntil(status);
  if (until === undefined) return [];
  const age = now - until;
  if (-age > CLOCK_SLACK_MS) {
    const sentence = `The newest set is dated ${spanText(-age)} in the future: a clock was or is wrong.`;
    return [{ level: 'attention', sentence, but: 'its date lies in the future' }];
  }
  if (status.uncovered?.bytes === 0)
    return [safe(`Nothing was committed since: the set of ${timeText(status.newest!.timeMs)} holds it all.`)];
  const { ageAttentionSeconds, ageDangerSeconds } = thresholds;
  const level =
    age > ageDangerSeconds * 1000 ? 'danger' : age > ageAttentionSeconds * 1000 ? 'attention' : 'safe';
  const limit = level === 'danger' ? ageDangerSeconds : ageAttentionSeconds;
  if (level === 'safe')
    return [safe(`It is ${spanText(age)} old; up to ${spanText(limit * 1000)} are expected.`)];
  return [
    {
      level,
      sentence: `It is ${spanText(age)} old; more than ${spanText(limit * 1000)} are ${level === 'danger' ? 'a danger' : 'too many'}.`,
      but: `no backup was made for ${spanText(age)}`,
    },
  ];
}

/** What a crash now would lose. */
export function findLoss({ status }: Look): readonly Finding[] {
  const { source, newest, uncovered, kind } = status;
  if (!source.present) {
    const restore = newest === undefined ? '' : ` Restore the set ${newest.id}.`;
    return [
      {
        level: 'danger',
        sentence: `The storage itself is missing.${restore}`,
        but: 'the storage itself is missing',
      },
    ];
  }
  if (newest === undefined) return lossOfAll(status);
  const since = uncovered?.sinceMs === undefined ? '' : `, committed since ${timeText(uncovered.sinceMs)}`;
  if (uncovered?.bytes === 0) return [safe('A crash now would lose nothing.')];
  if (uncovered?.bytes !== undefined)
    return [safe(`A crash now would lose ${formatBytes(uncovered.bytes)} of Data.fs${since}.`)];
  if (kind === 'directorystorage') {
    const last =
      source.committedMs === undefined ? '' : ` The last commit was at ${timeText(source.committedMs)}.`;
    return [safe(`A crash now would lose what was committed since the newest set.${last}`)];
  }
  if (newest.dataBytes === undefined || source.bytes === undefined) return [NOT_KNOWN];
  if (source.tid === undefined) {
    // Behind what the set holds, or in a file that was packed since, a commit is being written.
    const written = source.bytes >= newest.dataBytes || source.growing === true;
    return [written ? NOT_KNOWN : cutOff(source.bytes, newest.dataBytes, newest.id)];
  }
  return [
    {
      level: 'attention',
      sentence:
        'Data.fs was packed or replaced since the newest set: what a crash now would lose is not known until the next backup.',
      but: 'Data.fs was packed or replaced since',
    },
  ];
}

const NOT_KNOWN = safe('What a crash now would lose is not known.');

/** A pack leaves a shorter file, too, but one that ends with a transaction. */
function cutOff(bytes: number, dataBytes: number, id: string): Finding {
  const has = `Data.fs has ${formatBytes(bytes)} and does not end with a transaction; the newest set has ${formatBytes(dataBytes)} of it`;
  return {
    level: 'danger',
    sentence: `${has}: it was emptied or cut off. Stop what writes to it, keep it as it is, and restore the set ${id}.`,
    but: 'Data.fs is shorter than the newest backup says',
  };
}

function lossOfAll({ source, unread = [] }: Look['status']): readonly Finding[] {
  if (unread.length > 0) return [NOT_KNOWN];
  const size = source.bytes === undefined ? '' : `, ${formatBytes(source.bytes)}`;
  return [safe(`A crash now would lose everything${size}.`)];
}
