/** A moment as the page shows it: for machines, for people, and in relation to now. */
export interface Moment {
  /** For `<time datetime>`; empty when it is no time that a calendar knows. */
  readonly iso: string;
  /** `2026-11-21 03:00 UTC`, as the sentences of a verdict say it. */
  readonly utc: string;
  /** `2026-11-21 03:00`, for columns. */
  readonly plain: string;
  /** `3 hours ago`, `in 5 minutes`, `just now`. */
  readonly relative: string;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The last millisecond that `Date` knows. */
const LAST_MS = 8.64e15;

const SECOND = 1;
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/** @param ms milliseconds since 1970, as `nowMs` */
export function momentOf(ms: number, nowMs: number): Moment {
  if (!isTime(ms))
    return { iso: '', utc: 'an unknown time', plain: 'unknown', relative: 'at an unknown time' };
  const iso = new Date(ms).toISOString();
  const plain = iso.slice(0, -8).replace('T', ' ');
  return { iso, utc: `${plain} UTC`, plain, relative: relative(ms, nowMs) };
}

export function isTime(ms: number): boolean {
  return Number.isFinite(ms) && Math.abs(ms) <= LAST_MS;
}

/** `21 Nov`. */
export function dayAndMonth(ms: number): string {
  const date = new Date(ms);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
}

/** `03:00`. */
export function clockOf(ms: number): string {
  const date = new Date(ms);
  return [date.getUTCHours(), date.getUTCMinutes()].map((part) => String(part).padStart(2, '0')).join(':');
}

/** `Nov`. */
export function monthOf(ms: number): string {
  return MONTHS[new Date(ms).getUTCMonth()] ?? '';
}

/** Up to two units: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 10 min`, `3 days 4 h`. */
export function durationInWords(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return 'not known';
  if (seconds < 9.95) return `${Math.round(seconds * 10) / 10} s`;
  const whole = Math.round(seconds);
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return twoUnits(whole, MINUTE, 'min', SECOND, 's');
  if (whole < DAY - MINUTE / 2) return twoUnits(Math.round(whole / MINUTE), 60, 'h', 1, 'min');
  const hours = Math.round(whole / HOUR);
  const days = Math.floor(hours / 24);
  const rest = hours % 24;
  return `${days} ${days === 1 ? 'day' : 'days'}${rest === 0 ? '' : ` ${rest} h`}`;
}

function twoUnits(value: number, size: number, big: string, step: number, small: string): string {
  const rest = Math.round((value % size) / step);
  return `${Math.floor(value / size)} ${big}${rest === 0 ? '' : ` ${rest} ${small}`}`;
}

/** One unit, never rounded up, as the sentences of a verdict say it: `40 seconds`, `6 hours`, `3 days`. */
export function ageInWords(ms: number): string {
  return inOneUnit(ms, Math.floor);
}

function inOneUnit(ms: number, round: (value: number) => number): string {
  const seconds = Math.max(0, ms / 1000);
  if (seconds < 2 * MINUTE) return plural(Math.round(seconds), 'second');
  if (seconds < 2 * HOUR) return plural(round(seconds / MINUTE), 'minute');
  if (seconds < 3 * DAY) return plural(round(seconds / HOUR), 'hour');
  return plural(round(seconds / DAY), 'day');
}

const plural = (count: number, unit: string) => `${count} ${unit}${count === 1 ? '' : 's'}`;

function relative(ms: number, nowMs: number): string {
  const age = nowMs - ms;
  if (Math.abs(age) < 5000) return 'just now';
  // What is left of a quarter of an hour that has just begun is not 14 minutes.
  return age > 0 ? `${ageInWords(age)} ago` : `in ${inOneUnit(-age, Math.ceil)}`;
}
