import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describePeers } from '@holdfast/test-kit';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  KINDS,
  type Kind,
  type Options,
  type Program,
  Recipe,
  RecipeSite,
  type State,
  treeOf,
} from './support/recipe.js';

const TIMEOUT = 120_000;
const OTHER = { recipe: 'holdfast', holdfast: 'recipe' } as const;
const PROGRAMS = ['recipe', 'holdfast'] as const;

interface Mode {
  readonly name: string;
  readonly base: string;
  readonly kind: Kind;
  readonly options: Options;
}

const TREES: Mode = { name: 'trees', base: 'blobs', kind: KINDS.backup, options: {} };
const ROTATED: Mode = { ...TREES, name: 'rotated trees', options: { blob_timestamps: false } };
const ARCHIVES: Mode = {
  ...TREES,
  name: 'compressed archives',
  options: { archive_blob: true, compress_blob: true },
};
const ROTATED_ARCHIVES: Mode = {
  ...TREES,
  name: 'rotated archives',
  options: { archive_blob: true, blob_timestamps: false },
};
const INCREMENTS: Mode = {
  ...TREES,
  name: 'increments of archives',
  base: 'blobstorage',
  options: { archive_blob: true, incremental_blobs: true },
};
const SNAPSHOTS: Mode = { ...TREES, name: 'snapshots', base: 'blobstorage', kind: KINDS.snapshot };
const ZIPS: Mode = { ...TREES, name: 'zips', kind: KINDS.zip };

interface Moment {
  readonly date: string;
  readonly state: State;
}

describePeers('beside collective.recipe.backup', () => {
  let recipe: Recipe;
  beforeAll(async () => {
    recipe = await Recipe.start();
  });

  /** Restores each moment by its date, and the newest without one. */
  async function expectRestored(
    by: Program,
    { site, prefix, mode }: { readonly site: RecipeSite; readonly prefix: string; readonly mode: Mode },
    moments: readonly Moment[],
  ): Promise<void> {
    for (const { date, state } of moments) {
      const wanted = moments.at(-1)!.date === date ? undefined : date;
      const restored = await site.restore(by, prefix, mode.kind, mode.options, wanted);
      expect(restored, `${mode.name}: ${date} by ${by}`).toEqual(state);
    }
  }

  test.each([TREES, ROTATED, ARCHIVES, INCREMENTS, SNAPSHOTS, ZIPS])(
    'each restores what the other made: $name',
    { timeout: TIMEOUT },
    async (mode) => {
      const site = await RecipeSite.make(recipe, mode.base);
      const made: Record<Program, Moment[]> = { recipe: [], holdfast: [] };
      for (const _ of [1, 2]) {
        const state = await site.change();
        for (const program of PROGRAMS)
          made[program].push({ date: await site.backUp(program, program, mode.kind, mode.options), state });
      }
      for (const program of PROGRAMS) {
        // Of zips, the last one is kept only.
        const moments = mode === ZIPS ? made[program].slice(-1) : made[program];
        await expectRestored(OTHER[program], { site, prefix: program, mode }, moments);
      }
      const names = PROGRAMS.map((program) => namesIn(join(site.path, program, mode.kind.blobs)));
      expect(names[1]).toEqual(names[0]);
      if (mode.options.archive_blob === true || mode === ZIPS) return;
      const trees = PROGRAMS.map((program) => outerTrees(join(site.path, program, mode.kind.blobs)));
      expect(await Promise.all(trees[1]!)).toEqual(await Promise.all(trees[0]!));
    },
  );

  describe('the two take turns in one place', () => {
    test.each([TREES, ROTATED, INCREMENTS, ROTATED_ARCHIVES])('$name', { timeout: TIMEOUT }, async (mode) => {
      const site = await RecipeSite.make(recipe, mode.base);
      const moments: Moment[] = [];
      for (const program of ['recipe', 'holdfast', 'recipe'] as const) {
        const state = await site.change();
        moments.push({ date: await site.backUp(program, 'both', mode.kind, mode.options), state });
      }
      for (const program of PROGRAMS) await expectRestored(program, { site, prefix: 'both', mode }, moments);
      await site.holdfast('both', mode.options, 'verify', '--deep');
    });
  });

  test('of a shared tree, the recipe restores all blobs, and Holdfast those of the moment', {
    timeout: TIMEOUT,
  }, async () => {
    const mode = { ...TREES, name: 'a shared tree' };
    const site = await RecipeSite.make(recipe, mode.base);
    const moments: Moment[] = [];
    for (const _ of [1, 2]) {
      const state = await site.change();
      const date = await site.backUp('holdfast', 'pool', mode.kind, { blob_format: 'pool' });
      moments.push({ date, state });
    }
    await expectRestored('holdfast', { site, prefix: 'pool', mode }, moments);
    for (const { date, state } of moments) {
      const restored = await site.restore('recipe', 'pool', mode.kind, mode.options, date);
      expect(restored.datafs).toBe(state.datafs);
      expect(filesIn(restored)).toMatchObject(filesIn(state));
    }
    const state = await site.change();
    const date = await site.backUp('recipe', 'pool', mode.kind, mode.options);
    for (const by of PROGRAMS) await expectRestored(by, { site, prefix: 'pool', mode }, [{ date, state }]);
    await site.holdfast('pool', mode.options, 'verify', '--deep');
  });

  describe('clean-up', () => {
    test.each(PROGRAMS)('of what the other made, by %s', { timeout: TIMEOUT }, async (program) => {
      const mode = TREES;
      const site = await RecipeSite.make(recipe, mode.base);
      const full = { ...mode.options, full: true };
      for (const _ of [1, 2]) {
        await site.change();
        await site.backUp(OTHER[program], 'both', mode.kind, full);
      }
      const state = await site.change();
      const date = await site.backUp(program, 'both', mode.kind, { ...full, keep: 1 });
      expect(readdirSync(join(site.path, 'both', mode.kind.blobs)).filter(isBackup)).toEqual([
        `${site.base}.${date}`,
      ]);
      expect(readdirSync(join(site.path, 'both', mode.kind.filestorage)).filter(isFull)).toEqual([
        `${date}.fsz`,
      ]);
      for (const by of PROGRAMS) await expectRestored(by, { site, prefix: 'both', mode }, [{ date, state }]);
      await site.holdfast('both', { ...mode.options, keep: 1 }, 'prune');
      await site.holdfast('both', mode.options, 'verify', '--deep');
    });
  });
});

const filesIn = ({ blobs }: State) =>
  Object.fromEntries(Object.entries(blobs).filter(([, what]) => what.startsWith('file')));
const isFull = (name: string) => /\.fsz?$/.test(name);
const isBackup = (name: string) => name !== 'latest' && !name.includes('.holdfast');

/** Without Holdfast's additions, and every stamp as one word. */
function namesIn(location: string): readonly string[] {
  return readdirSync(location)
    .filter((name) => !name.includes('.holdfast'))
    .map((name) => name.replace(/\d{4}(?:-\d\d){5}/, 'STAMP'))
    .sort();
}

/** The inside of each tree, the oldest first, with the link counts of its files. */
function outerTrees(location: string): readonly Promise<Record<string, string>>[] {
  const outer = readdirSync(location).filter(isBackup).sort();
  return outer.map(async (name) => {
    const inside = await treeOf(join(location, name), (links) => ` ${links}`);
    return Object.fromEntries(Object.entries(inside).filter(([path]) => path !== 'manifest.holdfast'));
  });
}
