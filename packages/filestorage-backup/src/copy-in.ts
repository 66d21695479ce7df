import { createHash } from 'node:crypto';
import { type OpenFile, readFully, throwIfCancelled } from '@holdfast/durable-fs';
import { HEADER_SIZE, type ScanEnd, type ScanVisitor, TransactionScanner } from '@holdfast/filestorage';
import { MEMBER_SIZE } from '@holdfast/gzip-members';
import { readSourceRanges } from './checkpoint.js';
import { type Digester, digesterFor, sha256 } from './digest.js';
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
  readonly scan: Pick<ScanEnd, 'tail'>;
}

/** Members in work at one time: two for the cores, one on its way in, one on its way out. */
const WIDTH = 4;
/** From so many pairs of members on, the last one does not matter; below so many bytes one member is enough. */
const LONG = 8;
const SHORT = 256 << 10;

/**
 * Copies whole transactions, from `start` to the last one that was finished when the source was opened, into an
 * open publication. One pass: what is scanned is what is copied, so a live writer cannot come between.
 */
export async function copyIn(engine: Engine, copy: CopyIn): Promise<CopiedIn> {
  const { source, start, target } = copy;
  const facts = new RangeFacts(start, source.size);
  // Compressed members are digested on the spot, while the cores compress; for plain ones that would be the bottleneck.
  const digester = digesterFor(copy.gzip ? 0 : source.size - start, 1);
  const reader = new TransactionReader(engine, copy, together(facts, copy.visitor), digester);
  try {
    const segments = await writeMembers(engine, copy, reader, digester);
    const { scan, md5, end } = reader.finish();
    const found = await facts.facts((ranges) => readSourceRanges(source, ranges));
    return {
      scan,
      record: { name: copy.name, start, end, md5, storedSize: target.size, segments, ...found },
    };
  } finally {
    await digester.close();
  }
}

/** Compresses and digests several members at a time, and writes them in their order, one behind the other. */
async function writeMembers(
  engine: Engine,
  { gzip, target }: CopyIn,
  reader: TransactionReader,
  digester: Digester,
): Promise<readonly Segment[]> {
  const segments: Segment[] = [];
  const members = ordered(reader.chunks(), WIDTH, async (chunk) => {
    const stored = gzip ? await engine.codec().compress(chunk.bytes) : chunk.bytes;
    const digest = gzip ? sha256(stored) : await digester.sha256(stored);
    return {
      stored,
      chunk,
      segment: { storedSize: stored.length, rawSize: chunk.bytes.length, sha256: digest },
    };
  });
  let writing = Promise.resolve();
  for await (const { stored, segment, chunk } of members) {
    await writing;
    segments.push(segment);
    writing = target.append(stored).then(() => reader.recycle(chunk));
    writing.catch(() => {});
  }
  await writing;
  return segments;
}

/** A short range is cut into an even number of equal members, so that no core waits for the other at its end. */
function memberSize(bytes: number): number {
  const pairs = Math.ceil(bytes / (2 * MEMBER_SIZE));
  if (pairs > LONG || bytes < SHORT) return MEMBER_SIZE;
  return Math.ceil(bytes / (2 * pairs));
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
  /** Bytes that a member holds. */
  readonly #member: number;
  /** The next byte to give out, and the next to scan: a header cut by the end of a buffer is read again. */
  #position: number;
  #scanned: number;

  constructor(
    private readonly engine: Engine,
    private readonly copy: CopyIn,
    visitor: ScanVisitor,
    private readonly digester: Digester,
  ) {
    const { source, start } = copy;
    this.#file = source.file;
    this.#member = memberSize(source.size - start);
    this.#position = start;
    this.#scanned = Math.max(start, HEADER_SIZE);
    this.#scanner = new TransactionScanner({
      path: source.path,
      start: this.#scanned,
      limit: source.size,
      visitor,
    });
  }

  /** The next chunk is read while this one is digested. */
  async *chunks(): AsyncGenerator<Chunk> {
    const { source, start } = this.copy;
    let next = this.readChunk();
    for (;;) {
      const chunk = await next;
      if (chunk === undefined) return;
      throwIfCancelled(this.engine.signal);
      this.#position += chunk.bytes.length;
      next = this.readChunk();
      next.catch(() => {});
      this.#md5.update(chunk.bytes);
      this.engine.onProgress?.({ phase: 'copy', done: this.#position - start, total: source.size - start });
      yield chunk;
    }
  }

  private async readChunk(): Promise<Chunk | undefined> {
    // A scanner of a storage without transactions stops before its first byte; the magic is copied all the same.
    const stopped = this.#scanner.stopped && this.#position >= HEADER_SIZE;
    if (stopped || this.#position >= this.copy.source.size) return undefined;
    const buffer = this.#free.pop() ?? this.digester.allocate(this.#member);
    const bytes = await this.readWhole(buffer);
    return bytes.length === 0 ? undefined : { bytes, buffer };
  }

  recycle(chunk: Chunk): void {
    this.#free.push(chunk.buffer);
  }

  finish(): { readonly scan: Pick<ScanEnd, 'tail'>; readonly md5: string; readonly end: number } {
    const end = this.#position;
    // What was cut off meanwhile was no whole transaction: a commit that was voted and then aborted.
    const aborted = { tail: { kind: 'unfinished', position: end, bytes: 0 } } as const;
    const scan = this.#scanner.stopped ? this.#scanner.finish() : aborted;
    return { scan, md5: this.#md5.digest('hex'), end };
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
