import { type OpenFile, writeAll } from '@holdfast/durable-fs';
import { encodeNumber } from './encode.js';
import { TRANSACTION_FIELD } from './format.js';

/** Bytes kept in memory; a larger transaction goes to its place in the file as it comes. */
const BUFFER_LIMIT = 1 << 20;

/**
 * The bytes of one transaction on their way to the end of the file. Its first bytes hold status `c`, so that a reader
 * takes whatever is there already for an unfinished tail (docs/formats/filestorage.md, section 3).
 */
export class TransactionOutput {
  private waiting: Buffer[] = [];
  private waitingBytes = 0;
  private flushed = 0;

  constructor(
    private readonly file: OpenFile,
    /** Of the transaction. */
    private readonly position: number,
    start: Buffer,
  ) {
    this.keep(start);
  }

  /** Bytes so far. */
  get length(): number {
    return this.flushed + this.waitingBytes;
  }

  /** Bytes of it are in the file. */
  get touchedFile(): boolean {
    return this.flushed > 0;
  }

  async append(header: Buffer, content: Uint8Array): Promise<void> {
    this.keep(header);
    if (content.length < BUFFER_LIMIT) {
      this.keep(Buffer.from(content));
      if (this.waitingBytes >= BUFFER_LIMIT) await this.flush();
      return;
    }
    await this.flush();
    await this.write(content);
  }

  /** Adds the second length, puts the first in its place, and brings everything into the file. */
  async complete(): Promise<void> {
    const { length } = this;
    const start = this.touchedFile ? undefined : this.waiting[0];
    const bytes = encodeNumber(length);
    start?.set(bytes, TRANSACTION_FIELD.length);
    this.keep(bytes);
    await this.flush();
    if (start === undefined) await writeAll(this.file, bytes, this.position + TRANSACTION_FIELD.length);
  }

  /** First byte after the transaction, once complete. */
  get end(): number {
    return this.position + this.length;
  }

  private keep(bytes: Buffer): void {
    this.waiting.push(bytes);
    this.waitingBytes += bytes.length;
  }

  private async flush(): Promise<void> {
    const bytes = Buffer.concat(this.waiting);
    this.waiting = [];
    this.waitingBytes = 0;
    await this.write(bytes);
  }

  private async write(bytes: Uint8Array): Promise<void> {
    const at = this.position + this.flushed;
    this.flushed += bytes.length;
    await writeAll(this.file, bytes, at);
  }
}
