import { describe, expect, test } from 'vitest';
import type { Options } from '../src/config.js';
import { nameOf } from '../src/retention/apply-retention.js';
import { planRetention } from '../src/retention/plan-retention.js';
import { type RetentionPolicy, retentionPolicy } from '../src/retention/policy.js';
import {
  after,
  at,
  chain,
  pool,
  readingOf,
  type Scene,
  sceneOf,
  tree,
  withRecords,
} from './support/synthetic-sets.js';

const now = Date.UTC(2026, 10, 30, 12);
const none: RetentionPolicy = {
  keep: 1,
  keepBlobDays: 0,
  keepDaily: 0,
  keepWeekly: 0,
  keepMonthly: 0,
  keepYearly: 0,
};

function plan(scene: Scene, policy: Partial<RetentionPolicy>, when = now) {
  return planRetention({ reading: readingOf(scene), policy: { ...none, ...policy }, now: when });
}

function kept(scene: Scene, policy: Partial<RetentionPolicy>): readonly string[] {
  return plan(scene, policy).decisions.flatMap((decision) => (decision.kept ? [decision.id] : []));
}

function reasons(scene: Scene, policy: Partial<RetentionPolicy>, id: string): readonly string[] {
  return plan(scene, policy).decisions.find((decision) => decision.id === id)!.reasons;
}

function removed(scene: Scene, policy: Partial<RetentionPolicy>): readonly string[] {
  return plan(scene, policy).removals.map(nameOf);
}

const days = (...numbers: readonly number[]) => numbers.map((number) => at(number));

describe('keep', () => {
  const weeks = sceneOf([chain(days(1, 2, 3)), chain(days(8, 9)), chain(days(15, 16)), chain(days(22, 23))]);

  test('counts full backups; their increments stay with them', () => {
    expect(kept(weeks, { keep: 2 })).toEqual(days(15, 16, 22, 23));
  });

  test('0 keeps all, whatever the other rules say', () => {
    expect(plan(weeks, { keep: 0, keepDaily: 1 }).removals).toEqual([]);
    expect(reasons(weeks, { keep: 0 }, at(1))).toEqual(['keep = 0: every set is kept']);
  });

  test('more than there are removes nothing', () => {
    expect(plan(weeks, { keep: 9 }).removals).toEqual([]);
  });

  test('each set has its reason in words', () => {
    expect(reasons(weeks, { keep: 2 }, at(15))).toEqual([
      'keep = 2: it belongs to one of the 2 newest full backups',
    ]);
    expect(reasons(weeks, { keep: 2, keepDaily: 3 }, at(2))).toEqual([
      'no rule keeps it (keep = 2, keep_daily = 3)',
    ]);
  });

  test('the record goes first, then of each chain the .dat, the files from the newest to the full, its record', () => {
    const scene = sceneOf([chain(days(1, 2, 3)), chain(days(8))], {
      more: { verified: new Set([at(2), at(8)]) },
    });
    expect(removed(scene, { keep: 1 })).toEqual([
      `${at(2)}.holdfast-verified`,
      `${at(1)}.holdfast-set`,
      `${at(2)}.holdfast-set`,
      `${at(3)}.holdfast-set`,
      `${at(1)}.dat`,
      `${at(3)}.deltafsz`,
      `${at(2)}.deltafsz`,
      `${at(1)}.fsz`,
      `${at(1)}.holdfast`,
    ]);
  });

  test('a full backup that is not whole is not counted, and stays while too few whole ones are newer', () => {
    const scene = sceneOf([chain(days(1)), chain(days(8)), chain(days(15)), chain(days(22))]);
    const records = scene.records.map((record) =>
      record.id === at(15)
        ? {
            ...record,
            parts: record.parts.map((part) => ({
              ...part,
              filestorage: { ...part.filestorage!, storedSize: 7 },
            })),
          }
        : record,
    );
    expect(kept({ ...scene, records }, { keep: 2 })).toEqual(days(8, 15, 22));
    expect(kept({ ...scene, records }, { keep: 1 })).toEqual(days(22));
  });
});

