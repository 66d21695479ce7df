/** Transaction ids: 8 bytes that are also a time (docs/formats/filestorage.md, section 5). */
import { HoldfastError } from '@holdfast/errors';

/** A transaction id, 0 to 2^64 - 1; later transactions have greater ones. */
export type Tid = bigint;

const MINUTE_MS = 60_000;
/** Units of the lower half of a tid in one minute. */
const UNITS = 2 ** 32;
const FIRST_YEAR = 1900;
const MAX_TID = 2n ** 64n - 1n;

/** The tid in the 8 bytes at `offset`. */
export function readTid(buffer: Uint8Array, offset: number): Tid {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength).getBigUint64(offset);
}

/** The 8 bytes of a tid. */
export function tidToBytes(tid: Tid): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(tid);
  return bytes;
}

/** 16 lower-case hex digits. */
export function tidToHex(tid: Tid): string {
  return tid.toString(16).padStart(16, '0');
}

/** The inverse of `tidToHex`, upper case too; undefined for anything else than 16 hex digits. */
export function tidFromHex(hex: string): Tid | undefined {
  return /^[0-9a-fA-F]{16}$/.test(hex) ? BigInt(`0x${hex}`) : undefined;
}

interface TidFields {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31; a damaged tid can name a day that the month has not. */
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  /** 0 to 59,999,999; rounded to the nearest, but never up into the next minute. */
  readonly microseconds: number;
}

function fieldsOf(tid: Tid): TidFields {
  let rest = Number(tid >> 32n);
  const take = (size: number) => {
    const value = rest % size;
    rest = (rest - value) / size;
    return value;
  };
  const minute = take(60);
  const hour = take(24);
  const day = take(31) + 1;
  const month = take(12) + 1;
  const units = Number(tid & 0xffffffffn);
  const microseconds = Math.min(Math.round((units / UNITS) * 60e6), 60e6 - 1);
  return { year: rest + FIRST_YEAR, month, day, hour, minute, microseconds };
}

/** The time of a tid, milliseconds since 1970 with a fraction; good to about a microsecond. */
export function tidToTime(tid: Tid): number {
  const { year, month, day, hour, minute } = fieldsOf(tid);
  const units = Number(tid & 0xffffffffn);
  return Date.UTC(year, month - 1, day, hour, minute) + (units / UNITS) * MINUTE_MS;
}

/**
 * The first tid of a time given in milliseconds since 1970 (a fraction counts). Times outside the years 1900 to 9916,
 * which a tid cannot hold, are `internal` errors.
 */
export function timeToTid(ms: number): Tid {
  const whole = Math.floor(ms / MINUTE_MS) * MINUTE_MS;
  const date = new Date(whole);
  const months = (date.getUTCFullYear() - FIRST_YEAR) * 12 + date.getUTCMonth();
  const hours = (months * 31 + date.getUTCDate() - 1) * 24 + date.getUTCHours();
  const minutes = hours * 60 + date.getUTCMinutes();
  if (!(minutes >= 0 && minutes < UNITS)) {
    throw new HoldfastError('internal', `a transaction id cannot hold the time ${ms} ms`);
  }
  const units = Math.min(Math.floor(((ms - whole) / MINUTE_MS) * UNITS), UNITS - 1);
  return (BigInt(minutes) << 32n) | BigInt(units);
}

/** The tid's time as ZODB shows it: `2026-11-21 01:31:08.123456`, UTC. */
export function formatTid(tid: Tid): string {
  const { year, month, day, hour, minute, microseconds } = fieldsOf(tid);
  const two = (value: number) => String(value).padStart(2, '0');
  const seconds = two(Math.floor(microseconds / 1e6));
  const fraction = String(microseconds % 1e6).padStart(6, '0');
  return `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${seconds}.${fraction}`;
}

/** The tid of a new transaction at a time: that time's, or the one after `previous` when that is not greater. */
export function laterTid(previous: Tid, ms: number): Tid {
  const tid = timeToTid(ms);
  if (tid > previous) return tid;
  if (previous >= MAX_TID)
    throw new HoldfastError('internal', 'there is no transaction id after the last one');
  return previous + 1n;
}
