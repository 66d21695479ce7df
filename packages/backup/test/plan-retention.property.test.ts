import { parseDataName } from '@holdfast/filestorage-backup';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planRetention } from '../src/retention/plan-retention.js';
import type { RetentionPolicy } from '../src/retention/policy.js';
import { partsOf } from '../src/sets/assemble.js';
import {
  after,
  at,
  pool,
  readingOf,
  type Scene,
  type SceneChain,
  type SceneStorage,
  tree,
  withRecords,
} from './support/synthetic-sets.js';

const now = Date.UTC(2026, 10, 30, 12);

const policy: fc.Arbitrary<RetentionPolicy> = fc.record({
  keep: fc.integer({ min: 0, max: 4 }),
  keepBlobDays: fc.constantFrom(0, 0, 14),
  keepDaily: fc.constantFrom(0, 0, 3, 30),
  keepWeekly: fc.constantFrom(0, 0, 2),
  keepMonthly: fc.constantFrom(0, 2),
  keepYearly: fc.constantFrom(0, 2),
});

/** Backups at some hours of the last hundred days; each begins a chain, continues one, or begins a history. */
const run = fc.record({
  hours: fc.integer({ min: 3, max: 100 }),
  full: fc.boolean(),
  newHistory: fc.integer({ min: 0, max: 9 }).map((dice) => dice === 0),
  pinned: fc.integer({ min: 0, max: 9 }).map((dice) => dice === 0),
  verified: fc.integer({ min: 0, max: 4 }).map((dice) => dice === 0),
  /** Which of the storages had something to back up. */
  changed: fc.tuple(fc.boolean(), fc.constant(true)),
});

type Run = typeof run extends fc.Arbitrary<infer T> ? T : never;

interface Built {
  readonly chains: SceneChain[];
  blobs: SceneStorage['blobs'][number][];
  tree: SceneStorage['blobs'][number][];
  files: string[];
}

/** The scene that these runs leave, with trees of blobs or a pool of them. */
function build(runs: readonly Run[], pooled: boolean): Scene {
  const storages = ['catalog', 'main'].map(
    (name) => ({ name, chains: [], blobs: [], tree: [], files: [] }) as Built & { name: string },
  );
  const pins = new Set<string>();
  const verified = new Set<string>();
  let lineage = 0;
  let hour = 2 - 24 * 100;
  for (const one of runs) {
    hour += one.hours;
    if (hour > 29 * 24) break;
    if (one.newHistory) lineage += 1;
    for (const [index, storage] of storages.entries()) {
      if (!one.changed[index] && storage.files.length > 0) continue;
      const stamp = at(1, hour).replace(/00$/, index === 0 ? '00' : '30');
      const full = one.full || one.newHistory || storage.files.length === 0;
      if (full) {
        storage.files = [];
        storage.tree = [];
        storage.chains.push({ lineage: `L${lineage}`, files: storage.files });
      }
      storage.files.push(`${stamp}.${full ? '' : 'delta'}fsz`);
      const state = full || !pooled ? tree(stamp) : pool(stamp, [...storage.tree]);
      storage.tree.push(state);
      storage.blobs.push(state);
      if (index === 1 && one.pinned) pins.add(stamp);
      if (index === 1 && one.verified) verified.add(stamp);
    }
  }
  return {
    storages: storages.map(({ name, chains, blobs }) => ({ name, chains, blobs })),
    records: [],
    pins,
    verified,
  };
}

const scene = fc
  .tuple(fc.array(run, { minLength: 1, maxLength: 40 }), fc.boolean(), fc.boolean())
  .map(([runs, pooled, ours]) => (ours ? withRecords(build(runs, pooled)) : build(runs, pooled)));

const planFor = (of: Scene, by: RetentionPolicy) =>
  planRetention({ reading: readingOf(of), policy: by, now });

/** Everything that is there, as text. */
const contentOf = ({ storages, records, pins, verified }: Scene) =>
  JSON.stringify([storages, records.map(({ id }) => id), [...pins], [...verified]]);

