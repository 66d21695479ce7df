import { type Clock, type OpenFile, readExactly } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import { HEADER_SIZE, readMagic, TRANSACTION_HEADER_SIZE, tidToHex } from '@holdfast/filestorage';

/** A place in a `Data.fs` behind a whole transaction. */
export interface StorageEnd {
  /** Bytes from the beginning. */
  readonly end: number;
  /** Of the transaction before it, 16 hex digits; undefined: there is none. */
  readonly tid: string | undefined;
}

const LENGTH_SIZE = 8;
/** Status of a transaction that is being written (docs/formats/filestorage.md, section 2). */
const UNFINISHED = 'c';
/** A commit that is being written is over after some of these. */
const LOOKS = 5;
const PAUSE_MS = 20;

/**
 * The end of the last whole transaction, from the end of the file alone: a few dozen bytes are read. Undefined where the
 * file does not end with a transaction, also after some looks: a large commit is being written, or the end is torn.
 *
 * @throws HoldfastError `filestorage.bad-magic`, or of the `fs.` family
 */
export async function findStorageEnd(file: OpenFile, clock: Clock): Promise<StorageEnd | undefined> {
  if ((await readMagic(file)) === 'empty') return { end: 0, tid: undefined };
  for (let look = 1; ; look += 1) {
    const found = await lastWhole(file, (await file.stat()).size);
    if (found !== undefined || look === LOOKS) return found;
    await clock.sleep(PAUSE_MS);
  }
}

async function lastWhole(file: OpenFile, size: number): Promise<StorageEnd | undefined> {
  if (size === HEADER_SIZE) return { end: size, tid: undefined };
  const last = await transactionBefore(file, size);
  if (last === undefined) return undefined;
  if (last.status !== UNFINISHED) return { end: size, tid: last.tid };
  if (last.start === HEADER_SIZE) return { end: HEADER_SIZE, tid: undefined };
  const before = await transactionBefore(file, last.start);
  return before === undefined ? undefined : { end: last.start, tid: before.tid };
}

interface Before {
  readonly start: number;
  readonly tid: string;
  readonly status: string;
}

/** The transaction that ends at a byte; undefined where none does. */
export async function transactionBefore(file: OpenFile, end: number): Promise<Before | undefined> {
  if (end < HEADER_SIZE + TRANSACTION_HEADER_SIZE + LENGTH_SIZE) return undefined;
  try {
    const length = (await readExactly(file, end - LENGTH_SIZE, LENGTH_SIZE)).readBigUInt64BE();
    const longest = BigInt(end - LENGTH_SIZE - HEADER_SIZE);
    if (length < TRANSACTION_HEADER_SIZE || length > longest) return undefined;
    const start = end - LENGTH_SIZE - Number(length);
    const header = await readExactly(file, start, TRANSACTION_HEADER_SIZE);
    if (header.readBigUInt64BE(LENGTH_SIZE) !== length) return undefined;
    const status = header.toString('latin1', 2 * LENGTH_SIZE, 2 * LENGTH_SIZE + 1);
    return { start, tid: tidToHex(header.readBigUInt64BE()), status };
  } catch (error) {
    if (isHoldfastError(error, 'fs.short-read')) return undefined;
    throw error;
  }
}
