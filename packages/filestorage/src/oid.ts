/**
 * Object ids, 8 bytes. On the hot path an oid is two numbers, as the index stores it (docs/formats/filestorage-index.md,
 * section 1): the upper 48 bits, the *prefix*, and the lower 16, the *suffix*.
 */
import type { Tid } from './tid.js';

/** An object id, 0 to 2^64 - 1. */
export type Oid = bigint;

export interface SplitOid {
  /** The upper 48 bits. */
  readonly prefix: number;
  /** The lower 16 bits. */
  readonly suffix: number;
}

export function splitOid(oid: Oid): SplitOid {
  return { prefix: Number(oid >> 16n), suffix: Number(oid & 0xffffn) };
}

export function joinOid(prefix: number, suffix: number): Oid {
  return (BigInt(prefix) << 16n) | BigInt(suffix);
}

/** The tid of two 32-bit halves. */
export function joinTid(high: number, low: number): Tid {
  return (BigInt(high) << 32n) | BigInt(low);
}
