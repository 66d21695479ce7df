import { parseArchive } from '@holdfast/directorystorage';
import { expect, test } from 'vitest';
import { archiveSets } from '../src/archives/archive-sets.js';

const T0 = Date.UTC(2026, 10, 20) / 1000;
const rows = (...numbers: readonly number[]) =>
  numbers.map((sequence) => ({
    sequence,
    timestamp: T0 + sequence * 3600,
    tid: `04${sequence}F0D000000000`.padEnd(16, '0'),
  }));
const archives = (...names: readonly string[]) =>
  names.map((name) => ({ archive: parseArchive(name)!, size: 100 }));
const whole = (...args: Parameters<typeof archiveSets>) =>
  Object.fromEntries(archiveSets(...args).map(({ id, whole: is }) => [id, is]));

test('a full archive and its increments are sets of one chain', () => {
  const sets = archiveSets(rows(1, 2, 3), archives('backup-1.tgz', 'backup-1-to-2.tgz', 'backup-2-to-3.tgz'));
  expect(
    sets.map(({ id, part, chain, whole: is, storedBytes }) => [id, part, chain, is, storedBytes]),
  ).toEqual([
    ['1', 'full', 'backup-1', true, 100],
    ['2', 'increment', 'backup-1', true, 100],
    ['3', 'increment', 'backup-1', true, 100],
  ]);
  expect(sets[0]).toMatchObject({ timeMs: (T0 + 3600) * 1000, tid: '041f0d0000000000' });
});

test('an increment is whole only where archives lead to it', () => {
  expect(whole(rows(1, 2, 3, 5), archives('b-1.tgz', 'b-2-to-3.tgz', 'b-3-to-5.tgz'))).toEqual({
    1: true,
    3: false,
    5: false,
  });
});

test('an increment may begin before the state that is reached', () => {
  expect(whole(rows(1, 2, 3), archives('b-2.tgz', 'b-1-to-3.tgz'))).toEqual({ 2: true, 3: true });
});

test('a run with both archives is a full, and its bytes are those of both', () => {
  const [set] = archiveSets(rows(4), archives('b-4.tgz', 'b-1-to-4.tgz'));
  expect(set).toMatchObject({ part: 'full', whole: true, storedBytes: 200 });
});

test('a row whose archives are gone is no set', () => {
  expect(archiveSets(rows(1, 2), archives('b-2.tgz')).map(({ id }) => id)).toEqual(['2']);
});

test('a set is of Holdfast where a run that is written down made it, and took its time', () => {
  const run = { kind: 'backup', startedMs: 1000, finishedMs: 3500, result: 'done' } as const;
  const runs = [
    { ...run, set: '1' },
    { ...run, set: '2', result: 'failed' },
    { ...run, set: '3', kind: 'verify' },
    run,
  ] as const;
  const sets = archiveSets(rows(1, 2, 3), archives('b-1.tgz', 'b-1-to-2.tgz', 'b-2-to-3.tgz'), runs);
  expect(sets.map(({ origin, seconds }) => [origin, seconds])).toEqual([
    ['holdfast', 2.5],
    ['peer', undefined],
    ['peer', undefined],
  ]);
});
