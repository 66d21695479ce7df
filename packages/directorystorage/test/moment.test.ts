import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { parseMoment } from '../src/index.js';

/** A Saturday in the middle of a month. */
const NOW = new Date(2026, 5, 13, 14, 15, 16).getTime();

/** What GNU date makes of a text, at a time: relative texts are put before that time, as date has no other clock. */
function gnuDate(text: string): number {
  const now = '2026-06-13 14:15:16';
  const absolute = /\d{4}-|yesterday \d|noon|midnight|:/.test(text);
  const words = absolute ? text : `${text} ${now}`;
  return Number(execFileSync('date', ['--date', words, '+%s'], { encoding: 'utf8' }).trim()) * 1000;
}

const whole = (ms: number) => Math.floor(ms / 1000) * 1000;

describe('moments', () => {
  test.each([
    '36 hours ago',
    '1 hour ago',
    '2 days ago',
    '3 weeks ago',
    '1 fortnight ago',
    '2 months ago',
    '1 year ago',
    '90 minutes ago',
    '90 min ago',
    '10 sec ago',
    '2 days 3 hours ago',
    '-2 days',
    '+1 day',
    'yesterday',
    'tomorrow',
    'last week',
    'last month',
    'next day',
    'week ago',
    '2026-06-01',
    '2026-06-01 10:30',
    '2026-06-01 10:30:59',
    '2026-06-01T10:30:59Z',
    '2026-06-01 10:30 UTC',
    '2026-06-01 10:30 +0200',
    '2026-06-01 10:30 2 days ago',
  ])('%s is what GNU date makes of it', (text) => {
    expect(whole(parseMoment(text, NOW))).toBe(gnuDate(text));
  });

  test('seconds since 1970 are themselves', () => {
    expect(parseMoment('1770000000', NOW)).toBe(1_770_000_000_000);
    expect(parseMoment('@1770000000', NOW)).toBe(1_770_000_000_000);
    expect(parseMoment('0', NOW)).toBe(0);
  });

  test('a time of day is one of today, or of the day that is named', () => {
    expect(parseMoment('18:00', NOW)).toBe(new Date(2026, 5, 13, 18).getTime());
    expect(parseMoment('yesterday 18:00', NOW)).toBe(new Date(2026, 5, 12, 18).getTime());
    expect(parseMoment('Yesterday noon', NOW)).toBe(new Date(2026, 5, 12, 12).getTime());
    expect(parseMoment('today midnight', NOW)).toBe(new Date(2026, 5, 13).getTime());
    expect(parseMoment('now', NOW)).toBe(NOW);
  });

  test.each([
    '',
    ' ',
    'soon',
    '36 parsecs ago',
    '2026-02-30',
    '25:99',
    '1 hour ago; rm -rf /',
    '$(date)',
    '1e5',
  ])('%j is none', (text) => {
    expect(() => parseMoment(text, NOW)).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});