const whole = (of: Scene) => {
  const reading = readingOf(of);
  return new Map(
    reading.sets
      .filter(({ problems }) => problems.length === 0)
      .map((set) => [
        set.id,
        partsOf(reading, set).map(({ moment, blobs }) => [
          ...(moment?.path ?? []).map(({ name }) => name),
          ...[...(blobs?.before ?? []), ...(blobs === undefined ? [] : [blobs])].map(({ id }) => id),
        ]),
      ]),
  );
};

describe('any sequence of backups under any policy', () => {
  test('kept sets stay restorable from the very same files, and no other set stays', () => {
    fc.assert(
      fc.property(scene, policy, (before, by) => {
        const { decisions, removals } = planFor(before, by);
        const kept = decisions.filter((decision) => decision.kept).map(({ id }) => id);
        const had = whole(before);
        const has = whole(after(before, removals));
        for (const id of kept.filter((one) => had.has(one))) expect(has.get(id), id).toEqual(had.get(id));
        const left = readingOf(after(before, removals)).sets.map(({ id }) => id);
        expect(left.filter((id) => !kept.includes(id))).toEqual([]);
      }),
    );
  });

  test('the newest chain of each storage, the newest sound set, pins and other histories are not touched', () => {
    fc.assert(
      fc.property(scene, policy, (before, by) => {
        const { decisions, removals } = planFor(before, by);
        const left = after(before, removals);
        for (const [index, { chains }] of before.storages.entries()) {
          const stay = chains.filter(
            ({ lineage }, nth) => nth === chains.length - 1 || lineage !== chains.at(-1)?.lineage,
          );
          expect(left.storages[index]!.chains).toEqual(expect.arrayContaining([...stay]));
        }
        const kept = new Set(decisions.filter((decision) => decision.kept).map(({ id }) => id));
        const ids = readingOf(before).sets.map(({ id }) => id);
        const must = [
          ids.at(-1),
          ids.findLast((id) => before.verified.has(id)),
          ...ids.filter((id) => before.pins.has(id)),
        ];
        for (const id of must) if (id !== undefined) expect(kept).toContain(id);
      }),
    );
  });

  test('each set has a decision with a reason', () => {
    fc.assert(
      fc.property(scene, policy, (before, by) => {
        const { decisions } = planFor(before, by);
        expect(decisions.map(({ id }) => id)).toEqual(readingOf(before).sets.map(({ id }) => id));
        for (const { reasons } of decisions) expect(reasons.length).toBeGreaterThan(0);
      }),
    );
  });

  test('a plan that was carried out leaves nothing to do', () => {
    fc.assert(
      fc.property(scene, policy, (before, by) => {
        const first = planFor(before, by);
        const left = after(before, first.removals);
        const second = planFor(left, by);
        expect(second.removals).toEqual([]);
        expect(second.decisions.every((decision) => decision.kept)).toBe(true);
      }),
    );
  });

  test('one that was stopped anywhere is finished by the next', () => {
    fc.assert(
      fc.property(scene, policy, fc.nat(), (before, by, stop) => {
        const { removals } = planFor(before, by);
        const wanted = contentOf(after(before, removals));
        const half = after(before, removals.slice(0, stop % (removals.length + 1)));
        expect(contentOf(after(half, planFor(half, by).removals))).toBe(wanted);
      }),
      { numRuns: 300 },
    );
  });

  test('stopped anywhere, what is left of a chain has its full and no gap', () => {
    fc.assert(
      fc.property(scene, policy, fc.nat(), (before, by, stop) => {
        const { removals } = planFor(before, by);
        const half = after(before, removals.slice(0, stop % (removals.length + 1)));
        for (const [index, { chains }] of half.storages.entries()) {
          for (const { files } of chains) {
            const full = before.storages[index]!.chains.find((chain) => chain.files[0] === files[0]);
            expect(full?.files.slice(0, files.length)).toEqual(files);
            expect(parseDataName(files[0]!)?.kind).toBe('full');
          }
        }
      }),
    );
  });
});