describe('keep_daily, keep_weekly, keep_monthly, keep_yearly', () => {
  /** A full backup each Sunday, an increment each other day, for two years. */
  const twoYears = sceneOf(
    Array.from({ length: 104 }, (_, week) => {
      const sunday = 29 - 7 * (103 - week);
      return chain(days(...[0, 1, 2, 3, 4, 5, 6].map((day) => sunday + day).filter((day) => day <= 30)));
    }),
  );

  test('the newest set of each of the last days stays, with what it is restored from', () => {
    // The 29th is a Sunday: the chain of the 22nd ends with the 28th.
    expect(kept(twoYears, { keepDaily: 3 })).toEqual(days(22, 23, 24, 25, 26, 27, 28, 29, 30));
    expect(reasons(twoYears, { keepDaily: 3 }, at(28))).toEqual(['keep_daily = 3: the newest of its day']);
    expect(reasons(twoYears, { keepDaily: 3 }, at(23))).toEqual([`the set ${at(28)} continues it`]);
  });

  test('increments behind the last kept one of an old chain go, newest first', () => {
    const scene = sceneOf([chain([at(1, 2), at(1, 8), at(1, 20), at(2, 2), at(2, 9)]), chain([at(8)])]);
    // October's newest is none; the first of November stays as the newest of its week.
    const kind = { keepWeekly: 2 };
    expect(kept(scene, kind)).toEqual([at(1, 2), at(1, 8), at(1, 20), at(8)]);
    expect(removed(scene, kind)).toEqual([
      `${at(2, 2)}.holdfast-set`,
      `${at(2, 9)}.holdfast-set`,
      `${at(1, 2)}.dat`,
      `${at(2, 9)}.deltafsz`,
      `${at(2, 2)}.deltafsz`,
      `${at(1, 2)}.dat`,
    ]);
  });

  test('days without a set do not count', () => {
    const scene = sceneOf(days(1, 5, 9, 30).map((day) => chain([day])));
    expect(kept(scene, { keepDaily: 3 })).toEqual(days(5, 9, 30));
  });

  test('weeks begin on Monday, months and years in UTC', () => {
    // 31 December 2025, 31 October, Sunday 1 and Monday 2 November, Sunday 29, Monday 30.
    const scene = sceneOf(days(-304, 0, 1, 2, 29, 30).map((day) => chain([day])));
    expect(kept(scene, { keepWeekly: 2 })).toEqual(days(29, 30));
    expect(kept(scene, { keepWeekly: 4 })).toEqual(days(1, 2, 29, 30));
    expect(kept(scene, { keepMonthly: 2 })).toEqual(days(0, 30));
    expect(kept(scene, { keepYearly: 2 })).toEqual(days(-304, 30));
  });

  test('a set that is not whole does not take the place of a whole one', () => {
    const scene = sceneOf([chain([at(1, 2)]), chain([at(1, 8)]), chain([at(2)]), chain([at(3)])]);
    const records = scene.records.map((record) =>
      record.id === at(1, 8)
        ? {
            ...record,
            parts: record.parts.map((part) => ({ ...part, filestorage: { ...part.filestorage!, end: 1 } })),
          }
        : record,
    );
    expect(kept({ ...scene, records }, { keepDaily: 3 })).toEqual([at(1, 2), at(2), at(3)]);
  });
});

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

describe('the policy of a kind of backup', () => {
  const options = {
    keep: 2,
    keepBlobDays: 14,
    keepDaily: 7,
    keepWeekly: 0,
    keepMonthly: 0,
    keepYearly: 0,
    onlyBlobs: false,
    archiveBlob: false,
  };
  const policy = (more: Partial<Options>, kind: 'backup' | 'snapshot' | 'zip') =>
    retentionPolicy({ ...options, ...more } as Options, kind);

  test('of zip backups one stays', () => {
    expect(policy({}, 'zip')).toEqual({ ...none, keep: 1 });
  });

  test.each([
    ['with a filestorage', {}, 'backup', 0],
    ['of trees alone', { onlyBlobs: true }, 'backup', 14],
    ['of archives alone', { onlyBlobs: true, archiveBlob: true }, 'backup', 0],
    ['of snapshots alone', { onlyBlobs: true }, 'snapshot', 0],
  ] as const)('keep_blob_days %s', (_, more, kind, days) => {
    expect(policy(more, kind)).toEqual({ ...none, keep: 2, keepDaily: 7, keepBlobDays: days });
  });
});
