import { createHash } from 'node:crypto';
import { type OpenFile, readFully, throwIfCancelled } from '@holdfast/durable-fs';
import { HEADER_SIZE, type ScanEnd, type ScanVisitor, TransactionScanner } from '@holdfast/filestorage';
import { MEMBER_SIZE } from '@holdfast/gzip-members';
import { readSourceRanges } from './checkpoint.js';
import { sha256 } from './digest.js';
import type { Engine } from './engine.js';
import { ordered } from './ordered.js';
import { RangeFacts, together } from './range-facts.js';
import type { FileRecord, Segment } from './record.js';
import { type Source, sourceShrank } from './source.js';
import type { Publication } from './store.js';

export interface CopyIn {
  readonly source: Source;
  /** First byte to copy: 0, or the end of a transaction. */
  readonly start: number;
  readonly gzip: boolean;
  readonly target: Publication;
  readonly name: string;
  /** Sees the same transactions as the copy. */
  readonly visitor?: ScanVisitor | undefined;
}

export interface CopiedIn {
  readonly record: FileRecord;
  readonly scan: ScanEnd;
}

/** Members in work at one time: two for the cores, one on its way in, one on its way out. */
const WIDTH = 4;

/**
 * Copies whole transactions, from `start` to the last one that was finished when the source was opened, into an
 * open publication. One pass: what is scanned is what is copied, so a live writer cannot come between.
 */
export async function copyIn(engine: Engine, copy: CopyIn): Promise<CopiedIn> {
  const { source, start, gzip, target } = copy;
  const facts = new RangeFacts(start, source.size);
  const reader = new TransactionReader(engine, copy, together(facts, copy.visitor));
  const segments: Segment[] = [];
  const members = ordered(reader.chunks(), WIDTH, async (chunk) => {
    const stored = gzip ? await engine.codec().compress(chunk.bytes) : chunk.bytes;
    const segment = { storedSize: stored.length, rawSize: chunk.bytes.length, sha256: await sha256(stored) };
    return { stored, segment, chunk };
  });
  for await (const { stored, segment, chunk } of members) {
    await target.append(stored);
    segments.push(segment);
    reader.recycle(chunk);
  }
  const { scan, md5, end } = reader.finish();
  const found = await facts.facts((ranges) => readSourceRanges(source, ranges));
  return { scan, record: { name: copy.name, start, end, md5, storedSize: target.size, segments, ...found } };
}

interface Chunk {
  readonly bytes: Uint8Array;
  readonly buffer: Buffer;
}

/** Reads the source from `start` on, in buffers of a member's size, and gives out what is known to be whole. */
class TransactionReader {
  readonly #md5 = createHash('md5');
  readonly #scanner: TransactionScanner;
  readonly #free: Buffer[] = [];
  readonly #file: OpenFile;
  /** The next byte to give out, and the next to scan: a header cut by the end of a buffer is read again. */
  #position: number;
  #scanned: number;

  constructor(
    private readonly engine: Engine,
    private readonly copy: CopyIn,
    visitor: ScanVisitor,
  ) {
    const { source, start } = copy;
    this.#file = source.file;
    this.#position = start;
    this.#scanned = Math.max(start, HEADER_SIZE);
    this.#scanner = new TransactionScanner({
      path: source.path,
      start: this.#scanned,
      limit: source.size,
      visitor,
    });
  }

  async *chunks(): AsyncGenerator<Chunk> {
    const { source, start } = this.copy;
    // A scanner of a storage without transactions stops before its first byte; the magic belongs to the copy all the same.
    while ((!this.#scanner.stopped || this.#position < HEADER_SIZE) && this.#position < source.size) {
      throwIfCancelled(this.engine.signal);
      const buffer = this.#free.pop() ?? Buffer.allocUnsafeSlow(MEMBER_SIZE);
      const bytes = await this.readWhole(buffer);
      if (bytes.length === 0) break;
      this.#md5.update(bytes);
      this.#position += bytes.length;
      this.engine.onProgress?.({ phase: 'copy', done: this.#position - start, total: source.size - start });
      yield { bytes, buffer };
    }
  }

  recycle(chunk: Chunk): void {
    this.#free.push(chunk.buffer);
  }

  finish(): { readonly scan: ScanEnd; readonly md5: string; readonly end: number } {
    return { scan: this.#scanner.finish(), md5: this.#md5.digest('hex'), end: this.#position };
  }

  /** The next bytes of transactions that are known to be finished; none at the tail. */
  private async readWhole(buffer: Buffer): Promise<Uint8Array> {
    const { source } = this.copy;
    const wanted = buffer.subarray(0, Math.min(buffer.length, source.size - this.#position));
    const count = await readFully(this.#file, wanted, this.#position);
    const reached = this.#position + count;
    if (reached > this.#scanned) {
      this.#scanner.push(wanted.subarray(this.#scanned - this.#position, count));
      this.#scanned = reached;
    }
    const whole = Math.max(this.#scanner.safeEnd, HEADER_SIZE) - this.#position;
    if (count < wanted.length && whole > count) throw sourceShrank(source, reached);
    return wanted.subarray(0, Math.min(count, whole));
  }
}
