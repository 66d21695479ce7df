import { isHoldfastError } from '@holdfast/errors';
import { type ScanVisitor, type TransactionHeader, tidToHex } from '@holdfast/filestorage';
import { sha256 } from './digest.js';
import type { Checkpoint } from './record.js';
import { readSource, type Source } from './source.js';

/**
 * Checkpoints: transactions by which the backed-up part of a source is recognised without reading it whole
 * (design decision 3). The last one moves, vanishes or changes its status byte in every pack, and is not in an
 * older file; the spread of others sees a file whose end only looks alike.
 */

/** Marks in one file, beside its first and last transaction. */
const SPREAD = 6;
/** Probes of one decision, whatever the number of increments. */
const MOST_PROBES = 16;
/** Of a larger transaction only the two ends are digested. */
const WHOLE_LIMIT = 1 << 20;

export interface Mark {
  readonly position: number;
  readonly end: number;
  readonly tid: bigint;
}

/** Picks the marks of a range while it is scanned. */
export class MarkPicker implements ScanVisitor {
  readonly #marks: Mark[] = [];
  #last: Mark | undefined;
  #next: number;
  readonly #stride: number;

  constructor(start: number, end: number) {
    this.#next = start;
    this.#stride = Math.max(1, Math.ceil((end - start) / SPREAD));
  }

  transaction({ position, end, tid }: TransactionHeader): void {
    const mark = { position, end, tid };
    this.#last = mark;
    if (position < this.#next) return;
    this.#marks.push(mark);
    this.#next = position + this.#stride;
  }

  marks(): readonly Mark[] {
    const last = this.#last;
    return last === undefined || this.#marks.at(-1) === last ? this.#marks : [...this.#marks, last];
  }
}

export interface ByteRange {
  readonly position: number;
  readonly length: number;
}

/** Gives the bytes of each range, which are in ascending order: from a source, or from a stored file in one pass. */
export type ReadRanges = (ranges: readonly ByteRange[]) => Promise<readonly Uint8Array[]>;

export async function makeCheckpoints(
  read: ReadRanges,
  marks: readonly Mark[],
): Promise<readonly Checkpoint[]> {
  const ranges = marks.map(digestedRanges);
  const bytes = await read(ranges.flat());
  let next = 0;
  return Promise.all(
    marks.map(async ({ position, end, tid }, index) => {
      const own = bytes.slice(next, next + ranges[index]!.length);
      next += own.length;
      return { position, end, tid: tidToHex(tid), sha256: sha256(Buffer.concat(own)) };
    }),
  );
}

/** The parts of a transaction that its checkpoint digests. */
function digestedRanges({
  position,
  end,
}: {
  readonly position: number;
  readonly end: number;
}): readonly ByteRange[] {
  const length = end - position;
  if (length <= WHOLE_LIMIT) return [{ position, length }];
  const half = WHOLE_LIMIT / 2;
  return [
    { position, length: half },
    { position: end - half, length: half },
  ];
}

/** Which checkpoints to look at: the last, the first, and others evenly between. */
export function chooseProbes(checkpoints: readonly Checkpoint[]): readonly Checkpoint[] {
  if (checkpoints.length <= MOST_PROBES) return [...checkpoints].reverse();
  const stride = (checkpoints.length - 1) / (MOST_PROBES - 1);
  return Array.from(
    { length: MOST_PROBES },
    (_, index) => checkpoints[Math.round(index * stride)]!,
  ).reverse();
}

/** Whether every probe finds in the source what was recorded of it. */
export async function probe(source: Source, probes: readonly Checkpoint[]): Promise<boolean> {
  for (const checkpoint of probes) {
    if (checkpoint.end > source.size) return false;
    try {
      const bytes = await readSourceRanges(source, digestedRanges(checkpoint));
      if (sha256(Buffer.concat(bytes)) !== checkpoint.sha256) return false;
    } catch (error) {
      if (isHoldfastError(error, 'source.shrank')) return false;
      throw error;
    }
  }
  return true;
}

/** `ReadRanges` of a source. */
export async function readSourceRanges(
  source: Source,
  ranges: readonly ByteRange[],
): Promise<readonly Uint8Array[]> {
  const bytes: Uint8Array[] = [];
  for (const { position, length } of ranges) bytes.push(await readSource(source, position, length));
  return bytes;
}
