import { describe, expect, test } from 'vitest';
import { days, kept, plan, reasons, removed } from './support/retention-plans.js';
import { at, chain, sceneOf } from './support/synthetic-sets.js';

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
