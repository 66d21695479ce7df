import { inflateSync } from 'node:zlib';
import { type OnReference, referenceScanner } from './scan.js';

/** Why a pickle cannot be followed. Data with it could not be loaded either. */
export class BadPickle extends Error {
  override readonly name = 'BadPickle';

  /** @param offset of the byte where it goes wrong */
  constructor(
    message: string,
    readonly offset: number,
  ) {
    super(message);
  }
}

/** More than any record; what inflates beyond it is not a record but an attack. */
const LONGEST_INFLATED = 1 << 28;

/** What zc.zlibstorage compressed; undefined where it cannot be inflated. */
export function inflateData(data: Uint8Array): Buffer | undefined {
  try {
    return inflateSync(data, { maxOutputLength: LONGEST_INFLATED });
  } catch {
    return undefined;
  }
}

const scanner = referenceScanner(inflateData);

/**
 * Calls `onReference` for each strong reference within the database.
 *
 * @throws BadPickle
 */
export function findReferences(data: Buffer, onReference: OnReference): void {
  const fault = scanner.scan(data, 0, onReference);
  if (fault !== undefined) throw new BadPickle(fault.message, fault.offset);
}
