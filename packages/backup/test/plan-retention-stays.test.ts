import { describe, expect, test } from 'vitest';
import { days, kept, plan, reasons } from './support/retention-plans.js';
import { at, chain, readingOf, sceneOf, tree, withRecords } from './support/synthetic-sets.js';

describe('what stays whatever the rules say', () => {
  const fulls = sceneOf(days(1, 2, 3, 4).map((day) => chain([day])));

  test('the newest set and its chain', () => {
    expect(kept(fulls, { keep: 1 })).toEqual(days(4));
  });

  test('the newest set that was checked and found sound', () => {
    const scene = { ...fulls, verified: new Set(days(1, 2)) };
    expect(kept(scene, { keep: 1 })).toEqual(days(2, 4));
    expect(reasons(scene, { keep: 1 }, at(2))).toEqual([
      'it is the newest set that was checked and found sound',
    ]);
  });

  test('pinned sets', () => {
    const scene = { ...fulls, pins: new Set([at(2)]) };
    expect(kept(scene, { keep: 1 })).toEqual(days(2, 4));
    expect(reasons(scene, { keep: 1 }, at(2))).toEqual(['it is pinned']);
  });

  test('other histories of the storage', () => {
    const scene = sceneOf([chain(days(1, 2), 'other'), chain(days(3)), chain(days(4)), chain(days(5))]);
    expect(kept(scene, { keep: 1 })).toEqual(days(1, 2, 5));
    expect(reasons(scene, { keep: 1 }, at(1))).toEqual(['it belongs to another history of the storage']);
  });

  test('a history whose chain lost its record is known by the records of its sets', () => {
    const scene = sceneOf([chain(days(1, 2), 'other'), chain(days(3)), chain(days(4))]);
    const [first, ...rest] = scene.storages[0]!.chains;
    const storages = [{ ...scene.storages[0]!, chains: [{ ...first!, lineage: undefined }, ...rest] }];
    expect(kept({ ...scene, storages }, { keep: 1 })).toEqual(days(1, 2, 4));
    expect(kept({ ...scene, storages, records: [] }, { keep: 1 })).toEqual(days(4));
  });

  test('when the newest chain cannot be restored, the newest whole one', () => {
    const scene = sceneOf([chain(days(1, 2)), chain(days(3)), chain(days(4))]);
    const records = scene.records.map((record) =>
      record.id >= at(3)
        ? {
            ...record,
            parts: record.parts.map((part) => ({
              ...part,
              filestorage: { ...part.filestorage!, md5: '0'.repeat(32) },
            })),
          }
        : record,
    );
    expect(kept({ ...scene, records }, { keep: 1 })).toEqual(days(1, 2, 3, 4));
  });

  test('everything, where no set is left whole because a disk is not mounted', () => {
    const scene = sceneOf(
      days(1, 2, 3, 4).map((day) => chain([day])),
      { blobs: true },
    );
    const withoutBlobs = {
      ...withRecords(scene),
      storages: scene.storages.map((storage) => ({ ...storage, blobs: [] })),
    };
    expect(readingOf(withoutBlobs).sets.every(({ problems }) => problems.length > 0)).toBe(true);
    expect(plan(withoutBlobs, { keep: 1, keepDaily: 1 }).removals).toEqual([]);
  });
});

describe('the clock', () => {
  const scene = sceneOf(days(1, 2, 3, 4).map((day) => chain([day])));

  test('a backup that is later than the clock: nothing is removed, and it is said which', () => {
    const before = Date.UTC(2026, 10, 4, 1);
    expect(() => plan(scene, { keep: 1 }, before)).toThrow(
      expect.objectContaining({ code: 'sets.in-future', message: expect.stringContaining(at(4)) }),
    );
  });

  test('a minute is no matter', () => {
    expect(plan(scene, { keep: 1 }, Date.UTC(2026, 10, 4, 2) - 59_000).removals).not.toEqual([]);
  });

  test('where nothing is to go it is no error', () => {
    expect(plan(scene, { keep: 0 }, 0).removals).toEqual([]);
    expect(plan(scene, { keep: 9 }, 0).removals).toEqual([]);
  });

  test('blobs later than the clock count too', () => {
    const [main] = scene.storages;
    const storages = [{ ...main!, blobs: [tree(at(60))] }];
    expect(() => plan({ ...scene, storages }, { keep: 1 })).toThrow(
      expect.objectContaining({ code: 'sets.in-future' }),
    );
  });
});
