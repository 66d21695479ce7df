import { describe, expect, test } from 'vitest';
import { nameOf } from '../src/retention/apply-retention.js';
import { planRetention } from '../src/retention/plan-retention.js';
import { days, kept, none, now, plan, reasons, removed } from './support/retention-plans.js';
import {
  at,
  chain,
  pool,
  readingOf,
  type Scene,
  sceneOf,
  tree,
  withRecords,
} from './support/synthetic-sets.js';

describe('blobs', () => {
  const scene = withRecords(sceneOf([chain(days(1, 2)), chain(days(3, 4)), chain(days(5))], { blobs: true }));

  test('follow their filestorage backups, after these', () => {
    expect(removed(scene, { keep: 2 })).toEqual([
      `${at(1)}.holdfast-set`,
      `${at(2)}.holdfast-set`,
      `${at(1)}.dat`,
      `${at(2)}.deltafsz`,
      `${at(1)}.fsz`,
      `${at(1)}.holdfast`,
      `blobstorage.${at(2)}`,
      `blobstorage.${at(1)}`,
    ]);
  });

  test('that belong to no set go when they are older than the oldest filestorage backup', () => {
    const [main] = scene.storages;
    const more = [
      tree(at(-5)),
      tree('x', { id: 'blobstorage.7', stamp: undefined, number: 7, modifiedMs: Date.UTC(2026, 9, 1) }),
    ];
    const blobs = [...more, ...main!.blobs];
    const { removals } = plan({ ...scene, storages: [{ ...main!, blobs }] }, { keep: 3 });
    expect(removals.map((removal) => [nameOf(removal), removal.kind === 'blobs' && removal.reason])).toEqual([
      [`blobstorage.${at(-5)}`, `it is older than the oldest filestorage backup, ${at(1)}`],
      ['blobstorage.7', `it is older than the oldest filestorage backup, ${at(1)}`],
    ]);
  });

  test('whose filestorage backup is gone, as after a killed removal, go', () => {
    const [main] = scene.storages;
    const chains = [...main!.chains.slice(0, 1), ...main!.chains.slice(2)];
    const lost = {
      ...scene,
      storages: [{ ...main!, chains }],
      records: scene.records.filter(({ id }) => id !== at(3) && id !== at(4)),
    };
    expect(removed(lost, { keep: 2 })).toEqual([`blobstorage.${at(4)}`, `blobstorage.${at(3)}`]);
  });

  test('that a kept state shares a tree with stay', () => {
    const first = tree(at(1));
    const second = pool(at(2), [first]);
    const third = pool(at(3), [first, second]);
    const only: Scene = {
      storages: [{ name: 'main', chains: [], blobs: [first, second, third, tree(at(4))] }],
      records: [],
      pins: new Set([at(2)]),
      verified: new Set(),
      onlyBlobs: true,
    };
    expect(kept(only, { keep: 1 })).toEqual(days(1, 2, 4));
    expect(reasons(only, { keep: 1 }, at(1))).toEqual([`the set ${at(2)} continues it`]);
    expect(removed(only, { keep: 1 })).toEqual([`blobstorage.${at(1)}@${at(3)}`]);
  });

  test('the newest of a place stays, whatever the sets say', () => {
    const [main] = scene.storages;
    const alone = { ...scene, storages: [{ ...main!, blobs: [tree(at(1))] }], records: [] };
    expect(removed(alone, { keep: 1 }).filter((name) => name.startsWith('blob'))).toEqual([]);
  });
});

describe('blobs alone', () => {
  const scene: Scene = {
    storages: [
      {
        name: 'main',
        chains: [],
        blobs: days(1, 10, 16, 17, 29).map((day) => tree(day, { manifest: undefined })),
      },
    ],
    records: [],
    pins: new Set(),
    verified: new Set(),
    onlyBlobs: true,
  };

  test('keep_blob_days counts days', () => {
    expect(kept(scene, { keepBlobDays: 14 })).toEqual(days(17, 29));
    expect(removed(scene, { keepBlobDays: 14 })).toEqual(days(16, 10, 1).map((day) => `blobstorage.${day}`));
    expect(reasons(scene, { keepBlobDays: 14 }, at(17))).toEqual(['keep_blob_days = 14: it is younger']);
  });

  test('the newest stays however old it is', () => {
    const old = planRetention({
      reading: readingOf(scene),
      policy: { ...none, keepBlobDays: 1 },
      now: now + 365 * 86_400_000,
    });
    expect(old.decisions.filter((decision) => decision.kept).map(({ id }) => id)).toEqual(days(29));
  });

  test('without it keep counts them', () => {
    expect(kept(scene, { keep: 2 })).toEqual(days(17, 29));
  });
});
