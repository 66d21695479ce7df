import { expect, test } from 'vitest';
import type { SetSummary } from '../src/status.js';
import { storedOf } from '../src/stored.js';
import { setAged } from './support/statuses.js';

const blobs = (bytes: number, addedBytes: number) => ({ files: 1, bytes, addedFiles: 1, addedBytes });
/** An increment that makes the `Data.fs` so long. */
const increment = (hours: number, dataBytes: number, more: Partial<SetSummary> = {}) =>
  setAged(hours, { part: 'increment', dataBytes, storedBytes: 10, ...more });
const bytesOf = (sets: readonly SetSummary[]) =>
  [...storedOf(sets).values()].map(({ data, blobs: of }) => [data, of]);

test('the oldest set that is kept has all its blobs, the next what is new', () => {
  const sets = [
    setAged(9, { blobs: blobs(5000, 100) }),
    increment(8, 1_300_000, { blobs: blobs(5300, 300) }),
  ];
  expect(bytesOf(sets)).toEqual([
    [400_000, 5000],
    [10, 300],
  ]);
});

test('what came with a set that is gone is seen in the size of the next', () => {
  const sets = [
    setAged(9, { blobs: blobs(5000, 100) }),
    increment(7, 1_400_000, { blobs: blobs(5900, 300) }),
  ];
  expect(bytesOf(sets)[1]).toEqual([10, 900]);
});

test('blobs that a pack took away are still there in the set before', () => {
  const sets = [
    setAged(9, { blobs: blobs(5000, 100) }),
    increment(8, 1_300_000, { blobs: blobs(2000, 300) }),
  ];
  expect(bytesOf(sets)[1]).toEqual([10, 300]);
});

test('the kinds have places of their own', () => {
  const sets = [
    setAged(9, { blobs: blobs(5000, 100) }),
    setAged(8, { kind: 'snapshot', blobs: blobs(5000, 0) }),
    increment(7, 1_300_000, { blobs: blobs(5000, 0) }),
  ];
  expect(bytesOf(sets)).toEqual([
    [400_000, 5000],
    [400_000, 5000],
    [10, 0],
  ]);
});

test('archives, and sets of blobs alone, share nothing', () => {
  const archive = { dataBytes: undefined, chain: 'full-1', part: 'increment' } as const;
  const alone = { ...archive, chain: undefined, part: undefined, storedBytes: undefined } as const;
  const sets = [setAged(9, archive), setAged(8, archive), setAged(7, alone), setAged(6, alone)];
  expect([...storedOf(sets).values()].map(({ data, isNew }) => [data, isNew])).toEqual([
    [400_000, true],
    [400_000, true],
    [0, true],
    [0, true],
  ]);
});
