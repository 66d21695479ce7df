import { count } from '@holdfast/backup';

/** Figures in sentences. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `2026-11-21 02:00 UTC`. @param ms milliseconds since 1970 */
export function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** `40 seconds`, `6 hours`, `3 days`. */
export function spanText(ms: number): string {
  const span = Math.max(0, ms);
  if (span < 2 * MINUTE) return count(Math.round(span / SECOND), 'second');
  if (span < 2 * HOUR) return count(Math.floor(span / MINUTE), 'minute');
  if (span < 3 * DAY) return count(Math.floor(span / HOUR), 'hour');
  return count(Math.floor(span / DAY), 'day');
}

/** What was said elsewhere, to be the end of a sentence of ours. */
export function withoutStop(text: string): string {
  return text.replace(/[.\s]+$/, '');
}
