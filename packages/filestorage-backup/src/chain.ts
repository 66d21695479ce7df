import type { DatLine } from './dat-file.js';
import { compareNames, type DataFileName } from './names.js';
import type { ChainRecord, FileRecord } from './record.js';

/**
 * What the files of a repository mean: which chains there are and which moments each can restore. Pure: it works
 * on names, `.dat` lines, records and measurements that `readRepository` gathered.
 *
 * repozo restores by names alone: the newest full at or before the date and every increment after it. That is
 * right only while each of those increments begins where the one before it ends. Here every file has the range of
 * the source that it holds, and its parent is the file before it that ends where it begins; a moment is restored
 * along the parents. So a chain that a crash or two colliding repozos left with an overlap, a gap or a shadowed
 * increment still restores to what is whole in it, and `planRepair` can bring names and ranges together again.
 */

export interface PresentFile extends DataFileName {
  readonly storedSize: number;
}

/** The range of a file that no `.dat` line describes, found by reading it. */
export type Measurement = FileRecord | { readonly name: string; readonly unreadable: string };

export interface ChainFile extends PresentFile {
  readonly start: number;
  readonly end: number;
  readonly md5: string;
  /** Its line in the `.dat`; undefined for one that was found by reading the file. */
  readonly line: DatLine | undefined;
  /** What Holdfast recorded of it, where that agrees with the `.dat` and the size on disk. */
  readonly record: FileRecord | undefined;
  /** The file that it continues; undefined for the full. */
  readonly parent: ChainFile | undefined;
}

export type Problem =
  | { readonly kind: 'no-dat' | 'held-dat'; readonly name: string }
  | { readonly kind: 'torn-dat'; readonly name: string; readonly line: number }
  | {
      readonly kind: 'missing-file' | 'unrecorded' | 'unmeasured' | 'no-full' | 'same-second';
      readonly name: string;
    }
  | { readonly kind: 'unreadable'; readonly name: string; readonly reason: string }
  | {
      readonly kind: 'gap' | 'overlap';
      readonly name: string;
      readonly start: number;
      readonly expected: number;
    };

export interface Chain {
  /** Stamp of its full. */
  readonly stamp: string;
  /** Those that can be restored, the full first, then by name. */
  readonly files: readonly ChainFile[];
  /** Data files that belong to it by name but continue nothing, or could not be read. */
  readonly detached: readonly PresentFile[];
  readonly problems: readonly Problem[];
  readonly datState: 'whole' | 'torn' | 'missing' | 'held';
  readonly record: ChainRecord | undefined;
  /** Whether repozo, which goes by names, would restore each moment of it rightly. */
  readonly straight: boolean;
}

export interface ChainInput {
  readonly files: readonly PresentFile[];
  readonly dats: ReadonlyMap<string, DatInput>;
  readonly records: ReadonlyMap<string, ChainRecord>;
  readonly measured: ReadonlyMap<string, Measurement>;
}

export interface DatInput {
  readonly lines: readonly DatLine[];
  readonly tornAt: number | undefined;
  readonly held: boolean;
}

export interface Chains {
  /** Oldest first. */
  readonly chains: readonly Chain[];
  /** Increments before the first full: nothing can be restored from them. */
  readonly withoutFull: readonly PresentFile[];
  /** Files whose range is not known from a `.dat` or a record: read them and resolve again. */
  readonly toMeasure: readonly PresentFile[];
}

export function resolveChains(input: ChainInput): Chains {
  const sorted = [...input.files].sort(compareNames);
  const groups = groupByFull(sorted, input.dats);
  const present = new Set(sorted.map(({ name }) => name));
  const resolved = groups.map(({ full, increments }) => resolveChain(full, increments, input, present));
  return {
    chains: resolved.map(({ chain }) => chain),
    withoutFull: sorted.filter(({ kind, stamp }) => kind === 'increment' && !hasFullBefore(sorted, stamp)),
    toMeasure: resolved.flatMap(({ toMeasure }) => toMeasure),
  };
}

/** The files to read, in order, for the state that `file` completes. */
export function pathTo(file: ChainFile): readonly ChainFile[] {
  const path: ChainFile[] = [];
  for (let at: ChainFile | undefined = file; at !== undefined; at = at.parent) path.unshift(at);
  return path;
}

/** The file that completes the chain's newest state. */
export function newestOf(chain: Chain): ChainFile | undefined {
  return chain.files.at(-1);
}

interface Group {
  readonly full: PresentFile;
  readonly increments: readonly PresentFile[];
}

/** Gives every increment to the last full before it; one of the very second of a full, to the chain that lists it. */
function groupByFull(sorted: readonly PresentFile[], dats: ReadonlyMap<string, DatInput>): readonly Group[] {
  const fulls = distinctStamps(sorted.filter(({ kind }) => kind === 'full'));
  const increments = sorted.filter(({ kind }) => kind === 'increment');
  let from = 0;
  return fulls.map((full, index) => {
    const next = fulls[index + 1];
    const belongs = (file: PresentFile): boolean => {
      if (file.stamp === full.stamp) return index === 0 || !lists(dats, fulls[index - 1]!.stamp, file.name);
      if (file.stamp === next?.stamp) return lists(dats, full.stamp, file.name);
      return file.stamp > full.stamp && (next === undefined || file.stamp < next.stamp);
    };
    while (from < increments.length && increments[from]!.stamp < full.stamp) from += 1;
    let until = next === undefined ? increments.length : from;
    while (until < increments.length && increments[until]!.stamp <= next!.stamp) until += 1;
    return { full, increments: increments.slice(from, until).filter(belongs) };
  });
}

