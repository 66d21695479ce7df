import { describe, expect, test } from 'vitest';
import { count, formatBytes, formatDuration, formatTime, table } from '../src/format.js';

describe('what people read', () => {
  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [99_900, '99.9 kB'],
    [99_960, '100 kB'],
    [999_499, '999 kB'],
    [999_500, '1.0 MB'],
    [1_500_000_000, '1.5 GB'],
    [8.1e15, '8.1 PB'],
    [2e19, '20000 PB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  test.each([
    [0, '0 ms'],
    [94, '94 ms'],
    [95, '0.1 s'],
    [9940, '9.9 s'],
    [9960, '10 s'],
    [59_400, '59 s'],
    [59_600, '1 min 0 s'],
    [3_599_000, '59 min 59 s'],
    [3_599_900, '1 h 0 min'],
    [7_500_000, '2 h 5 min'],
    [26 * 3_600_000, '26 h 0 min'],
  ])('%d milliseconds are %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  test('a time says that it is UTC', () => {
    expect(formatTime(Date.UTC(2026, 10, 21, 1, 31, 8, 999))).toBe('2026-11-21 01:31:08 UTC');
  });

  test('a count has its noun', () => {
    expect([0, 1, 2].map((number) => count(number, 'backup'))).toEqual([
      '0 backups',
      '1 backup',
      '2 backups',
    ]);
  });

  test('columns are as wide as what is widest in them, and numbers lean to the right', () => {
    const rows = [
      ['NAME', 'SIZE', 'FILE'],
      ['a', '10 kB', 'x'],
      ['longer', '1 B', ''],
    ];
    expect(table(rows, [1])).toEqual(['NAME     SIZE  FILE', 'a       10 kB  x', 'longer    1 B']);
  });
});
