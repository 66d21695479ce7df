import { createHash } from 'node:crypto';
import { type ErrorCode, isHoldfastError } from '@holdfast/errors';
import { RECORD_HEADER_SIZE, TRANSACTION_HEADER_SIZE } from '@holdfast/filestorage';
import type { Measurement, PresentFile } from './chain.js';
import type { ByteRange } from './checkpoint.js';
import type { Engine } from './engine.js';
import { RangeFacts } from './range-facts.js';
import { RangeWalker } from './range-walker.js';
import { damaged, type RawFile, readRaw } from './raw-reader.js';
import type { Segment } from './record.js';

/**
 * Makes the record of a data file by reading it: for one that has no `.dat` line (a killed repozo), and for those
 * that repozo wrote and Holdfast meets for the first time. Needs no source: every data record in a FileStorage
 * carries the position of its transaction, so an increment says itself where it belongs.
 */
export async function measureFile(
  engine: Engine,
  file: PresentFile,
  known?: KnownRange,
): Promise<Measurement> {
  try {
    return await measure(engine, file, known);
  } catch (error) {
    if (!isHoldfastError(error) || !UNREADABLE.has(error.code)) throw error;
    return { name: file.name, unreadable: error.message };
  }
}

/** What a `.dat` line says of a file. */
export interface KnownRange {
  readonly start: number;
  readonly end: number;
  readonly md5: string;
}

const UNREADABLE: ReadonlySet<ErrorCode> = new Set([
  'repository.damaged',
  'filestorage.damaged',
  'filestorage.bad-magic',
]);

async function measure(
  engine: Engine,
  file: PresentFile,
  known: KnownRange | undefined,
): Promise<Measurement> {
  const raw: RawFile = {
    name: file.name,
    gzip: file.gzip,
    segments: undefined,
    md5: undefined,
    rawSize: undefined,
  };
  const start = known?.start ?? (file.kind === 'full' ? 0 : await findStart(engine, raw));
  if (start === undefined) throw damaged(engine, file.name, 'does not begin with a transaction');
  const segments: Segment[] = [];
  const md5 = createHash('md5');
  // Where the end is not known before the file is through, the marks are spread by a guess at it.
  const expected = known?.end ?? start + 3 * file.storedSize;
  const facts = new RangeFacts(start, expected);
  let done = 0;
  const walker = new RangeWalker(file.name, start, facts);
  for await (const chunk of readRaw(engine, raw, { onSegment: (segment) => segments.push(segment) })) {
    md5.update(chunk);
    walker.push(chunk);
    done += chunk.length;
    engine.onProgress?.({ phase: 'rebuild', done, total: Math.max(done, expected - start) });
  }
  const end = walker.finish();
  const digest = md5.digest('hex');
  if (known !== undefined && (known.end !== end || known.md5 !== digest)) {
    throw damaged(
      engine,
      file.name,
      `is not what its .dat line says (bytes ${start} to ${end}, checksum ${digest})`,
    );
  }
  return {
    name: file.name,
    start,
    end,
    md5: digest,
    storedSize: file.storedSize,
    segments:
      segments.reduce((sum, { storedSize }) => sum + storedSize, 0) === file.storedSize ? segments : [],
    ...(await facts.facts((ranges) => readRawRanges(engine, raw, start, ranges))),
  };
}

/**
 * The position in the source that an increment begins at: each data record has the position of its transaction
 * at byte 24 of its header (docs/formats/filestorage.md, "Data record").
 */
async function findStart(engine: Engine, raw: RawFile): Promise<number | undefined> {
  const head = await readHead(engine, raw, TRANSACTION_HEADER_SIZE + 3 * 0xffff + RECORD_HEADER_SIZE);
  if (head.length < TRANSACTION_HEADER_SIZE) return undefined;
  const record =
    TRANSACTION_HEADER_SIZE + head.readUInt16BE(17) + head.readUInt16BE(19) + head.readUInt16BE(21);
  if (head.length < record + RECORD_HEADER_SIZE) return undefined;
  const start = head.readBigUInt64BE(record + 24);
  return start > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : Number(start);
}

async function readHead(engine: Engine, raw: RawFile, length: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of readRaw(engine, raw, { check: false })) {
    parts.push(chunk.slice());
    size += chunk.length;
    if (size >= length) break;
  }
  return Buffer.concat(parts);
}

/** Bytes of a data file by their positions in the source, in one pass over the file. */
async function readRawRanges(
  engine: Engine,
  raw: RawFile,
  start: number,
  ranges: readonly ByteRange[],
): Promise<readonly Uint8Array[]> {
  const results = ranges.map(({ length }) => Buffer.alloc(length));
  const last = ranges.reduce((end, { position, length }) => Math.max(end, position + length), start);
  let at = start;
  for await (const chunk of readRaw(engine, raw, { check: false })) {
    for (const [index, { position, length }] of ranges.entries()) {
      const from = Math.max(0, position - at);
      const to = Math.min(chunk.length, position + length - at);
      if (from < to) results[index]!.set(chunk.subarray(from, to), at + from - position);
    }
    at += chunk.length;
    if (at >= last) break;
  }
  return results;
}
