import { describe, expect, test } from 'vitest';
import { days, kept, plan } from './support/retention-plans.js';
import { after, at, chain, type Scene, withRecords } from './support/synthetic-sets.js';

describe('several storages', () => {
  /** The additional one is backed up a minute before the main one, and was packed at another time. */
  const early = (day: number) => at(day).replace('-02-00-00', '-01-59-00');
  const bare: Scene = {
    storages: [
      {
        name: 'catalog',
        chains: [chain([early(1), early(2), early(3), early(4)]), chain([early(5)])],
        blobs: [],
      },
      { name: 'main', chains: [chain(days(1, 2)), chain(days(3, 4, 5))], blobs: [] },
    ],
    records: [],
    pins: new Set(),
    verified: new Set(),
  };

  test.each([
    ['with records', withRecords(bare)],
    ['of the peers', bare],
  ])('%s: what a kept set is restored from stays in each', (_, scene) => {
    expect(kept(scene, { keep: 1 })).toEqual(days(3, 4, 5));
    const left = after(scene, plan(scene, { keep: 1 }).removals);
    expect(left.storages.map(({ chains }) => chains.map(({ files }) => files.length))).toEqual([[4, 1], [3]]);
  });

  test('increments of an additional storage that no kept set needs go', () => {
    const scene = withRecords(bare);
    const left = after(scene, plan({ ...scene, pins: new Set([at(2)]) }, { keep: 1 }).removals);
    expect(left.storages[0]!.chains).toEqual(scene.storages[0]!.chains);
    const two = {
      ...scene,
      storages: [
        {
          ...scene.storages[0]!,
          chains: [chain([early(1), early(2)]), chain([early(3), early(4), early(5)])],
        },
        scene.storages[1]!,
      ],
    };
    const pinned = withRecords({ ...two, pins: new Set([at(1)]) });
    const leftOfTwo = after(pinned, plan(pinned, { keep: 1 }).removals);
    expect(leftOfTwo.storages.map(({ chains }) => chains.map(({ files }) => files.length))).toEqual([
      [1, 3],
      [1, 3],
    ]);
  });
});
