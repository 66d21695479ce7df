import { type OpenFile, readExactly, writeAll } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import { encodeNumber, encodeRecordHeader } from './encode.js';
import { HEADER_SIZE, STATUS, TRANSACTION_FIELD } from './format.js';
import { type Oid, splitOid } from './oid.js';
import type { StorageIndex } from './storage-index.js';
import type { Tid } from './tid.js';
import type { TransactionStatus } from './transaction-header.js';
import type { TransactionOutput } from './transaction-output.js';

/** What a transaction needs of the file it is written to. */
export interface TransactionTarget {
  readonly file: OpenFile;
  /** Current records of what is committed. */
  readonly index: StorageIndex;
  /** Of the transaction. */
  readonly position: number;
  readonly tid: Tid;
  /** What it will have when it is finished. */
  readonly status: TransactionStatus;
  readonly sync: boolean;
  /** Called once, at the end: where the file ends now, or undefined when that is not known any more. */
  release(outcome: 'finished' | 'aborted' | 'broken', end: number): void;
}

type State = 'active' | 'voted' | 'finished' | 'aborted' | 'broken';

/**
 * One transaction that is being written, in ZODB's two steps (docs/formats/filestorage.md, section 3): `vote` brings
 * all of it to the end of the file with status `c`, `finish` makes it count. The calls may not overlap. A call that
 * fails before `finish` aborts the transaction; after a failed `finish` the writer refuses all work, because what is on the disk is unknown.
 */
export class TransactionWriter {
  private state: State = 'active';
  /** The last position of each object in this transaction. */
  private readonly positions = new Map<Oid, number>();

  constructor(
    private readonly target: TransactionTarget,
    private readonly output: TransactionOutput,
  ) {}

  get tid(): Tid {
    return this.target.tid;
  }

  /** Position in the file of its first byte. */
  get position(): number {
    return this.target.position;
  }

  /** Writes a new state of an object; the position of the record. Empty data cannot be stored: they would be a back pointer. */
  async store(oid: Oid, data: Uint8Array): Promise<number> {
    if (data.length === 0) throw misuse('a record needs at least one byte of data');
    return this.record(oid, data.length, data);
  }

  /**
   * Gives an object the state of an earlier record again, as ZODB's undo does; the position of the new record.
   *
   * @param position of a record of the same object, in a transaction before this one
   */
  async undoTo(oid: Oid, position: number): Promise<number> {
    this.expect('active');
    if (!(position >= HEADER_SIZE && position < this.target.position))
      throw misuse(`there is no earlier record at ${position}`);
    const found = (await readExactly(this.target.file, position, 8)).readBigUInt64BE();
    if (found !== oid) throw misuse(`the record at ${position} is of object ${found}, not of ${oid}`);
    return this.record(oid, 0, encodeNumber(position));
  }

  /** Says that the object does not exist any more; the position of the record. */
  async delete(oid: Oid): Promise<number> {
    return this.record(oid, 0, encodeNumber(0));
  }

  /** Brings the transaction into the file with status `c`. */
  async vote(): Promise<void> {
    this.expect('active');
    await this.orAbort(async () => {
      await this.output.complete();
      if (this.target.sync) await this.target.file.sync();
    });
    this.state = 'voted';
  }

  /** Overwrites the status; from here on the transaction counts. */
  async finish(): Promise<Tid> {
    this.expect('voted');
    const { file, position, status, sync, tid, index } = this.target;
    this.state = 'broken';
    try {
      await writeAll(file, Buffer.from([STATUS[status]]), position + TRANSACTION_FIELD.status);
      if (sync) await file.sync();
      this.state = 'finished';
    } finally {
      this.target.release(this.state, this.output.end);
    }
    if (status !== 'undone') {
      for (const [oid, at] of this.positions) {
        const { prefix, suffix } = splitOid(oid);
        index.set(prefix, suffix, at);
      }
    }
    return tid;
  }

  async commit(): Promise<Tid> {
    await this.vote();
    return this.finish();
  }

  /** Cuts off what was written; safe after an error and twice. A finished transaction stays. */
  async abort(): Promise<void> {
    if (this.state !== 'active' && this.state !== 'voted') return;
    this.state = 'broken';
    try {
      if (this.output.touchedFile) await this.target.file.truncate(this.target.position);
      this.state = 'aborted';
    } finally {
      this.target.release(this.state, this.target.position);
    }
  }

  private async record(oid: Oid, dataLength: number, content: Uint8Array): Promise<number> {
    this.expect('active');
    const { tid, position: transaction, index } = this.target;
    const { prefix, suffix } = splitOid(oid);
    const previous = index.get(prefix, suffix) ?? 0;
    const position = transaction + this.output.length;
    const header = encodeRecordHeader({ oid, tid, previous, transaction, dataLength });
    await this.orAbort(() => this.output.append(header, content));
    this.positions.set(oid, position);
    return position;
  }

  private async orAbort(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      // What abort finds wrong is the lesser news; the writer is marked as broken then.
      await this.abort().catch(() => {});
      throw error;
    }
  }

  private expect(state: State): void {
    if (this.state !== state)
      throw misuse(`a transaction that is ${this.state} was used as if it were ${state}`);
  }
}

export function misuse(what: string): HoldfastError {
  return new HoldfastError('internal', what);
}
