import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Id, IdBitmap } from '../src/check/id-bitmap.js';
import { FallingIds, halves, idOf, PendingObjects } from '../src/check/id-list.js';
import { PairSum } from '../src/check/pair-sum.js';

/** Near each other, as oids are, and some far away. */
const id = fc
  .oneof(fc.integer({ min: 0, max: 200_000 }).map(BigInt), fc.bigInt({ min: 0n, max: 2n ** 64n - 2n }))
  .map((n) => n.toString(16).toUpperCase().padStart(16, '0'));
const ids = fc.array(id, { maxLength: 200 });

const textOf = ({ high, low }: Id) => idOf(high, low);

const bitmapOf = (some: readonly string[]) => {
  const bitmap = new IdBitmap();
  for (const one of some) bitmap.add(halves(one).high, halves(one).low);
  return bitmap;
};

test('an id is the same after it was taken apart', () => {
  fc.assert(
    fc.property(id, (one) => {
      expect(idOf(halves(one).high, halves(one).low)).toBe(one);
    }),
  );
});

test('a bitmap holds what was put in, says what is new, and tells two apart', () => {
  fc.assert(
    fc.property(ids, ids, (mine, theirs) => {
      const bitmap = new IdBitmap();
      const set = new Set<string>();
      for (const one of mine) {
        const { high, low } = halves(one);
        expect(bitmap.has(high, low)).toBe(set.has(one));
        expect(bitmap.add(high, low)).toBe(!set.has(one));
        set.add(one);
      }
      const other = bitmapOf(theirs);
      const difference = [...bitmap.notIn(other)].map(textOf).sort();
      expect(difference).toEqual([...set].filter((one) => !theirs.includes(one)).sort());
    }),
  );
});

test('a falling list finds just its own', () => {
  fc.assert(
    fc.property(ids, ids, (mine, others) => {
      const sorted = [...new Set(mine)].sort().reverse();
      const list = new FallingIds();
      for (const one of sorted) list.append(halves(one).high, halves(one).low);
      expect(list.length).toBe(sorted.length);
      for (const one of [...mine, ...others])
        expect(list.has(halves(one).high, halves(one).low)).toBe(sorted.includes(one));
    }),
  );
});

test('pending objects come out at both ends as from an array', () => {
  const step = fc.constantFrom('push', 'push', 'pop', 'shift');
  fc.assert(
    fc.property(fc.array(step, { maxLength: 5000, minLength: 1500, size: 'max' }), (steps) => {
      const pending = new PendingObjects(Number.POSITIVE_INFINITY);
      const model: number[] = [];
      for (const [number, name] of steps.entries()) {
        if (name === 'push') {
          pending.push(0, number);
          model.push(number);
        } else expect(pending[name]()?.low).toBe(model[name]());
        expect(pending.length).toBe(model.length);
      }
    }),
    { numRuns: 20 },
  );
});

test('pending objects come back last first, with what refers to them, and never more than fit', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(id, fc.option(id, { nil: undefined }))), fc.nat(40), (all, most) => {
      const pending = new PendingObjects(most);
      for (const [index, [one, referrer]] of all.entries()) {
        const { high, low } = halves(one);
        const by = referrer === undefined ? undefined : halves(referrer);
        expect(pending.push(high, low, by?.high, by?.low)).toBe(index < most);
      }
      for (const [one, referrer] of all.slice(0, most).reverse()) {
        const found = pending.pop();
        expect(found === undefined ? undefined : textOf(found)).toBe(one);
        expect(found?.referrer === undefined ? undefined : textOf(found.referrer)).toBe(referrer);
      }
      expect(pending.pop()).toBeUndefined();
    }),
  );
});

test('the sum of pairs does not know their order, and knows their number and who goes with whom', () => {
  const sumOf = (pairs: readonly (readonly [string, string])[]) => {
    const sum = new PairSum();
    for (const [oid, tid] of pairs)
      sum.add(halves(oid).high, halves(oid).low, halves(tid).high, halves(tid).low);
    return sum;
  };
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(id, id), { minLength: 2, selector: String }), (pairs) => {
      const sum = sumOf(pairs);
      expect(sum.equals(sumOf([...pairs].reverse()))).toBe(true);
      expect(sum.equals(sumOf(pairs.slice(1)))).toBe(false);
      const [[a, b], [c, d], ...rest] = pairs as [[string, string], [string, string], ...[string, string][]];
      if (b !== d && a !== c) expect(sum.equals(sumOf([[a, d], [c, b], ...rest]))).toBe(false);
    }),
  );
});
