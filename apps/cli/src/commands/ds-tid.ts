import { HoldfastError } from '@holdfast/errors';
import { tidFromHex, tidToTime } from '@holdfast/filestorage';

/** The time of a tid of 16 hex digits, milliseconds since 1970. */
export function tidTime(tid: string): number {
  return tidToTime(tidFromHex(tid) ?? 0n);
}

/** A tid as a user writes it: 16 upper-case hex digits. @throws HoldfastError `usage` */
export function parseTid(text: string): string {
  const digits = text.replace(/^0x/i, '');
  if (tidFromHex(digits) !== undefined) return digits.toUpperCase();
  throw new HoldfastError('usage', `'${text}' is not a transaction`, {
    hint: 'Give its 16 hex digits, as `holdfast ds info` shows them.',
  });
}
