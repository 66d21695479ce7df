import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fsError, nodeFileSystem } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import { FaultyFileSystem, sweepCrashes, sweepFaults } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { applyRemoval, planRemoval, readRepository } from '../src/index.js';
import { Site } from './support/site.js';

/** Two chains; the first has a full and four increments. */
async function twoChains(): Promise<{ readonly site: Site; readonly states: readonly Buffer[] }> {
  const site = await Site.make();
  const states: Buffer[] = [];
  for (let count = 0; count < 6; count++) {
    await site.backup({ full: count === 5, gzip: count % 2 === 0 });
    states.push(await site.bytes());
    if (count < 4) await site.grow(1, count);
  }
  return { site, states };
}

/** Removes from the first chain all but its first files; `keep` 0: the whole of it. */
async function shorten(site: Site, keep: number, fs = nodeFileSystem): Promise<readonly string[]> {
  const engine = site.engine(fs);
  const repository = await readRepository(site.engine());
  const [chain] = repository.chains;
  const kept = chain?.files.slice(0, keep) ?? [];
  if (chain === undefined || repository.chains.length < 2) return [];
  const steps = planRemoval(repository, chain, (file) => !kept.includes(file));
  for (const step of steps) await applyRemoval(engine, step);
  return steps.map(({ name }) => name);
}

async function expectPrefix(site: Site, states: readonly Buffer[], keep: number): Promise<void> {
  const found = await site.restoreAll();
  const old = found.slice(0, -1);
  expect(found.at(-1)?.equals(states.at(-1)!)).toBe(true);
  expect(old.length).toBeGreaterThanOrEqual(keep);
  for (const [index, bytes] of old.entries()) expect(bytes.equals(states[index]!)).toBe(true);
}

describe.each([
  ['a whole chain', 0],
  ['all but its full', 1],
  ['its last increments', 3],
])('removing %s', (_, keep) => {
  test('leaves the other chains, and a chain that verifies', async () => {
    const { site, states } = await twoChains();
    const other = await site.copy();
    await shorten(site, keep);
    await expectPrefix(site, states, keep);
    expect((await site.restoreAll()).length).toBe(keep + 1);
    expect(await site.verify()).toMatchObject({ sound: true, problems: [] });
    const left = await readdir(site.repository);
    const before = await readdir(other.repository);
    expect(before).toEqual(expect.arrayContaining(left));
    if (keep > 0) return;
    const stamps = left.flatMap((name) => /^[-0-9]{19}/.exec(name) ?? []);
    expect(new Set(stamps).size).toBe(1);
  });

  test('killed at any call that changes the disk, leaves moments that restore, and is finished by the next', async () => {
    const scene = await twoChains();
    const crashes = await sweepCrashes({
      prepare: () => scene.site.copy(),
      run: (fs, site) => shorten(site, keep, fs),
      check: async (site) => {
        await expectPrefix(site, scene.states, keep);
        await shorten(site, keep);
        expect((await site.restoreAll()).length).toBe(keep + 1);
        await expectPrefix(site, scene.states, keep);
        // The next backup clears away what is left beside the chains.
        await site.backup();
        expect(await site.verify()).toMatchObject({ sound: true, problems: [] });
      },
    });
    expect(crashes).toBeGreaterThan(5);
  });

  test.each(['ENOSPC', 'EIO', 'EROFS'])(
    'struck by %s at any call, stops with a typed error and loses nothing',
    async (fault) => {
      const scene = await twoChains();
      await sweepFaults({
        fault,
        prepare: () => scene.site.copy(),
        run: (fs, site) => shorten(site, keep, fs),
        check: async (site, { error }) => {
          if (error !== undefined) expect(isHoldfastError(error)).toBe(true);
          await expectPrefix(site, scene.states, keep);
          await site.backup();
          expect(await site.verify()).toMatchObject({ sound: true, problems: [] });
        },
      });
    },
  );

  test('works where nothing can be written, as long as something can be removed', async () => {
    const { site, states } = await twoChains();
    // Full until the first data file is gone.
    let full = true;
    const fs = new FaultyFileSystem();
    const refuse = (method: 'create' | 'write') =>
      fs.before(
        method,
        ({ path }) => {
          const error = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
          if (full) throw fsError(error, method, path);
        },
        { times: Number.POSITIVE_INFINITY },
      );
    refuse('create');
    refuse('write');
    fs.before(
      'unlink',
      ({ path }) => {
        if (/\.deltafsz?$/.test(path)) full = false;
      },
      { times: Number.POSITIVE_INFINITY },
    );
    await shorten(site, keep, fs);
    await expectPrefix(site, states, keep);
    expect(await site.verify()).toMatchObject({ sound: true, problems: [] });
  });
});

describe('what lies beside a chain', () => {
  test('the .dat keeps the lines of the files that stay, as they were', async () => {
    const { site } = await twoChains();
    const dat = join(
      site.repository,
      (await readdir(site.repository)).sort().find((name) => name.endsWith('.dat'))!,
    );
    const lines = (await readFile(dat, 'utf8')).split('\n');
    await shorten(site, 2);
    expect((await readFile(dat, 'utf8')).split('\n')).toEqual([...lines.slice(0, 2), '']);
  });

  test('a .dat that a stopped publication held back is brought back', async () => {
    const { site, states } = await twoChains();
    const dat = join(
      site.repository,
      (await readdir(site.repository)).sort().find((name) => name.endsWith('.dat'))!,
    );
    await rename(dat, dat.replace(/\.dat$/, '.dat-held'));
    await shorten(site, 2);
    await expectPrefix(site, states, 2);
    expect(await site.verify()).toMatchObject({ sound: true, problems: [] });
    expect((await readdir(site.repository)).filter((name) => name.endsWith('-held'))).toEqual([]);
  });

  test('a plain full that is hidden by a gzipped one of its second goes with it', async () => {
    const { site } = await twoChains();
    const full = (await readdir(site.repository)).sort().find((name) => name.endsWith('.fsz'))!;
    await writeFile(join(site.repository, full.replace(/z$/, '')), await site.bytes());
    const names = await shorten(site, 0);
    expect(names).toContain(full.replace(/z$/, ''));
    expect((await site.restoreAll()).length).toBe(1);
  });

  test('foreign names and files that were set aside stay', async () => {
    const { site } = await twoChains();
    const full = (await readdir(site.repository)).sort()[0]!.slice(0, 19);
    const foreign = [
      `${full}.fs.bak`,
      `${full}.fsz.set-aside`,
      `${full}.txt`,
      'README',
      `${full}.holdfast-set`,
    ];
    for (const name of foreign) await writeFile(join(site.repository, name), 'x');
    await shorten(site, 0);
    expect(await readdir(site.repository)).toEqual(expect.arrayContaining(foreign));
  });

  test('a file that another continues is not removed from under it', async () => {
    const { site } = await twoChains();
    const repository = await readRepository(site.engine());
    const [chain] = repository.chains;
    expect(() => planRemoval(repository, chain!, (file) => file === chain!.files[1])).toThrow(
      expect.objectContaining({ code: 'internal' }),
    );
  });
});
