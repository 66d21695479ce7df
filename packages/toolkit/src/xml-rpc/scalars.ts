import { badCall, FAULT } from './faults.js';
import { DateTime, type Value } from './value.js';

/** Elements in a `value` that hold text. */
export const SCALARS: ReadonlyMap<string, (text: string) => Value> = new Map<string, (text: string) => Value>(
  [
    ['string', (text) => text],
    ['int', readInt],
    ['i4', readInt],
    ['i8', readLong],
    ['boolean', readBoolean],
    ['double', readDouble],
    ['dateTime.iso8601', readDateTime],
    ['base64', readBase64],
    ['nil', readNil],
    ['ex:nil', readNil],
  ],
);

const INTEGER = /^[+-]?\d{1,20}$/;
const INT_MIN = -(2 ** 31);
const INT_MAX = 2 ** 31 - 1;
const LONG_BITS = 64;

function readInt(text: string): number {
  const value = INTEGER.test(trimmed(text)) ? Number(trimmed(text)) : Number.NaN;
  if (!(value >= INT_MIN && value <= INT_MAX)) throw wrong('int', 'a whole number of 32 bits');
  return value === 0 ? 0 : value;
}

function readLong(text: string): bigint {
  const digits = trimmed(text);
  const value = INTEGER.test(digits) ? BigInt(digits.replace('+', '')) : undefined;
  if (value === undefined || BigInt.asIntN(LONG_BITS, value) !== value)
    throw wrong('i8', 'a whole number of 64 bits');
  return value;
}

function readBoolean(text: string): boolean {
  const digit = trimmed(text);
  if (digit !== '0' && digit !== '1') throw wrong('boolean', '0 or 1');
  return digit === '1';
}

const DOUBLE = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
/** More digits than any double is written with. */
const LONGEST_DOUBLE = 400;

function readDouble(text: string): number {
  const digits = trimmed(text);
  const value = digits.length <= LONGEST_DOUBLE && DOUBLE.test(digits) ? Number(digits) : Number.NaN;
  if (!Number.isFinite(value)) throw wrong('double', 'a finite decimal number');
  return value;
}

const DATE_TIME = /^(\d{4})-?(\d{2})-?(\d{2})T((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)$/;
/** Years after which the calendar repeats itself. */
const CYCLE = 400;

function readDateTime(text: string): DateTime {
  const [, year = '', month = '', day = '', time] = DATE_TIME.exec(trimmed(text)) ?? [];
  // A day that is none (31 February) is carried over.
  const carried = new Date(Date.UTC(2000 + (Number(year) % CYCLE), Number(month) - 1, Number(day)));
  if (
    time === undefined ||
    carried.getUTCMonth() !== Number(month) - 1 ||
    carried.getUTCDate() !== Number(day)
  )
    throw wrong('dateTime.iso8601', 'a time as 20261231T23:59:59');
  return new DateTime(`${year}${month}${day}T${time}`);
}

/** No part can begin where another could go on: a long text costs no more than its length. */
const BASE64 = /^[A-Za-z0-9+/ \t\n]*(?:=[ \t\n]*){0,2}$/;

function readBase64(text: string): Uint8Array {
  if (!BASE64.test(text) || digitsIn(text) % 4 !== 0) throw wrong('base64', 'base64');
  return Buffer.from(text, 'base64');
}

function digitsIn(text: string): number {
  let digits = 0;
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 0x20) digits += 1;
  return digits;
}

function readNil(text: string): null {
  if (text !== '') throw wrong('nil', 'empty');
  return null;
}

/** Python and others put line ends around numbers. A long text is no number, and is not looked at. */
function trimmed(text: string): string {
  return text.length > 2 * LONGEST_DOUBLE ? '' : text.trim();
}

function wrong(type: string, rule: string) {
  return badCall(FAULT.notXmlRpc, `The content of <${type}> must be ${rule}`);
}
