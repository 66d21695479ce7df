import { HoldfastError } from '@holdfast/errors';
import { MAX_MEMBER_SIZE } from './format.js';

/**
 * Makes and reads single members (docs/formats/gzip-members.md, 2). All implementations read each other's members
 * and pass one suite of tests. Calls may overlap: they run on threads, and what a call returns belongs to the caller.
 */
export interface GzipCodec {
  readonly name: 'libdeflate' | 'zlib';
  /**
   * One whole member that holds `input`: at most MAX_MEMBER_SIZE bytes, not changed before the promise is settled.
   */
  compress(input: Uint8Array): Promise<Uint8Array>;
  /**
   * The `rawSize` bytes that a whole member holds. `gzip.damaged` when the header, either size, the deflate stream or
   * the checksum is not right, or bytes are left over; nothing larger than `rawSize` is allocated for it.
   *
   * @param into of at least `rawSize` bytes: a codec that can puts the data there and gives back its beginning
   */
  decompress(member: Uint8Array, rawSize: number, into?: Uint8Array): Promise<Uint8Array>;
  /** Gives back what the codec holds outside JavaScript's heap. It may not be used afterwards. */
  dispose?(): void;
}

export interface CodecOptions {
  /** 1 (fast) to 9 (small), libdeflate: to 12. */
  readonly level?: number;
}

/** The level to use; `usage` when it is not one of the codec's. */
export function checkLevel(level: number, largest: number): number {
  if (Number.isInteger(level) && level >= 1 && level <= largest) return level;
  throw new HoldfastError('usage', `the compression level ${level} is not one of 1 to ${largest}`, {
    hint: `Choose a level from 1 (fast) to ${largest} (small).`,
  });
}

export function checkInput(input: Uint8Array): void {
  if (input.length <= MAX_MEMBER_SIZE) return;
  throw new HoldfastError('internal', `${input.length} bytes are too many for one gzip member`);
}
