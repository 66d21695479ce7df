import { type FileSystem, nodeFileSystem } from '@holdfast/durable-fs';
import { FileStorageWriter, type Tid, type TransactionWriter, tidToTime } from '@holdfast/filestorage';
import { Ascii, mappingRecord, PERSISTENT_MAPPING, Reference } from './pickle.js';
import { Random } from './random.js';
import { TextSource, wordPool } from './text.js';

/** 1 November 2026, 12:00 UTC. */
const START = Date.UTC(2026, 10, 1, 12);
const INTERVAL = 60_000;
/** More than enough for what a test writes; a large pool takes longer to make than the storage. */
const TEXT_POOL = 256 << 10;

export interface SampleOptions {
  /** Default 10: the first one makes the root and all documents, each further one changes one to three of them. */
  readonly transactions?: number;
  /** Default 1; the same seed gives the same bytes. */
  readonly seed?: number;
  /** Time of the first transaction, milliseconds since 1970; each one is a minute later than the one before. */
  readonly startTimeMs?: number;
  /** Bytes of a document's body. Default: 100 to 3000, by chance. */
  readonly bodySize?: number;
}

export interface SampleStorageOptions extends SampleOptions {
  /** Default 20, at least 1. */
  readonly documents?: number;
  /** Permission bits. Default 0600. */
  readonly mode?: number;
}

export interface SampleTransaction {
  readonly tid: Tid;
  /** First byte after it. */
  readonly end: number;
}

/**
 * A new `Data.fs` that ZODB opens: the root (oid 0) maps `document-0`, … to PersistentMappings (oid 1, …) with a
 * `title`, a text `body` and a `number`. Written through `fs`, without fsync.
 */
export async function sampleStorage(
  fs: FileSystem,
  path: string,
  options: SampleStorageOptions = {},
): Promise<readonly SampleTransaction[]> {
  const { documents = 20, transactions = 10, mode = 0o600 } = options;
  const writer = await FileStorageWriter.create(fs, path, { sync: false, mode });
  try {
    const sample = new Sample(writer, documents, options, options.startTimeMs ?? START);
    const first = await sample.commit('made by sampleStorage', async (transaction) => {
      await transaction.store(0n, rootRecord(documents));
      for (let number = 0; number < documents; number++) await sample.storeDocument(transaction, number);
    });
    return [first, ...(await sample.change(transactions - 1))];
  } finally {
    await writer.close();
  }
}

/** Appends transactions to a storage of `sampleStorage`, a minute after its last one unless told otherwise. */
export async function appendTransactions(
  fs: FileSystem,
  path: string,
  options: SampleOptions = {},
): Promise<readonly SampleTransaction[]> {
  const writer = await FileStorageWriter.open(fs, path, { sync: false });
  try {
    const { lastTid } = writer;
    const next = lastTid === undefined ? START : Math.round(tidToTime(lastTid)) + INTERVAL;
    const sample = new Sample(writer, writer.index.size - 1, options, options.startTimeMs ?? next);
    return await sample.change(options.transactions ?? 10);
  } finally {
    await writer.close();
  }
}

/** As `sampleStorage`, on the real file system. */
export function sampleFile(
  path: string,
  options: SampleStorageOptions = {},
): Promise<readonly SampleTransaction[]> {
  return sampleStorage(nodeFileSystem, path, options);
}

class Sample {
  private readonly random: Random;
  private readonly text: TextSource;

  constructor(
    private readonly writer: FileStorageWriter,
    private readonly documents: number,
    private readonly options: SampleOptions,
    private timeMs: number,
  ) {
    this.random = new Random(options.seed ?? 1);
    const pool = wordPool(this.random, Math.max(TEXT_POOL, 2 * (options.bodySize ?? 0)));
    this.text = new TextSource(this.random, pool);
  }

  async change(transactions: number): Promise<readonly SampleTransaction[]> {
    const done: SampleTransaction[] = [];
    for (let count = 0; count < transactions; count++) {
      const numbers = new Set(
        Array.from({ length: 1 + this.random.below(3) }, () => this.random.below(this.documents)),
      );
      const write = async (transaction: TransactionWriter) => {
        for (const number of numbers) await this.storeDocument(transaction, number);
      };
      done.push(await this.commit(`/site/document-${[...numbers][0]}/edit`, write));
    }
    return done;
  }

  async commit(
    description: string,
    write: (transaction: TransactionWriter) => Promise<void>,
  ): Promise<SampleTransaction> {
    const transaction = this.writer.begin({ user: ' admin', description, timeMs: this.timeMs });
    this.timeMs += INTERVAL;
    await write(transaction);
    const tid = await transaction.commit();
    return { tid, end: this.writer.end };
  }

  async storeDocument(transaction: TransactionWriter, number: number): Promise<void> {
    const size = this.options.bodySize ?? 100 + this.random.below(2900);
    const body = new Ascii(this.text.take(size));
    const title = `Document ${number}, ${this.text.take(12).toString('latin1')}`;
    await transaction.store(
      BigInt(number + 1),
      mappingRecord({ title, body, number: this.random.next() % 1e6 }),
    );
  }
}

function rootRecord(documents: number): Buffer {
  const entries = Array.from({ length: documents }, (_, number): [string, Reference] => [
    `document-${number}`,
    new Reference(BigInt(number + 1), PERSISTENT_MAPPING),
  ]);
  return mappingRecord(Object.fromEntries(entries));
}
