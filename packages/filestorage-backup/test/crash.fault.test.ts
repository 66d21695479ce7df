import { readdir } from 'node:fs/promises';
import { isHoldfastError } from '@holdfast/errors';
import { sweepCrashes, sweepFaults } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { Site } from './support/site.js';

/** What a backup begins with: earlier states that must stay, and the one that is to come. */
interface Scene {
  readonly site: Site;
  readonly earlier: readonly Buffer[];
  readonly next: Buffer;
}

async function afterFull(): Promise<Scene> {
  const site = await Site.make();
  const first = await site.bytes();
  await site.backup();
  return { site, earlier: [first], next: await site.grow() };
}

async function afterIncrement(): Promise<Scene> {
  const { site, earlier, next } = await afterFull();
  await site.backup();
  return { site, earlier: [...earlier, next], next: await site.grow(2, 3) };
}

async function fresh(): Promise<Scene> {
  const site = await Site.make();
  return { site, earlier: [], next: await site.bytes() };
}

async function copyOf({ site, earlier, next }: Scene): Promise<Scene> {
  return { site: await site.copy(), earlier, next };
}

/** Old or new: all earlier moments restore, and beside them at most the new one. */
async function expectOldOrNew({ site, earlier, next }: Scene): Promise<void> {
  const states = await site.restoreAll();
  const known = [...earlier, next];
  expect(states.length).toBeGreaterThanOrEqual(earlier.length);
  expect(states.every((bytes, index) => bytes.equals(known[index]!))).toBe(true);
}

/** The next run completes or undoes what was begun: it succeeds, all is sound, and nothing is left lying about. */
async function expectMended({ site, earlier, next }: Scene): Promise<void> {
  await site.backup();
  expect(await site.verify()).toMatchObject({ sound: true, problems: [] });
  expect((await site.restore()).equals(next)).toBe(true);
  const states = await site.restoreAll();
  expect(earlier.every((bytes, index) => bytes.equals(states[index]!))).toBe(true);
  const left = (await readdir(site.repository)).filter((name) => /tmp|held|set-aside/.test(name));
  expect(left).toEqual([]);
}

const scenes = [
  { name: 'the first full', make: fresh, request: {} },
  { name: 'a later full', make: afterFull, request: { full: true } },
  { name: 'the first increment', make: afterFull, request: {} },
  { name: 'a later increment', make: afterIncrement, request: {} },
  { name: 'a plain increment', make: afterIncrement, request: { gzip: false } },
];

describe.each(scenes)('$name', ({ make, request }) => {
  test('killed before, in or after any call that changes the disk, leaves the old or the new moment', async () => {
    const scene = await make();
    const crashes = await sweepCrashes({
      prepare: () => copyOf(scene),
      run: (fs, { site }) => site.backup(request, site.engine(fs)),
      check: async (state) => {
        await expectOldOrNew(state);
        await expectMended(state);
      },
    });
    expect(crashes).toBeGreaterThan(10);
  });

  test.each(['ENOSPC', 'EIO'])(
    'struck by %s at any call, ends with a typed error and loses nothing',
    async (fault) => {
      const scene = await make();
      const struck = await sweepFaults({
        fault,
        prepare: () => copyOf(scene),
        run: (fs, { site }) => site.backup(request, site.engine(fs)),
        check: async (state, { error }) => {
          if (error !== undefined) expect(isHoldfastError(error)).toBe(true);
          await expectOldOrNew(state);
          await expectMended(state);
        },
      });
      expect(struck).toBeGreaterThan(5);
    },
  );
});
