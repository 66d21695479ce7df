import { describe, expect, test } from 'vitest';
import { bytesInWords, counted } from '../src/page/words/bytes.js';
import { ageInWords, durationInWords, momentOf } from '../src/page/words/times.js';
import { NOW } from './support/page-scene.js';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [61e6, '61.0 MB'],
  [1.5e12, '1.5 TB'],
  [Number.NaN, 'not known'],
  [-1, 'not known'],
])('%d bytes are %s', (bytes, words) => {
  expect(bytesInWords(bytes)).toBe(words);
});

test('counts have their noun and commas', () => {
  expect(counted(1, 'file')).toBe('1 file');
  expect(counted(199_204, 'blob file')).toBe('199,204 blob files');
});

test.each([
  [0, '0 s'],
  [0.42, '0.4 s'],
  [9.96, '10 s'],
  [59.6, '1 min'],
  [200, '3 min 20 s'],
  [3599.7, '1 h'],
  [7800, '2 h 10 min'],
  [86_399, '1 day'],
  [100_000, '1 day 4 h'],
  [2 * 86_400, '2 days'],
  [Number.NaN, 'not known'],
])('%d seconds take %s', (seconds, words) => {
  expect(durationInWords(seconds)).toBe(words);
});

test.each([
  [40_000, '40 seconds'],
  [119_999, '120 seconds'],
  [120_000, '2 minutes'],
  [7_199_000, '119 minutes'],
  [36e6, '10 hours'],
  [72 * 3_600_000, '3 days'],
])('%d ms of age are %s', (ms, words) => {
  expect(ageInWords(ms)).toBe(words);
});

describe('a moment', () => {
  test('is said for machines, for people, and from now', () => {
    expect(momentOf(NOW - 36e6, NOW)).toEqual({
      iso: '2026-11-21T02:00:05.000Z',
      utc: '2026-11-21 02:00 UTC',
      plain: '2026-11-21 02:00',
      relative: '10 hours ago',
    });
  });

  test('may lie ahead, or be now', () => {
    expect(momentOf(NOW + 300_000, NOW).relative).toBe('in 5 minutes');
    expect(momentOf(NOW + 899_000, NOW).relative).toBe('in 15 minutes');
    expect(momentOf(NOW - 899_000, NOW).relative).toBe('14 minutes ago');
    expect(momentOf(NOW + 13_000_000, NOW).relative).toBe('in 4 hours');
    expect(momentOf(NOW - 900, NOW).relative).toBe('just now');
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 8.64e15 + 1])(
    'is unknown where no calendar knows it: %d',
    (ms) => {
      expect(momentOf(ms, NOW)).toMatchObject({ iso: '', utc: 'an unknown time' });
    },
  );
});
