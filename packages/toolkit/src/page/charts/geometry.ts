import { type Point, plottable, thin } from './point.js';
import { type TimeTick, timeTicks, type ValueUnit, valueAxis } from './ticks.js';

/** The drawing area inside a chart, in its own units. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** As wide as a column of the page, so that the text of a chart is as large as it says. */
export const FRAME: Frame = { width: 360, height: 200, left: 64, right: 14, top: 10, bottom: 26 };

interface Placed<P extends Point> {
  readonly point: P;
  readonly x: number;
  readonly y: number;
}

export interface AxisTick {
  readonly at: number;
  readonly label: string;
}

interface Axes {
  readonly values: readonly AxisTick[];
  readonly times: readonly AxisTick[];
  /** Where the value is 0. */
  readonly base: number;
}

export interface LineGeometry<P extends Point> extends Axes {
  readonly placed: readonly Placed<P>[];
  /** `d` of the line, and of the area below it. */
  readonly line: string;
  readonly area: string;
}

interface Bar<P extends Point> extends Placed<P> {
  readonly width: number;
  readonly height: number;
}

export interface BarGeometry<P extends Point> extends Axes {
  readonly bars: readonly Bar<P>[];
}

/** Times that all are one get this much on each side. */
const HALF_A_DAY_MS = 43_200_000;

/** @param label of a value of the axis */
export function lineGeometry<P extends Point>(
  points: readonly P[],
  unit: ValueUnit,
  label: (value: number) => string,
  frame = FRAME,
): LineGeometry<P> | undefined {
  const shown = thin(plottable(points));
  if (shown.length === 0) return undefined;
  const [fromMs, toMs] = span(shown);
  const y = valueScale(shown, unit, frame);
  const x = (timeMs: number) => onto(timeMs, fromMs, toMs, frame.left, frame.width - frame.right);
  const placed = shown.map((point) => ({ point, x: x(point.timeMs), y: y.at(point.value) }));
  const line = placed.map((at, index) => `${index === 0 ? 'M' : 'L'}${at.x} ${at.y}`).join('');
  return {
    placed,
    line,
    area: `${line}L${placed.at(-1)!.x} ${y.base}L${placed[0]!.x} ${y.base}Z`,
    values: y.ticks.map((value) => ({ at: y.at(value), label: label(value) })),
    times: apart(
      timeTicks(fromMs, toMs).map((tick) => ({ at: x(tick.timeMs), label: tick.label })),
      frame,
    ),
    base: y.base,
  };
}

/** Bars side by side in the order of time; the axis names the times of some. */
export function barGeometry<P extends Point>(
  points: readonly P[],
  unit: ValueUnit,
  label: (value: number) => string,
  timeLabel: (timeMs: number) => string,
  frame = FRAME,
): BarGeometry<P> | undefined {
  const shown = thin(plottable(points));
  if (shown.length === 0) return undefined;
  const y = valueScale(shown, unit, frame);
  const inner = frame.width - frame.left - frame.right;
  const slot = inner / shown.length;
  const width = round(Math.min(28, slot * 0.7));
  const bars = shown.map((point, index) => {
    const at = y.at(point.value);
    return {
      point,
      x: round(frame.left + slot * (index + 0.5) - width / 2),
      y: at,
      width,
      height: round(y.base - at),
    };
  });
  const named = thin(bars, Math.min(4, Math.max(2, bars.length)));
  return {
    bars,
    values: y.ticks.map((value) => ({ at: y.at(value), label: label(value) })),
    times: distinct(
      named.map((bar) => ({ at: round(bar.x + width / 2), label: timeLabel(bar.point.timeMs) })),
    ),
    base: y.base,
  };
}

/** From the first to the last, or a day around the only one. @returns milliseconds since 1970 */
export function span(points: readonly { readonly timeMs: number }[]): readonly [number, number] {
  const times = points.map(({ timeMs }) => timeMs);
  const from = times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const to = times.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return from === to ? [from - HALF_A_DAY_MS, to + HALF_A_DAY_MS] : [from, to];
}

/** A time as a part of a span, in per cent with one digit after the point. */
export function percentOf(timeMs: number, [fromMs, toMs]: readonly [number, number]): number {
  return onto(timeMs, fromMs, toMs, 0, 100);
}

export function percentTicks(
  of: readonly [number, number],
  most: number,
): (TimeTick & { readonly percent: number })[] {
  return timeTicks(of[0], of[1], most).map((tick) => ({ ...tick, percent: percentOf(tick.timeMs, of) }));
}

function valueScale(points: readonly Point[], unit: ValueUnit, frame: Frame) {
  const greatest = points.reduce((most, { value }) => Math.max(most, value), 0);
  const { ticks, top } = valueAxis(greatest, unit);
  const base = frame.height - frame.bottom;
  return { ticks, base, at: (value: number) => onto(value, 0, top, base, frame.top) };
}

function onto(value: number, from: number, to: number, low: number, high: number): number {
  const part = to === from ? 0.5 : (value - from) / (to - from);
  return round(low + Math.min(1, Math.max(0, part)) * (high - low));
}

const round = (value: number) => Math.round(value * 10) / 10;

/** Sizes of the names on an axis, in the units of the frame. */
const LETTER = 6;
const GAP = 10;

/** Without the names that would touch the one before. A name at the left edge leans to the right, by half of its width. */
function apart(ticks: readonly AxisTick[], frame: Frame): AxisTick[] {
  const kept: AxisTick[] = [];
  let free = Number.NEGATIVE_INFINITY;
  for (const tick of ticks) {
    const width = tick.label.length * LETTER;
    const left = tick.at < frame.left + 20 ? tick.at : tick.at - width / 2;
    if (left < free) continue;
    kept.push(tick);
    free = left + width + GAP;
  }
  return kept;
}

function distinct(ticks: readonly AxisTick[]): AxisTick[] {
  return ticks.filter((tick, index) => index === 0 || tick.label !== ticks[index - 1]!.label);
}
