import type { RunEntry } from '@holdfast/backup';
import type { Archive, IndexRow } from '@holdfast/directorystorage';
import type { SetSummary } from '../status.js';

/** An archive, and its bytes on disk; undefined: not known. */
export interface FoundArchive {
  readonly archive: Archive;
  readonly size: number | undefined;
}

/**
 * The runs of the backup tool as sets, oldest first: a row of `tindex` of which there are archives. A set is whole where
 * archives lead to it: a full one of its number, or an increment that goes on from one that is whole or from before it. Pure.
 *
 * @param runs what Holdfast has written down: a set that none of them made is a peer's
 */
export function archiveSets(
  rows: readonly IndexRow[],
  archives: readonly FoundArchive[],
  runs: readonly RunEntry[] = [],
): readonly SetSummary[] {
  const byNumber = new Map<number, FoundArchive[]>();
  for (const found of archives) {
    const { sequence } = found.archive;
    byNumber.set(sequence, [...(byNumber.get(sequence) ?? []), found]);
  }
  const ways = waysTo(byNumber);
  const made = madeBy(runs);
  const sets = rows.flatMap((row) => {
    const own = byNumber.get(row.sequence);
    return own === undefined
      ? []
      : [setOf(row, own, { way: ways.get(row.sequence), run: made.get(row.sequence) })];
  });
  return sets.sort((a, b) => a.timeMs - b.timeMs);
}

/** Those that made archives, by the numbers of these. */
function madeBy(runs: readonly RunEntry[]): ReadonlyMap<number, RunEntry> {
  const own = runs.filter(
    ({ kind, result, set }) => kind === 'backup' && result === 'done' && set !== undefined,
  );
  return new Map(own.map((run) => [Number(run.set), run]));
}

interface Way {
  readonly sequence: number;
  readonly full: string;
}

/** For each number that can be restored, the full archive that its way begins with. */
function waysTo(byNumber: ReadonlyMap<number, readonly FoundArchive[]>): ReadonlyMap<number, Way> {
  const ways = new Map<number, Way>();
  let reached: Way | undefined;
  for (const sequence of [...byNumber.keys()].sort((a, b) => a - b)) {
    const way = wayTo(sequence, byNumber.get(sequence)!, reached);
    if (way === undefined) continue;
    ways.set(sequence, way);
    reached = way;
  }
  return ways;
}

/** @param reached the furthest before it */
function wayTo(sequence: number, own: readonly FoundArchive[], reached: Way | undefined): Way | undefined {
  const full = own.find(({ archive }) => archive.kind === 'full');
  if (full !== undefined) return { sequence, full: full.archive.name };
  const goesOn = own.some(
    ({ archive }) =>
      archive.kind === 'increment' && reached !== undefined && archive.since <= reached.sequence,
  );
  return goesOn ? { sequence, full: reached!.full } : undefined;
}

function setOf(
  { sequence, timestamp, tid }: IndexRow,
  own: readonly FoundArchive[],
  { way, run }: { readonly way: Way | undefined; readonly run: RunEntry | undefined },
): SetSummary {
  const { archive } = own.find((one) => one.archive.kind === 'full') ?? own[0]!;
  const sizes = own.map(({ size }) => size);
  const stored = sizes.every((size) => size !== undefined)
    ? sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0)
    : undefined;
  return {
    id: String(sequence),
    kind: 'backup',
    timeMs: timestamp * 1000,
    origin: run === undefined ? 'peer' : 'holdfast',
    part: archive.kind,
    chain: way?.full.replace(/\.tgz$/, ''),
    tid: tid.toLowerCase(),
    dataBytes: undefined,
    newBytes: undefined,
    storedBytes: stored,
    blobs: undefined,
    seconds: run === undefined ? undefined : (run.finishedMs - run.startedMs) / 1000,
    verified: undefined,
    pinned: false,
    whole: way !== undefined,
    problem: way === undefined ? `no archive leads to what ${archive.name} goes on from` : undefined,
  };
}