/** repozo takes `.fsz` before `.fs` when one second has both. */
function distinctStamps(fulls: readonly PresentFile[]): readonly PresentFile[] {
  return fulls.filter((full, index) => fulls[index + 1]?.stamp !== full.stamp);
}

function lists(dats: ReadonlyMap<string, DatInput>, stamp: string, name: string): boolean {
  return dats.get(stamp)?.lines.some((line) => line.name === name) === true;
}

function hasFullBefore(sorted: readonly PresentFile[], stamp: string): boolean {
  return sorted.some((file) => file.kind === 'full' && file.stamp <= stamp);
}

function resolveChain(
  full: PresentFile,
  increments: readonly PresentFile[],
  input: ChainInput,
  present: ReadonlySet<string>,
) {
  const dat = input.dats.get(full.stamp);
  const record = input.records.get(full.stamp);
  const known = {
    lines: new Map(dat?.lines.map((line) => [line.name, line])),
    recorded: new Map(record?.files.map((file) => [file.name, file])),
    measured: input.measured,
  };
  const problems: Problem[] = [...datProblems(full, dat, present)];
  const files: ChainFile[] = [];
  const detached: PresentFile[] = [];
  const toMeasure: PresentFile[] = [];
  let expected = 0;
  for (const file of [full, ...increments]) {
    const range = rangeOf(file, known);
    if (range.state === 'known') {
      const parent = parentOf(files, range.start);
      if (range.line === undefined) problems.push({ kind: 'unrecorded', name: file.name });
      if (file.kind === 'full' ? range.start === 0 : parent !== undefined) {
        const { state: _, ...found } = range;
        files.push({ ...file, ...found, parent });
        if (parent !== undefined && parent !== files.at(-2))
          problems.push(misfit(file, range.start, expected));
      } else {
        detached.push(file);
        problems.push(misfit(file, range.start, expected));
      }
      expected = range.end;
    } else {
      detached.push(file);
      if (range.state === 'unknown') toMeasure.push(file);
      problems.push(
        range.state === 'unknown'
          ? { kind: 'unmeasured', name: file.name }
          : { kind: 'unreadable', name: file.name, reason: range.reason },
      );
    }
    if (file.kind === 'increment' && file.stamp === full.stamp)
      problems.push({ kind: 'same-second', name: file.name });
  }
  const chain: Chain = {
    stamp: full.stamp,
    files,
    detached,
    problems,
    datState: dat === undefined ? 'missing' : dat.held ? 'held' : dat.tornAt === undefined ? 'whole' : 'torn',
    record,
    straight: isStraight(files, detached),
  };
  return { chain, toMeasure };
}

type Range =
  | ({ readonly state: 'known' } & Pick<ChainFile, 'start' | 'end' | 'md5' | 'line' | 'record'>)
  | { readonly state: 'unknown' }
  | { readonly state: 'unreadable'; readonly reason: string };

/** What is known of the files of a chain, by name; of a name that has two lines, the last. */
interface Known {
  readonly lines: ReadonlyMap<string, DatLine>;
  readonly recorded: ReadonlyMap<string, FileRecord>;
  readonly measured: ReadonlyMap<string, Measurement>;
}

/** The `.dat` is what both programs write, so it goes first; then the record; then what reading the file showed. */
function rangeOf(file: PresentFile, { lines, recorded, measured }: Known): Range {
  const line = lines.get(file.name);
  const measurement = measured.get(file.name);
  const candidates = [recorded.get(file.name), measurement];
  const record = candidates.find(
    (candidate): candidate is FileRecord =>
      candidate !== undefined &&
      !('unreadable' in candidate) &&
      candidate.storedSize === file.storedSize &&
      (line === undefined ||
        (candidate.start === line.start && candidate.end === line.end && candidate.md5 === line.md5)),
  );
  if (line !== undefined)
    return { state: 'known', start: line.start, end: line.end, md5: line.md5, line, record };
  if (record !== undefined) {
    return { state: 'known', start: record.start, end: record.end, md5: record.md5, line, record };
  }
  if (measurement !== undefined && 'unreadable' in measurement) {
    return { state: 'unreadable', reason: measurement.unreadable };
  }
  return { state: 'unknown' };
}

function parentOf(files: readonly ChainFile[], start: number): ChainFile | undefined {
  return files.findLast(({ end }) => end === start);
}

function misfit(file: PresentFile, start: number, expected: number): Problem {
  return { kind: start < expected ? 'overlap' : 'gap', name: file.name, start, expected };
}

function datProblems(
  full: PresentFile,
  dat: DatInput | undefined,
  present: ReadonlySet<string>,
): readonly Problem[] {
  const name = `${full.stamp}.dat`;
  if (dat === undefined) return [{ kind: 'no-dat', name }];
  const torn: Problem[] = dat.tornAt === undefined ? [] : [{ kind: 'torn-dat', name, line: dat.tornAt }];
  const held: Problem[] = dat.held ? [{ kind: 'held-dat', name }] : [];
  const missing = dat.lines.filter((line) => !present.has(line.name));
  return [...torn, ...held, ...missing.map((line): Problem => ({ kind: 'missing-file', name: line.name }))];
}

/** Straight: every file continues the one before it by name, and none is hidden by the full of its own second. */
function isStraight(files: readonly ChainFile[], detached: readonly PresentFile[]): boolean {
  const full = files[0];
  if (full === undefined || detached.length > 0) return false;
  return files.every(
    (file, index) => index === 0 || (file.parent === files[index - 1] && file.stamp > full.stamp),
  );
}
