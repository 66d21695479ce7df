import { clockOf, dayAndMonth, monthOf } from '../words/times.js';

/** How an axis of values is divided: 0 first, the last at or above the greatest value. */
export interface ValueAxis {
  readonly ticks: readonly number[];
  readonly top: number;
}

export type ValueUnit = 'bytes' | 'seconds';

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

const STEPS = [1, 2, 5, 10];

const SECOND_STEPS = [
  0.1,
  0.2,
  0.5,
  1,
  2,
  5,
  10,
  15,
  30,
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  4 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
];

/** The axis from 0 to `greatest` in at most `most` steps that are round in the unit: 1, 2 or 5 of a power of ten, or round times. */
export function valueAxis(greatest: number, unit: ValueUnit, most = 4): ValueAxis {
  const least = unit === 'bytes' ? 1 : 0.1;
  const wanted = Math.max(Number.isFinite(greatest) ? greatest : 0, least) / most;
  const step = unit === 'bytes' ? Math.max(1, decimalStep(wanted)) : secondStep(wanted);
  const steps = Math.max(1, Math.ceil(greatest / step));
  return { ticks: Array.from({ length: steps + 1 }, (_, index) => index * step), top: steps * step };
}

function decimalStep(wanted: number): number {
  const power = 10 ** Math.floor(Math.log10(wanted));
  return power * (STEPS.find((step) => step * power >= wanted) ?? 10);
}

function secondStep(wanted: number): number {
  const step = SECOND_STEPS.find((candidate) => candidate >= wanted);
  return step ?? DAY * 2 ** Math.ceil(Math.log2(wanted / DAY));
}

export interface TimeTick {
  readonly timeMs: number;
  readonly label: string;
}

const HOUR_MS = HOUR * 1000;
const DAY_MS = DAY * 1000;
const SHORT_STEPS = [1, 3, 6, 12].map((hours) => hours * HOUR_MS);
const DAY_STEPS = [1, 2, 3, 4, 7, 14].map((days) => days * DAY_MS);
/** The mean. */
const MONTH_DAYS = 30.4375;
const MONTH_STEPS = [1, 2, 3, 6, 12, 24, 60, 120, 600, 1200];

/**
 * Ticks on whole hours, days or months of UTC, `most` steps at the most; none where the span holds no whole one. January is
 * named by its year.
 */
export function timeTicks(fromMs: number, toMs: number, most = 4): TimeTick[] {
  const fits = (step: number) => (toMs - fromMs) / step <= most;
  const hours = SHORT_STEPS.find(fits);
  if (hours !== undefined) return multiples(fromMs, toMs, hours, 0, hourLabel);
  const days = DAY_STEPS.find(fits);
  // 5 January 1970 was a Monday: steps of weeks begin on one.
  if (days !== undefined) return multiples(fromMs, toMs, days, 4 * DAY_MS, dayAndMonth);
  const months = MONTH_STEPS.find((count) => fits(count * MONTH_DAYS * DAY_MS)) ?? 12_000;
  return monthTicks(fromMs, toMs, months);
}

/** Midnight is named by its day. */
const hourLabel = (ms: number) => (ms % DAY_MS === 0 ? dayAndMonth(ms) : clockOf(ms));

function multiples(
  fromMs: number,
  toMs: number,
  step: number,
  originMs: number,
  label: (ms: number) => string,
): TimeTick[] {
  const ticks: TimeTick[] = [];
  const first = originMs + Math.ceil((fromMs - originMs) / step) * step;
  for (let timeMs = first; timeMs <= toMs; timeMs += step) ticks.push({ timeMs, label: label(timeMs) });
  return ticks;
}

function monthTicks(fromMs: number, toMs: number, months: number): TimeTick[] {
  const start = new Date(fromMs);
  const index = start.getUTCFullYear() * 12 + start.getUTCMonth();
  const ticks: TimeTick[] = [];
  for (let month = Math.floor(index / months) * months; ; month += months) {
    const timeMs = Date.UTC(Math.floor(month / 12), month % 12);
    if (!(timeMs <= toMs)) return ticks;
    if (timeMs >= fromMs)
      ticks.push({ timeMs, label: month % 12 === 0 ? String(Math.floor(month / 12)) : monthOf(timeMs) });
  }
}
