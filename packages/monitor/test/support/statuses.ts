import type { RunEntry } from '@holdfast/backup';
import type { SetSummary } from '../../src/status.js';
import type { Unjudged } from '../../src/verdict/finding.js';

/** 21 November 2026, 08:00 UTC. */
export const NOW = Date.UTC(2026, 10, 21, 8);
const HOUR = 3_600_000;

/** A set that was made so many hours ago, and is whole. */
export function setAged(hours: number, more: Partial<SetSummary> = {}): SetSummary {
  const timeMs = NOW - hours * HOUR;
  return {
    id: new Date(timeMs).toISOString().slice(0, 19).replace(/[T:]/g, '-'),
    kind: 'backup',
    timeMs,
    origin: 'holdfast',
    part: 'full',
    chain: '2026-11-20-02-00-00',
    tid: '040f0d0000000000',
    dataBytes: 1_200_000,
    newBytes: 1_200_000,
    storedBytes: 400_000,
    blobs: undefined,
    seconds: 2,
    verified: undefined,
    pinned: false,
    whole: true,
    ...more,
  };
}

export function checkedAgo(hours: number, sound = true): NonNullable<SetSummary['verified']> {
  return { timeMs: NOW - hours * HOUR, level: 'deep', sound };
}

export function runAgo(hours: number, more: Partial<RunEntry> = {}): RunEntry {
  const finishedMs = NOW - hours * HOUR;
  return { kind: 'backup', startedMs: finishedMs - 60_000, finishedMs, result: 'done', ...more };
}

/** A storage with these sets, of which 5 MB are new; the newest set and check follow from the sets unless they are given. */
export function statusOf(sets: readonly SetSummary[], more: Partial<Unjudged> = {}): Unjudged {
  const newest = sets.findLast(({ whole, verified }) => whole && verified?.sound !== false);
  const checked = sets.findLast(({ verified }) => verified !== undefined);
  return {
    name: 'main',
    kind: 'filestorage',
    readAtMs: NOW,
    source: {
      path: '/site/var/filestorage/Data.fs',
      present: true,
      bytes: 6_200_000,
      tid: '040f0e0000000000',
      committedMs: NOW - HOUR,
    },
    blobStorage: undefined,
    sets,
    newest,
    verified: checked && { setId: checked.id, ...checked.verified! },
    uncovered: newest && { bytes: 5_000_000, sinceMs: newest.timeMs },
    runs: [],
    locks: [],
    problems: [],
    ...more,
  };
}
