import { describe, expect, test } from 'vitest';
import { parseDate } from '../src/date.js';

describe('the DATE of a restore', () => {
  test.each([
    ['2026-11-20', '2026-11-20-23-59-59'],
    ['2026-11-20 14', '2026-11-20-14-59-59'],
    ['2026-11-20 14:30', '2026-11-20-14-30-59'],
    ['2026-11-20 14:30:15', '2026-11-20-14-30-15'],
  ])('%s means the end of what it names', (text, stamp) => {
    expect(parseDate(text)).toBe(stamp);
  });

  test.each([
    ['as repozo takes it', '2026-11-20-14-30-15'],
    ['in ISO 8601', '2026-11-20T14:30:15Z'],
    ['as --json prints it', '2026-11-20T14:30:15.000Z'],
    ['as `holdfast list` prints it', '2026-11-20 14:30:15 UTC'],
    ['as the name of a full backup', '2026-11-20-14-30-15.fsz'],
    ['as the name of an increment', '2026-11-20-14-30-15.deltafs'],
    ['with blanks around', '  2026-11-20  14:30:15 '],
  ])('is understood %s', (_form, text) => {
    expect(parseDate(text)).toBe('2026-11-20-14-30-15');
  });

  test.each([
    'yesterday',
    '',
    '2026',
    '2026-11',
    '2026-1-1',
    '2026-13-01',
    '2026-02-30',
    '2026-11-20 24:00',
    '2026-11-20 14:60',
    '2026-11-20T14:30+01:00',
    '20-11-2026',
    '2026-11-20 14:30:15.dat',
  ])('refuses %j and says what a date is', (text) => {
    expect(() => parseDate(text)).toThrow(
      expect.objectContaining({ code: 'usage', hint: expect.stringContaining('YYYY-MM-DD HH:MM') }),
    );
  });

  test('takes the 29th of February of a leap year only', () => {
    expect(parseDate('2028-02-29')).toBe('2028-02-29-23-59-59');
    expect(() => parseDate('2026-02-29')).toThrow('is not a date');
  });
});
