import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { barGeometry, FRAME, lineGeometry, percentOf, span } from '../src/page/charts/geometry.js';
import { MOST_POINTS, type Point, plottable, thin } from '../src/page/charts/point.js';
import { timeTicks, type ValueUnit, valueAxis } from '../src/page/charts/ticks.js';

const time = fc.integer({ min: 0, max: Date.UTC(2200, 0) });
const value = fc.oneof(fc.double(), fc.nat(), fc.constantFrom(0, Number.NaN, Number.MAX_SAFE_INTEGER, 1e18));
const points: fc.Arbitrary<Point[]> = fc.array(fc.record({ timeMs: time, value }), { maxLength: 400 });
const usual: fc.Arbitrary<Point[]> = fc.array(
  fc.record({ timeMs: time, value: fc.oneof(fc.nat(), fc.double({ min: 0, max: 1e15, noNaN: true })) }),
  { minLength: 1, maxLength: 400 },
);
const unit = fc.constantFrom<ValueUnit>('bytes', 'seconds');
const label = String;

const inside = (x: number, y: number) =>
  x >= FRAME.left && x <= FRAME.width - FRAME.right && y >= FRAME.top && y <= FRAME.height - FRAME.bottom;

describe('a line', () => {
  test('is drawn of any points, inside its frame, with numbers only; of none there is no line', () => {
    fc.assert(
      fc.property(points, unit, (some, of) => {
        const geometry = lineGeometry(some, of, label);
        expect(geometry === undefined).toBe(plottable(some).length === 0);
        if (geometry === undefined) return;
        expect(geometry.placed.length).toBeLessThanOrEqual(MOST_POINTS);
        expect(geometry.placed.every(({ x, y }) => inside(x, y))).toBe(true);
        expect(geometry.line).toMatch(/^M[\d.]+ [\d.]+(L[\d.]+ [\d.]+)*$/);
        expect(geometry.area.endsWith('Z')).toBe(true);
        for (const { at } of [...geometry.values, ...geometry.times]) expect(Number.isFinite(at)).toBe(true);
      }),
    );
  });

  test('keeps the order: later is further right, more is higher', () => {
    fc.assert(
      fc.property(usual, unit, (some, of) => {
        const { placed } = lineGeometry(some, of, label)!;
        for (const [index, { point, x }] of placed.entries()) {
          const before = placed[index - 1];
          if (before !== undefined) expect(x).toBeGreaterThanOrEqual(before.x);
          for (const other of placed.slice(0, 3))
            if (point.value > other.point.value) expect(placed[index]!.y).toBeLessThanOrEqual(other.y);
        }
      }),
    );
  });

  test('of one point is that point, in the middle', () => {
    const { placed } = lineGeometry([{ timeMs: 1e12, value: 5 }], 'bytes', label)!;
    expect(placed).toHaveLength(1);
    expect(placed[0]!.x).toBeCloseTo((FRAME.left + FRAME.width - FRAME.right) / 2, 0);
  });

  test('of zeros lies on the axis', () => {
    const zeros = [1e12, 2e12].map((timeMs) => ({ timeMs, value: 0 }));
    const { placed, base } = lineGeometry(zeros, 'bytes', label)!;
    expect(placed.map(({ y }) => y)).toEqual([base, base]);
  });
});

test('bars stand on the axis, side by side, inside their frame', () => {
  fc.assert(
    fc.property(usual, unit, (some, of) => {
      const { bars, base } = barGeometry(some, of, label, label)!;
      for (const [index, { x, y, width, height }] of bars.entries()) {
        expect(inside(x, y) && inside(x + width, y + height)).toBe(true);
        expect(y + height).toBeCloseTo(base, 1);
        const before = bars[index - 1];
        if (before !== undefined) expect(x).toBeGreaterThanOrEqual(before.x + before.width - 0.2);
      }
    }),
  );
});

describe('an axis of values', () => {
  test('begins with 0, reaches the greatest value, and has few round steps', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e18, noNaN: true }), unit, (greatest, of) => {
        const { ticks, top } = valueAxis(greatest, of);
        expect(ticks[0]).toBe(0);
        expect(ticks.at(-1)).toBe(top);
        expect(top).toBeGreaterThanOrEqual(greatest);
        expect(ticks.length).toBeLessThanOrEqual(5);
        expect(ticks.length).toBeGreaterThanOrEqual(2);
      }),
    );
  });

  test.each([
    [17.2e9, 'bytes', 5e9],
    [61e6, 'bytes', 20e6],
    [3, 'bytes', 1],
    [230, 'seconds', 60],
    [1340, 'seconds', 600],
    [0.3, 'seconds', 0.1],
  ] as const)('up to %d %s has steps of %d', (greatest, of, step) => {
    expect(valueAxis(greatest, of).ticks[1]).toBeCloseTo(step);
  });
});

describe('an axis of times', () => {
  test('has few ticks, in order, within the span, each with another name', () => {
    fc.assert(
      fc.property(time, fc.integer({ min: 1, max: 4e12 }), (from, length) => {
        const ticks = timeTicks(from, from + length);
        expect(ticks.length).toBeLessThanOrEqual(6);
        for (const { timeMs } of ticks) expect(timeMs >= from && timeMs <= from + length).toBe(true);
        const times = ticks.map(({ timeMs }) => timeMs);
        expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
      }),
    );
  });

  test.each([
    [
      'a day',
      Date.UTC(2026, 10, 20, 12),
      Date.UTC(2026, 10, 21, 12),
      ['12:00', '18:00', '21 Nov', '06:00', '12:00'],
    ],
    ['ten days', Date.UTC(2026, 10, 11, 2), Date.UTC(2026, 10, 21, 12), ['13 Nov', '16 Nov', '19 Nov']],
    ['a year', Date.UTC(2026, 1, 1), Date.UTC(2027, 1, 1), ['Apr', 'Jul', 'Oct', '2027']],
  ])('of %s', (_, from, to, labels) => {
    expect(timeTicks(from, to).map(({ label: name }) => name)).toEqual(labels);
  });
});

test('thinning keeps the first and the last, and no more than it may', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { minLength: 1 }), fc.integer({ min: 2, max: 40 }), (items, most) => {
      const some = thin(items, most);
      expect(some.length).toBe(Math.min(items.length, most));
      expect([some[0], some.at(-1)]).toEqual([items[0], items.at(-1)]);
    }),
  );
});

test('a time is a part of its span, from 0 to 100', () => {
  fc.assert(
    fc.property(fc.array(time, { minLength: 1 }), (times) => {
      const all = times.map((timeMs) => ({ timeMs }));
      for (const one of times) {
        const percent = percentOf(one, span(all));
        expect(percent >= 0 && percent <= 100).toBe(true);
      }
    }),
  );
});
