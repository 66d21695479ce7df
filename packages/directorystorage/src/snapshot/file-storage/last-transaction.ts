import { type Clock, type OpenFile, readExactly } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import { HEADER_SIZE, readMagic, scanFile, TRANSACTION_HEADER_SIZE, tidToHex } from '@holdfast/filestorage';

/** Up to where a `Data.fs` holds whole transactions. Nothing before that point ever changes in place. */
export interface WholeRange {
  /** Bytes from the beginning. */
  readonly size: number;
  /** Of the last whole transaction, 16 hex digits; zeros where there is none. */
  readonly tid: string;
}

export interface LastTransactionOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

const NO_TID = '0000000000000000';
const LENGTH_SIZE = 8;
/** A commit that is being written is over after some of these; only then the whole file is read. */
const LOOKS = 10;
const PAUSE_MS = 20;

/**
 * Finds the end of the last whole transaction, from the end of the file: the length there leads to the transaction, which is
 * read and checked, its records too. Where the file does not end with a whole one (a commit under way, a torn end), it is
 * scanned from the beginning.
 *
 * @throws HoldfastError `filestorage.bad-magic`, `filestorage.damaged`, `cancelled`, the file's own
 */
export async function lastTransaction(file: OpenFile, options: LastTransactionOptions): Promise<WholeRange> {
  if ((await readMagic(file)) === 'empty') return { size: 0, tid: NO_TID };
  for (let look = 0; look < LOOKS; look += 1) {
    const found = await fromTheEnd(file, (await file.stat()).size);
    if (found !== undefined) return found;
    await options.clock.sleep(PAUSE_MS, options.signal);
  }
  const { end, lastTid } = await scanFile(file, { signal: options.signal });
  return { size: end, tid: lastTid === undefined ? NO_TID : tidToHex(lastTid) };
}

/** `again`: the transaction there may turn out to be unfinished; then the one before it is the last. */
async function fromTheEnd(file: OpenFile, limit: number, again = true): Promise<WholeRange | undefined> {
  if (limit === HEADER_SIZE) return { size: limit, tid: NO_TID };
  const position = await lastPosition(file, limit);
  if (position === undefined) return undefined;
  try {
    const { end, lastTid } = await scanFile(file, { start: position, limit });
    if (end === limit && lastTid !== undefined) return { size: end, tid: tidToHex(lastTid) };
    return end === position && again ? await fromTheEnd(file, position, false) : undefined;
  } catch (error) {
    if (isHoldfastError(error, 'filestorage.damaged')) return undefined;
    throw error;
  }
}

/** Where the transaction begins whose length the last 8 bytes give (docs/formats/filestorage.md, section 2). */
async function lastPosition(file: OpenFile, limit: number): Promise<number | undefined> {
  if (limit < HEADER_SIZE + TRANSACTION_HEADER_SIZE + LENGTH_SIZE) return undefined;
  const length = (await readExactly(file, limit - LENGTH_SIZE, LENGTH_SIZE)).readBigUInt64BE();
  const longest = BigInt(limit - LENGTH_SIZE - HEADER_SIZE);
  return length < TRANSACTION_HEADER_SIZE || length > longest
    ? undefined
    : limit - LENGTH_SIZE - Number(length);
}
