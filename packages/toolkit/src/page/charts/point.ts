import { isTime } from '../words/times.js';

/** What a chart shows at a time: milliseconds since 1970, and a value that is not negative. */
export interface Point {
  readonly timeMs: number;
  readonly value: number;
}

/** More would not be seen, and the page has to be sent. */
export const MOST_POINTS = 150;

/** More bytes or seconds are a mistake, and no number for an axis. */
const MOST_VALUE = 1e18;

/** Points in the order of time, without those that are none (not a number, infinite, negative). */
export function plottable<P extends Point>(points: readonly P[]): P[] {
  return points
    .filter(({ timeMs, value }) => isTime(timeMs) && value >= 0 && value <= MOST_VALUE)
    .sort((a, b) => a.timeMs - b.timeMs);
}

/** At most `most` items, evenly spread, the first and the last among them. @param most at least 2 */
export function thin<T>(items: readonly T[], most = MOST_POINTS): T[] {
  if (items.length <= most) return [...items];
  const step = (items.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, index) => items[Math.round(index * step)]!);
}
