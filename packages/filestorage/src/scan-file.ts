import { CHUNK_SIZE, type OpenFile, readFully, throwIfCancelled } from '@holdfast/durable-fs';
import { HEADER_SIZE } from './format.js';
import type { ScanEnd, ScanVisitor } from './scan.js';
import { TransactionScanner } from './scanner.js';
import type { Tid } from './tid.js';

/** Bytes of the first read, and of the first after a jump over large data. */
const SMALL_READ = 1 << 12;
/** A jump this long says that records are large here, so that small reads are the cheaper ones. */
const LONG_JUMP = 1 << 18;

export interface ScanFileOptions {
  /** Default `HEADER_SIZE`; else the position of any transaction. */
  readonly start?: number | undefined;
  /** Bytes of the file that count; default its size. */
  readonly limit?: number | undefined;
  readonly visitor?: ScanVisitor | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly previousTid?: Tid | undefined;
}

/**
 * Scans a file from `start` to the end of its last whole transaction, in bounded memory, without reading large data.
 * The magic is not looked at (`readMagic`). Errors: those of `TransactionScanner`, `cancelled`, and the file's own.
 *
 * Where no `limit` is given and the file has grown meanwhile, a tail that looks truncated is a transaction that was
 * being committed, and called `unfinished` (docs/formats/filestorage.md, section 3).
 */
export async function scanFile(file: OpenFile, options: ScanFileOptions = {}): Promise<ScanEnd> {
  const { start = HEADER_SIZE, visitor, previousTid } = options;
  const limit = options.limit ?? (await file.stat()).size;
  const scanner = new TransactionScanner({ path: file.path, start, limit, visitor, previousTid });
  for await (const _ of feed(file, scanner, { start, limit, signal: options.signal }));
  const end = scanner.finish();
  if (end.tail.kind !== 'truncated' || options.limit !== undefined) return end;
  const { size } = await file.stat();
  return size > limit ? { ...end, tail: { ...end.tail, kind: 'unfinished' } } : end;
}

export interface FeedRange {
  /** Where the scanner begins. */
  readonly start: number;
  readonly limit: number;
  readonly signal?: AbortSignal | undefined;
}

/** Reads a range of a file into a scanner, as far as it wants; yields after each read so that the caller can take what was found. */
export async function* feed(
  file: OpenFile,
  scanner: TransactionScanner,
  range: FeedRange,
): AsyncGenerator<void> {
  let buffer = Buffer.alloc(0);
  let size = SMALL_READ;
  let position = range.start;
  while (!scanner.stopped && position < range.limit) {
    throwIfCancelled(range.signal);
    if (buffer.length < size) buffer = Buffer.allocUnsafe(size);
    const target = buffer.subarray(0, Math.min(size, range.limit - position));
    const count = await readFully(file, target, position);
    if (count === 0) return;
    scanner.push(target.subarray(0, count));
    const jumped = scanner.jump();
    position += count + jumped;
    size = jumped >= LONG_JUMP ? SMALL_READ : Math.min(size * 4, CHUNK_SIZE);
    yield;
  }
}
