import { type OpenFile, readFully, throwIfCancelled } from '@holdfast/durable-fs';
import { shortRead } from './damage.js';
import { HEADER_SIZE, TRANSACTION_HEADER_SIZE, viewOf } from './format.js';
import type { RecordHeader } from './record-header.js';
import { feed } from './scan-file.js';
import { TransactionScanner } from './scanner.js';
import {
  checkRedundantLength,
  type Place,
  readTransactionHeader,
  recordsEnd,
  recordsStart,
  type Tail,
  type TransactionHeader,
  tailWithoutHeader,
} from './transaction-header.js';

/** A whole transaction of a file. */
export interface StoredTransaction {
  readonly header: TransactionHeader;
  /** Text, normally UTF-8. */
  readonly user: Buffer;
  readonly description: Buffer;
  /** Empty, or a pickle of a dict; never unpickled here. */
  readonly extension: Buffer;
  /** Its records in the order of the file, in bounded memory; none for an undone transaction. Can be called again. */
  records(): AsyncGenerator<RecordHeader>;
}

export interface IterateOptions {
  /** Default `HEADER_SIZE`; else the position of any transaction. */
  readonly start?: number | undefined;
  /** Bytes of the file that count; default its size. */
  readonly limit?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The whole transactions of a file, one by one, for as long as the file is open; returns the tail. Records that are
 * not asked for are not read (and not checked). Errors as for `scanFile`.
 */
export async function* iterateTransactions(
  file: OpenFile,
  options: IterateOptions = {},
): AsyncGenerator<StoredTransaction, Tail> {
  const limit = options.limit ?? (await file.stat()).size;
  let position = options.start ?? HEADER_SIZE;
  if (limit < position && limit > 0) throw shortRead(file.path, limit, position);
  for (;;) {
    throwIfCancelled(options.signal);
    const place = { path: file.path, position, limit: Math.max(limit, position) };
    const found = await readTransaction(file, place, options.signal);
    if ('tail' in found) return found.tail;
    yield found.transaction;
    position = found.transaction.header.end;
  }
}

async function readTransaction(
  file: OpenFile,
  place: Place,
  signal: AbortSignal | undefined,
): Promise<{ readonly transaction: StoredTransaction } | { readonly tail: Tail }> {
  const tail = tailWithoutHeader(place);
  if (tail !== undefined) return { tail };
  const bytes = await readRange(file, place.position, TRANSACTION_HEADER_SIZE);
  const found = readTransactionHeader(viewOf(bytes), 0, place);
  if ('tail' in found) return found;
  const { header } = found;
  const second = await readRange(file, recordsEnd(header), header.end - recordsEnd(header));
  checkRedundantLength(viewOf(second), 0, header, file.path);
  const textStart = header.position + TRANSACTION_HEADER_SIZE;
  const text = await readRange(file, textStart, recordsStart(header) - textStart);
  const userEnd = header.userLength;
  const descriptionEnd = userEnd + header.descriptionLength;
  return {
    transaction: {
      header,
      user: text.subarray(0, userEnd),
      description: text.subarray(userEnd, descriptionEnd),
      extension: text.subarray(descriptionEnd),
      records: () => readRecords(file, header, signal),
    },
  };
}

/** Scans the one transaction; what a read brings is handed on before the next. */
async function* readRecords(
  file: OpenFile,
  { position, end }: TransactionHeader,
  signal: AbortSignal | undefined,
): AsyncGenerator<RecordHeader> {
  let found: RecordHeader[] = [];
  const visitor = { record: (record: RecordHeader) => void found.push(record) };
  const scanner = new TransactionScanner({ path: file.path, start: position, limit: end, visitor });
  for await (const _ of feed(file, scanner, { start: position, limit: end, signal })) {
    yield* found;
    found = [];
  }
  scanner.finish();
}

/** At most 3 * 65,535 bytes: the text of a transaction. */
async function readRange(file: OpenFile, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const count = await readFully(file, bytes, position);
  if (count < length) throw shortRead(file.path, position + count, position + length);
  return bytes;
}
