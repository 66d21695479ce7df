import { isHoldfastError } from '@holdfast/errors';
import { describe, expect, test } from 'vitest';
import {
  formatTid,
  joinOid,
  laterTid,
  readTid,
  splitOid,
  tidFromHex,
  tidToBytes,
  tidToHex,
  tidToTime,
  timeToTid,
} from '../src/index.js';

/** What persistent.TimeStamp gives for 2026-11-21 01:31:08.123456. */
const TID = 0x040d279b22a8faeen;

describe('a tid as a time', () => {
  test('is the minute in its upper half and the part of the minute in its lower', () => {
    const time = Date.UTC(2026, 10, 21, 1, 31, 8, 123) + 0.456;
    expect(formatTid(TID)).toBe('2026-11-21 01:31:08.123456');
    expect(tidToTime(TID)).toBeCloseTo(time, 3);
    expect(timeToTid(time) >> 32n).toBe(TID >> 32n);
    expect(Math.abs(Number(timeToTid(time) - TID))).toBeLessThan(100);
  });

  test('comes back from its time within a microsecond, in every month', () => {
    for (let month = 0; month < 12; month++) {
      const time = Date.UTC(2024, month, 29, 23, 59, 59, 999);
      expect(tidToTime(timeToTid(time))).toBeCloseTo(time, 3);
    }
  });

  test('is never shown in the next minute, however near', () => {
    expect(formatTid((TID & ~0xffffffffn) | 0xffffffffn)).toBe('2026-11-21 01:31:59.999999');
    expect(formatTid(0n)).toBe('1900-01-01 00:00:00.000000');
  });

  test('shows the fields of a damaged one as they are', () => {
    expect(formatTid(2n ** 64n - 1n)).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:59\.999999$/);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Date.UTC(1899, 11, 31), Date.UTC(12_000, 0, 1)])(
    'cannot hold the time %d',
    (time) => {
      expect(() => timeToTid(time)).toThrow(expect.objectContaining({ code: 'internal' }));
    },
  );
});

describe('a later tid', () => {
  test('is that of the time when the time is later', () => {
    const time = tidToTime(TID) + 1000;
    expect(laterTid(TID, time)).toBe(timeToTid(time));
  });

  test('is the next one when the clock stands still or steps back', () => {
    expect(laterTid(TID, tidToTime(TID) - 5000)).toBe(TID + 1n);
    const now = timeToTid(Date.UTC(2026, 0, 1));
    expect(laterTid(now, Date.UTC(2026, 0, 1))).toBe(now + 1n);
  });

  test('does not exist after the last one', () => {
    try {
      laterTid(2n ** 64n - 1n, 0);
      expect.unreachable();
    } catch (error) {
      expect(isHoldfastError(error, 'internal')).toBe(true);
    }
  });
});

describe('a tid as bytes and as text', () => {
  test('comes back from both', () => {
    expect(tidToHex(TID)).toBe('040d279b22a8faee');
    expect(tidFromHex('040D279B22A8FAEE')).toBe(TID);
    expect(readTid(Buffer.concat([Buffer.from('x'), tidToBytes(TID)]), 1)).toBe(TID);
  });

  test.each(['', '40d279b22a8faee', '0x040d279b22a8fa', '040d279b22a8faeg', '040d279b22a8faee0'])(
    'is not read from %j',
    (text) => {
      expect(tidFromHex(text)).toBeUndefined();
    },
  );
});

test('an oid is split into 48 and 16 bits and joined again', () => {
  const oid = 0xfedc_ba98_7654_3210n;
  expect(splitOid(oid)).toEqual({ prefix: 0xfedc_ba98_7654, suffix: 0x3210 });
  expect(joinOid(0xfedc_ba98_7654, 0x3210)).toBe(oid);
});
