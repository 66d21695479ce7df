import { coveredUntil, type SetSummary, type StorageStatus } from '@holdfast/monitor';
import { bytesInWords, counted } from '../words/bytes.js';
import { ageInWords, type Moment, momentOf } from '../words/times.js';

/** One of the four things that somebody wants to know in five seconds. */
export interface Fact {
  readonly id: 'restorable' | 'age' | 'checked' | 'loss';
  readonly term: string;
  readonly value: string;
  readonly note: string;
  /** The moment that the note is about, shown after it. */
  readonly moment: Moment | undefined;
  readonly tone: 'good' | 'bad' | 'plain';
}

/** @returns four, always in the same order */
export function factsOf(status: StorageStatus, nowMs: number): readonly Fact[] {
  const facts = [restorable(status, nowMs), age(status, nowMs), checked(status, nowMs), loss(status, nowMs)];
  if (status.newest !== undefined || (status.unread ?? []).length === 0) return facts;
  return facts.map((fact) => ({ ...fact, ...UNREAD, tone: fact.id === 'restorable' ? 'bad' : 'plain' }));
}

/** Of backups that nobody could look at nothing is said, not that there are none. */
const UNREAD = { value: 'Not known', note: 'The backups could not be read.', moment: undefined } as const;

/** The state that a restore would give, named by the moment that the headline and the age go by. */
function restorable(status: StorageStatus, nowMs: number): Fact {
  const base = { id: 'restorable', term: 'Could be restored now' } as const;
  const { newest } = status;
  const until = coveredUntil(status);
  if (newest === undefined || until === undefined)
    return { ...base, value: 'Nothing', note: 'There is no whole backup.', moment: undefined, tone: 'bad' };
  const { plain } = momentOf(until, nowMs);
  return { ...base, value: plain, note: contentsOf(newest), moment: undefined, tone: 'plain' };
}

/** `Increment 2026-11-21-02-00-00: 17.1 GB, 201,206 blob files`. */
function contentsOf(set: SetSummary): string {
  const data = set.dataBytes === undefined ? [] : [bytesInWords(set.dataBytes)];
  const blobs = set.blobs === undefined ? [] : [counted(set.blobs.files, 'blob file')];
  const all = [...data, ...blobs].join(', ');
  return `${setInWords(set)} ${set.id}${all === '' ? '' : `: ${all}`}`;
}

function age(status: StorageStatus, nowMs: number): Fact {
  const base = { id: 'age', term: 'How old it is', tone: 'plain' } as const;
  const { newest, uncovered } = status;
  const until = coveredUntil(status);
  if (newest === undefined || until === undefined)
    return { ...base, value: 'No backup', note: 'None has been made yet.', moment: undefined };
  const value = ageInWords(nowMs - until);
  if (uncovered?.bytes === 0)
    return { ...base, value, note: 'Nothing was committed since.', moment: undefined };
  if (uncovered?.sinceMs === undefined)
    return { ...base, value, note: 'Made', moment: momentOf(newest.timeMs, nowMs) };
  return { ...base, value, note: 'Its last transaction:', moment: momentOf(uncovered.sinceMs, nowMs) };
}

function checked(status: StorageStatus, nowMs: number): Fact {
  const { kind, verified, newest } = status;
  const base = { id: 'checked', term: 'Last checked' } as const;
  if (kind === 'directorystorage') return { ...base, ...storageChecked(status, nowMs) };
  if (verified === undefined) {
    const note = newest === undefined ? 'There is nothing to check.' : 'No check has been written down.';
    return { ...base, value: 'Never', note, moment: undefined, tone: newest === undefined ? 'plain' : 'bad' };
  }
  const moment = momentOf(verified.timeMs, nowMs);
  const which = verified.setId === newest?.id ? 'this backup' : verified.setId;
  const level = verified.level.charAt(0).toUpperCase() + verified.level.slice(1);
  return {
    ...base,
    value: moment.relative,
    note: `${level} check of ${which}: ${verified.sound ? 'sound' : 'damaged'},`,
    moment,
    tone: verified.sound ? 'good' : 'bad',
  };
}

/** The check of a DirectoryStorage reads the storage; of its archives nothing is known before a restore. */
function storageChecked(
  { runs }: StorageStatus,
  nowMs: number,
): Pick<Fact, 'value' | 'note' | 'moment' | 'tone'> {
  const last = runs.findLast(
    ({ kind, result, code }) =>
      kind === 'verify' && (result === 'done' || code === 'directorystorage.check-failed'),
  );
  if (last === undefined) {
    const note = 'A check reads the storage itself; a restore proves its archives.';
    return { value: 'Never', note, moment: undefined, tone: 'plain' };
  }
  const moment = momentOf(last.finishedMs, nowMs);
  const sound = last.result === 'done';
  const note = `Check of the storage itself, not of its archives: ${sound ? 'sound' : 'damaged'},`;
  return { value: moment.relative, note, moment, tone: sound ? 'good' : 'bad' };
}

function loss({ kind, uncovered, newest, source }: StorageStatus, nowMs: number): Fact {
  const base = { id: 'loss', term: 'A crash now would lose', moment: undefined, tone: 'plain' } as const;
  if (newest === undefined)
    return { ...base, value: 'Everything', note: 'Nothing is backed up.', tone: 'bad' };
  if (uncovered?.bytes === 0)
    return { ...base, value: 'Nothing', note: 'The last transaction is in the backup.', tone: 'good' };
  const last =
    source.committedMs === undefined
      ? ''
      : `; the last commit was ${momentOf(source.committedMs, nowMs).relative}`;
  if (uncovered?.bytes !== undefined)
    return { ...base, value: bytesInWords(uncovered.bytes), note: `Committed since then${last}` };
  if (kind === 'directorystorage' && source.present)
    return { ...base, value: 'What is newer', note: `All that was committed since then${last}` };
  return { ...base, value: 'Not known', note: 'The storage and its backup cannot be compared.' };
}

/** `Full backup`, `Increment`, `Snapshot backup`, `Zip archive`, `Blobs only`. */
export function setInWords({ kind, part }: Pick<SetSummary, 'kind' | 'part'>): string {
  if (kind === 'snapshot') return 'Snapshot backup';
  if (kind === 'zip') return 'Zip archive';
  if (part === undefined) return 'Blobs only';
  return part === 'full' ? 'Full backup' : 'Increment';
}
