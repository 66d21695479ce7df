import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StorageIndex } from '../src/index.js';

describe('the index in memory', () => {
  test('gives the last position that was set, and nothing for an unknown oid', () => {
    const index = new StorageIndex();
    index.set(1, 2, 100);
    index.set(1, 2, 200);
    expect(index.get(1, 2)).toBe(200);
    expect(index.get(1, 3)).toBeUndefined();
    expect(index.get(2, 2)).toBeUndefined();
    expect(index.size).toBe(1);
  });

  test.each([0, -1, 2 ** 48, Number.NaN, Number.POSITIVE_INFINITY])('cannot hold position %d', (position) => {
    const set = () => new StorageIndex().set(0, 0, position);
    expect(set).toThrow(expect.objectContaining({ code: 'internal' }));
  });

  test.each([
    ['8 bytes an object where oids are dense', 1, 9],
    ['at most 16 where every tenth is there', 10, 16],
    // Garbage of other threads' making counts until it is collected: so more than one try.
  ])('costs %s', { retry: 3 }, (_, step, most) => {
    const count = 1_000_000;
    const before = arrayBytes();
    const index = new StorageIndex();
    for (let i = 0; i < count; i++) index.set(Math.floor((i * step) / 65536), (i * step) % 65536, i + 100);
    expect((arrayBytes() - before) / count).toBeLessThan(most);
    expect(index.size).toBe(count);
    expect(index.get(0, 5 * step)).toBe(105);
  });

  test('is equal to a plain map, in whatever order oids come', async () => {
    const suffix = fc.oneof(fc.nat(0xffff), fc.nat(300), fc.integer({ min: 0xff00, max: 0xffff }));
    const prefix = fc.oneof(fc.nat(2), fc.constant(2 ** 48 - 1));
    const entry = fc.tuple(prefix, suffix, fc.integer({ min: 1, max: 2 ** 48 - 1 }));
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 2000, size: 'max' }), async (entries) =>
        compare(entries),
      ),
      { numRuns: 15 },
    );
  });

  test('is equal to a plain map when buckets become full', () => {
    let seed = 1;
    const random = () => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return Math.floor((seed / 2 ** 32) * 65536);
    };
    const entries = Array.from({ length: 120_000 }, (_, i) => [i % 2, random(), i + 1] as const);
    compare(entries);
  });
});

/** Bytes of typed arrays that are in use. */
function arrayBytes(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().arrayBuffers;
}

function compare(entries: readonly (readonly [prefix: number, suffix: number, position: number])[]): void {
  const index = new StorageIndex();
  const map = new Map<number, Map<number, number>>();
  for (const [prefix, suffix, position] of entries) {
    index.set(prefix, suffix, position);
    map.set(prefix, (map.get(prefix) ?? new Map()).set(suffix, position));
  }
  const ascending = <T>(items: Map<number, T>) => [...items].sort(([a], [b]) => a - b);
  const found = [...index.buckets()].map(({ prefix, size, forEach }) => {
    const pairs: [number, number][] = [];
    forEach((suffix, position) => void pairs.push([suffix, position]));
    expect(pairs).toHaveLength(size);
    return [prefix, pairs];
  });
  expect(found).toEqual(ascending(map).map(([prefix, bucket]) => [prefix, ascending(bucket)]));
  expect(index.size).toBe([...map.values()].reduce((sum, { size }) => sum + size, 0));
  const wrong = entries.filter(
    ([prefix, suffix]) => index.get(prefix, suffix) !== map.get(prefix)?.get(suffix),
  );
  expect(wrong).toEqual([]);
}
