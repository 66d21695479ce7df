/** The periods that the calendar rules go by, in UTC as the names of backups are. */

export interface CalendarRule {
  readonly option: 'keep_daily' | 'keep_weekly' | 'keep_monthly' | 'keep_yearly';
  readonly noun: 'day' | 'week' | 'month' | 'year';
  /** What sets of one period share. @param timeMs milliseconds since 1970 */
  readonly periodOf: (timeMs: number) => string;
}

const DAY_MS = 86_400_000;

export const CALENDAR: readonly CalendarRule[] = [
  { option: 'keep_daily', noun: 'day', periodOf: (timeMs) => date(timeMs, 10) },
  { option: 'keep_weekly', noun: 'week', periodOf: isoWeek },
  { option: 'keep_monthly', noun: 'month', periodOf: (timeMs) => date(timeMs, 7) },
  { option: 'keep_yearly', noun: 'year', periodOf: (timeMs) => date(timeMs, 4) },
];

function date(timeMs: number, length: number): string {
  return new Date(timeMs).toISOString().slice(0, length);
}

/** ISO 8601: a week begins on Monday and belongs to the year of its Thursday. */
function isoWeek(timeMs: number): string {
  const weekday = (new Date(timeMs).getUTCDay() + 6) % 7;
  const thursday = timeMs + (3 - weekday) * DAY_MS;
  const year = new Date(thursday).getUTCFullYear();
  const week = 1 + Math.floor((thursday - Date.UTC(year, 0, 1)) / (7 * DAY_MS));
  return `${year}-W${String(week).padStart(2, '0')}`;
}
