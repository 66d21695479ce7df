/** Appends transactions to a `Data.fs` (docs/formats/filestorage.md). */
import { dirname } from 'node:path';
import { type Clock, type FileSystem, type OpenFile, systemClock, writeAll } from '@holdfast/durable-fs';
import { damaged } from './damage.js';
import { encodeTransactionStart, type TransactionText } from './encode.js';
import { HEADER_SIZE, MAGIC_FS30, type Magic } from './format.js';
import { readMagic } from './magic.js';
import { scanFile } from './scan-file.js';
import { indexVisitor, StorageIndex } from './storage-index.js';
import { laterTid, type Tid } from './tid.js';
import type { TransactionStatus } from './transaction-header.js';
import { TransactionOutput } from './transaction-output.js';
import { misuse, TransactionWriter } from './transaction-writer.js';

const MAX_TEXT = 0xffff;

export interface WriterOptions {
  /** Flush to the disk at every vote and finish. Default true. */
  readonly sync?: boolean;
  /** Times of transactions that are begun without one. */
  readonly clock?: Clock;
}

export interface CreateOptions extends WriterOptions {
  /** Default `FS30`. */
  readonly magic?: Magic;
  /** Permission bits. Default 0600. */
  readonly mode?: number;
}

export interface OpenWriterOptions extends WriterOptions {
  /** Which tails may be cut off (section 3): default only one that was never finished; a truncated one is `filestorage.damaged`. */
  readonly cut?: 'unfinished' | 'any';
}

export interface TransactionOptions {
  /** Text is written as UTF-8; at most 65,535 bytes. */
  readonly user?: string | Uint8Array;
  readonly description?: string | Uint8Array;
  /** As it stands in the file: empty, or a pickle of a dict. */
  readonly extension?: Uint8Array;
  /** Must be greater than that of the last transaction. */
  readonly tid?: Tid;
  /** Without `tid`: time in milliseconds since 1970; moved to just after the last transaction when it is not later. */
  readonly timeMs?: number;
  /** Default `done`. */
  readonly status?: TransactionStatus;
}

/**
 * Writes a `Data.fs` as ZODB does. The caller holds `Data.fs.lock`: this class takes no lock.
 *
 *     const writer = await FileStorageWriter.create(fs, path);
 *     const transaction = writer.begin({ user: 'admin' });
 *     await transaction.store(0n, pickle);
 *     await transaction.commit();
 *     await writer.close();
 */
export class FileStorageWriter {
  private transaction: TransactionWriter | undefined;
  private broken = false;

  private constructor(
    private readonly file: OpenFile,
    /** Current records of what is committed; do not change it. */
    readonly index: StorageIndex,
    private currentEnd: number,
    private currentTid: Tid | undefined,
    private readonly options: WriterOptions,
  ) {}

  /** A new storage; `fs.exists` when the path is taken. */
  static async create(fs: FileSystem, path: string, options: CreateOptions = {}): Promise<FileStorageWriter> {
    const file = await fs.create(path, options.mode ?? 0o600);
    return closeOnError(file, async () => {
      await writeAll(file, Buffer.from(options.magic ?? MAGIC_FS30, 'latin1'), 0);
      if (options.sync !== false) {
        await file.sync();
        await fs.syncDirectory(dirname(path));
      }
      return new FileStorageWriter(file, new StorageIndex(), HEADER_SIZE, undefined, options);
    });
  }

  /** An existing storage, to append after its last whole transaction. Reads it all to know every object's current record. */
  static async open(
    fs: FileSystem,
    path: string,
    options: OpenWriterOptions = {},
  ): Promise<FileStorageWriter> {
    const file = await fs.openWrite(path);
    return closeOnError(file, async () => {
      if ((await readMagic(file)) === 'empty') await writeAll(file, Buffer.from(MAGIC_FS30, 'latin1'), 0);
      const index = new StorageIndex();
      const { end, lastTid, tail } = await scanFile(file, { visitor: indexVisitor(index) });
      if (tail.kind === 'truncated' && options.cut !== 'any')
        throw damaged(path, tail.position, tail.position, 'its last transaction is cut short');
      if (tail.kind !== 'none') await file.truncate(end);
      return new FileStorageWriter(file, index, end, lastTid, options);
    });
  }

  /** First byte after the last finished transaction. */
  get end(): number {
    return this.currentEnd;
  }

  get lastTid(): Tid | undefined {
    return this.currentTid;
  }

  /** Begins a transaction; the one before must be finished or aborted. */
  begin(options: TransactionOptions = {}): TransactionWriter {
    if (this.broken) throw misuse('after an error that left the file unknown, open the storage again');
    if (this.transaction !== undefined) throw misuse('another transaction is not finished');
    const position = this.currentEnd;
    const tid = this.newTid(options);
    const start = encodeTransactionStart(tid, textOf(options));
    const { status = 'done' } = options;
    const { file, index } = this;
    const release = (outcome: string, end: number) => this.release(outcome, end, tid);
    const target = { file, index, position, tid, status, sync: this.options.sync !== false, release };
    this.transaction = new TransactionWriter(target, new TransactionOutput(file, position, start));
    return this.transaction;
  }

  /** Aborts a transaction that is not finished, and closes the file. */
  async close(): Promise<void> {
    try {
      await this.transaction?.abort();
    } finally {
      await this.file.close();
    }
  }

  private newTid({ tid, timeMs }: TransactionOptions): Tid {
    const last = this.currentTid ?? 0n;
    if (tid === undefined) return laterTid(last, timeMs ?? (this.options.clock ?? systemClock).now());
    if (tid <= last) throw misuse('the transaction id is not greater than that of the last transaction');
    return tid;
  }

  private release(outcome: string, end: number, tid: Tid): void {
    this.transaction = undefined;
    if (outcome === 'broken') this.broken = true;
    if (outcome !== 'finished') return;
    this.currentEnd = end;
    this.currentTid = tid;
  }
}

function textOf({ user, description, extension }: TransactionOptions): TransactionText {
  return { user: bytesOf(user), description: bytesOf(description), extension: bytesOf(extension) };
}

function bytesOf(text: string | Uint8Array = ''): Buffer {
  const bytes = typeof text === 'string' ? Buffer.from(text) : Buffer.from(text);
  if (bytes.length > MAX_TEXT) throw misuse(`a transaction's text of ${bytes.length} bytes does not fit`);
  return bytes;
}

async function closeOnError<T>(file: OpenFile, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await file.close().catch(() => {});
    throw error;
  }
}
