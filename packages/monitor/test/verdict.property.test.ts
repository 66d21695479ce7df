import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Verdict } from '../src/status.js';
import type { Unjudged } from '../src/verdict/finding.js';
import { verdictOf } from '../src/verdict/verdict.js';
import { checkedAgo, NOW, runAgo, setAged, statusOf } from './support/statuses.js';

const RANK: Readonly<Record<Verdict['level'], number>> = { safe: 0, attention: 1, danger: 2 };
const rank = (status: Unjudged, now: number) => RANK[verdictOf(status, now).level];

const hours = fc.integer({ min: 0, max: 24 * 30 });
const aSet = fc.record({
  age: hours,
  checked: fc.option(fc.record({ age: hours, sound: fc.boolean() })),
  whole: fc.boolean(),
});
const aStatus = fc
  .record({
    sets: fc.array(aSet, { maxLength: 4 }),
    run: fc.option(fc.record({ age: hours, result: fc.constantFrom('done', 'failed', 'cancelled') })),
    uncovered: fc.constantFrom(0, 1000, undefined),
    present: fc.boolean(),
    problems: fc.constantFrom([], ['x cannot be read']),
  })
  .map(({ sets, run, uncovered, present, problems }): Unjudged => {
    const made = sets
      .sort((a, b) => b.age - a.age)
      .map(({ age, checked, whole }) => {
        const verified = checked === null ? undefined : checkedAgo(checked.age, checked.sound);
        return setAged(age, { whole, verified });
      });
    const status = statusOf(made, { problems });
    return {
      ...status,
      source: { ...status.source, present },
      uncovered: status.newest && { bytes: uncovered, sinceMs: status.newest.timeMs },
      runs: run === null ? [] : [runAgo(run.age, { result: run.result as 'done', set: status.newest?.id })],
    };
  });

test('time alone never makes a storage safer', () => {
  fc.assert(
    fc.property(aStatus, hours, (status, later) => {
      expect(rank(status, NOW + later * 3_600_000)).toBeGreaterThanOrEqual(rank(status, NOW));
    }),
  );
});

test('an older newest set is never safer', () => {
  fc.assert(
    fc.property(aStatus, hours, (status, older) => {
      fc.pre(status.newest !== undefined);
      const newest = { ...status.newest!, timeMs: status.newest!.timeMs - older * 3_600_000 };
      const runs = status.runs.filter(({ result }) => result !== 'failed');
      const before = { ...status, runs };
      expect(rank({ ...before, newest }, NOW)).toBeGreaterThanOrEqual(rank(before, NOW));
    }),
  );
});

test('every verdict has a headline and reasons that are sentences with their figures, and no undefined', () => {
  fc.assert(
    fc.property(aStatus, (status) => {
      const { headline, reasons } = verdictOf(status, NOW);
      for (const sentence of [headline, ...reasons]) {
        expect(sentence).toMatch(/^[A-Z\d].*\.$/s);
        expect(sentence).not.toMatch(/undefined|NaN|null|\.\.$/);
      }
    }),
  );
});
