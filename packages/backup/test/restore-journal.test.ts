import { chown, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HoldfastError } from '@holdfast/errors';
import { StorageLock } from '@holdfast/lockfile';
import { FaultyFileSystem, temporaryDirectory } from '@holdfast/test-kit';
import { beforeAll, describe, expect, test } from 'vitest';
import { planRestore, type RestoreRequest, recoverRestore } from '../src/restore/index.js';
import { expectedSeconds, readFactor, recordFactor } from '../src/restore/rate.js';
import { Backups, Site, type State, worldOn } from './support/restore-site.js';

let backups: Backups;
let fresh: State;
beforeAll(async () => {
  backups = await Backups.make();
  fresh = await backups.content();
});

/** A restore that is killed at a failpoint. */
async function killedAt(
  point: string,
  site: Site,
  nth = 1,
  request: Partial<RestoreRequest> = {},
): Promise<void> {
  const fs = new FaultyFileSystem();
  let seen = 0;
  const failpoint = (name: string) => {
    if (name !== point) return;
    seen += 1;
    if (seen === nth) return fs.crash(name);
  };
  await expect(backups.restore(site, fs, request, worldOn(fs, { failpoint }))).rejects.toThrow();
  expect(fs.crashed).toBe(true);
}

const recover = (site: Site, all: Site['all'] = site.all) => recoverRestore(worldOn(), { storages: all });

describe('a killed restore', () => {
  test('before its journal is taken back, also when asked for one of its storages alone', async () => {
    const site = await Site.make();
    const old = await site.state();
    await killedAt('after:seal-restored', site, 2);
    expect((await recover(site, site.all.slice(0, 1))).outcome).toBe('undone');
    expect((await recover(site)).outcome).toBe('undone');
    expect((await recover(site)).outcome).toBe('nothing');
    expect(await site.state()).toEqual(old);
    expect(await site.leftovers()).toEqual([]);
  });

  test('with its journal is finished whole, also when asked for one of its storages alone', async () => {
    const site = await Site.make();
    await killedAt('after:restore-put', site);
    const { outcome, finished } = await recover(site, site.all.slice(0, 1));
    expect(outcome).toBe('finished');
    expect(finished).toEqual(
      expect.arrayContaining(site.all.flatMap(({ datafs, blobStorage }) => [datafs, blobStorage])),
    );
    expect(await site.state()).toEqual(fresh);
  });

  test('is named in the plan, and finished before the next restore begins', async () => {
    const site = await Site.make();
    await killedAt('after:restore-put', site, 3);
    const world = worldOn();
    const plan = await planRestore(world, { storages: await backups.storages(site, world) });
    expect(plan.leftovers.length).toBe(4);
    expect((await backups.restore(site)).recovered).toBe('finished');
    expect(await site.state()).toEqual(fresh);
  });

  test('is left alone while a ZODB has one of its storages open', async () => {
    const site = await Site.make();
    await killedAt('after:restore-put', site);
    await using _zope = await StorageLock.acquire(site.places('main').datafs);
    await expect(recover(site, site.all.slice(0, 1))).rejects.toMatchObject({
      code: 'restore.target-in-use',
    });
  });

  test('whose journal lies on a disk that is not mounted is left alone', async () => {
    const site = await Site.make();
    const elsewhere = join(await temporaryDirectory(), 'disk');
    await mkdir(elsewhere);
    const all = site.all.map((storage) =>
      storage.name === 'main' ? { ...storage, datafs: join(elsewhere, 'Data.fs') } : storage,
    );
    const fs = new FaultyFileSystem();
    const world = worldOn(fs, {
      failpoint: (name) => (name === 'after:restore-put' ? fs.crash(name) : undefined),
    });
    const moved = {
      names: site.names,
      places: (name: string) => all.find((storage) => storage.name === name)!,
    } as unknown as Site;
    await expect(backups.restore(moved, fs, {}, world)).rejects.toThrow();
    await rename(elsewhere, `${elsewhere}-unmounted`);
    await mkdir(elsewhere);
    await expect(recover(site, all.slice(0, 1))).rejects.toMatchObject({
      code: 'restore.journal',
      hint: expect.stringContaining(elsewhere),
    });
    await rm(elsewhere, { recursive: true });
    await rename(`${elsewhere}-unmounted`, elsewhere);
    expect((await recover(site, all.slice(0, 1))).outcome).toBe('finished');
  });

  test.skipIf(process.getuid?.() !== 0)('of another user is not finished by root', async () => {
    const site = await Site.make();
    await killedAt('after:restore-put', site);
    const before = await site.leftovers();
    for (const name of await site.leftovers()) await chown(join(site.directory, name), 12345, 12345);
    await expect(recover(site)).rejects.toMatchObject({
      code: 'restore.journal',
      message: expect.stringContaining('12345'),
    });
    expect((await site.leftovers()).filter((name) => !name.endsWith('.lock'))).toEqual(
      before.filter((name) => !name.endsWith('.lock')),
    );
  });

  test.each(['{', '{"version":2}', '[]', ''])('with a journal that is %j is not guessed at', async (text) => {
    const site = await Site.make();
    await killedAt('after:restore-put', site);
    await writeFile(join(site.directory, 'filestorage', '.holdfast-restore-Data.fs', 'journal'), text);
    await expect(recover(site)).rejects.toMatchObject({ code: 'restore.journal' });
  });

  test('whose journal does not fit what is on the disk is not guessed at', async () => {
    const site = await Site.make();
    await killedAt('after:publish-restore-journal', site);
    await rm(join(site.directory, 'filestorage', '.holdfast-restore-Data.fs', 'data'));
    const old = await site.state();
    await expect(recover(site)).rejects.toMatchObject({ code: 'restore.journal' });
    expect(await site.state()).toEqual(old);
  });
});

describe('a restore that is struck', () => {
  test('while it puts its files in place takes back what it did', async () => {
    const site = await Site.make();
    const old = await site.state();
    const fs = new FaultyFileSystem().fail('rename', 'EIO', { path: /\/blobstorage$/, nth: 2 });
    await expect(backups.restore(site, fs)).rejects.toMatchObject({ code: 'fs.io' });
    expect(await site.state()).toEqual(old);
    expect(await site.leftovers()).toEqual([]);
    expect(await readFile(`${site.places('catalog').datafs}.index`, 'utf8')).toBe('the old index');
  });

  test('and cannot take that back says so, and the next one finishes it', async () => {
    const site = await Site.make();
    const fs = new FaultyFileSystem().fail('rename', 'EIO', { path: /\/blobstorage$/, nth: 2, times: 2 });
    await expect(backups.restore(site, fs)).rejects.toMatchObject({ code: 'restore.unfinished' });
    expect((await recover(site)).outcome).toBe('finished');
    expect(await site.state()).toEqual(fresh);
    expect(await site.leftovers()).toEqual([]);
  });

  test.each(['EIO', 'EACCES'])('by %s while it reads a backup leaves all as it was', async (fault) => {
    const site = await Site.make();
    const old = await site.state();
    const fs = new FaultyFileSystem().fail('read', fault, {
      path: /backups\/main\/.*fsz?$/,
      times: Infinity,
    });
    await expect(backups.restore(site, fs)).rejects.toThrow();
    expect(await site.state()).toEqual(old);
    expect(await site.leftovers()).toEqual([]);
  });

  test('by a pair that does not fit leaves all as it was', async () => {
    const site = await Site.make();
    const old = await site.state();
    const seen: string[] = [];
    const checkPair: RestoreRequest['checkPair'] = async ({ source, datafs, blobs }) => {
      seen.push(source.name);
      expect((await readFile(datafs!)).length).toBeGreaterThan(100);
      expect(await readdir(blobs!)).toContain('.layout');
      if (source.name === 'main') throw new HoldfastError('repository.damaged', 'a blob is missing');
      return ['one blob is an orphan'];
    };
    await expect(backups.restore(site, new FaultyFileSystem(), { checkPair })).rejects.toMatchObject({
      message: 'a blob is missing',
    });
    expect(seen).toEqual(['catalog', 'main']);
    expect(await site.state()).toEqual(old);
    expect(await site.leftovers()).toEqual([]);
  });

  test('by somebody who writes to the target meanwhile leaves what they wrote', async () => {
    const site = await Site.make();
    const { datafs } = site.places('main');
    const checkPair = async () => {
      await writeFile(datafs, 'FS30 changed by hand');
      return [];
    };
    await expect(backups.restore(site, new FaultyFileSystem(), { checkPair })).rejects.toMatchObject({
      code: 'restore.target-changed',
    });
    expect(await readFile(datafs, 'utf8')).toBe('FS30 changed by hand');
    expect(await site.leftovers()).toEqual([]);
  });

  test('by a Zope that is started meanwhile on a place without a lock file is refused', async () => {
    const site = await Site.empty();
    const zopes: AsyncDisposable[] = [];
    const checkPair = async () => {
      if (zopes.length === 0) zopes.push(await StorageLock.acquire(site.places('main').datafs));
      return [];
    };
    await expect(backups.restore(site, new FaultyFileSystem(), { checkPair })).rejects.toMatchObject({
      code: 'restore.target-in-use',
    });
    for (const zope of zopes) await zope[Symbol.asyncDispose]();
  });
});

describe('--free-first', () => {
  /** Room for one of old and new, not for both. */
  function tight(fs: FaultyFileSystem, site: Site): FaultyFileSystem {
    return Object.assign(Object.create(fs) as FaultyFileSystem, {
      freeSpace: async () => {
        const old = await readFile(site.places('main').datafs).catch(() => undefined);
        return { freeBytes: old?.subarray(0, 8).toString() === 'FS30 the' ? 1000 : 1 << 30 };
      },
      bulk: () => fs.bulk(),
    });
  }

  async function largeOld(): Promise<Site> {
    const site = await Site.make();
    await writeFile(site.places('main').datafs, `FS30 the old file${' '.repeat(200_000)}`);
    return site;
  }

  test('removes the old files only when there is no room for both, and after every byte of the backup was read', async () => {
    const site = await largeOld();
    const report = await backups.restore(site, tight(new FaultyFileSystem(), site), { freeFirst: true });
    expect(report.freedFirst).toBe(true);
    expect(await site.state()).toEqual(fresh);
    expect(await site.leftovers()).toEqual([]);
    const roomy = await largeOld();
    const other = await backups.restore(roomy, new FaultyFileSystem(), { freeFirst: true });
    expect(other.freedFirst).toBe(false);
    expect(other.storages[1]!.data!.old).toBe(`${roomy.places('main').datafs}.old`);
  });

  test('keeps the old files when the backup is damaged', async () => {
    const site = await largeOld();
    const old = await site.state();
    const damaged = await Backups.make();
    const repository = join(damaged.directory, 'backups', 'main');
    const name = (await readdir(repository)).find((candidate) => /\.fsz?$/.test(candidate))!;
    const bytes = await readFile(join(repository, name));
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(join(repository, name), bytes);
    await expect(
      damaged.restore(site, tight(new FaultyFileSystem(), site), { freeFirst: true }),
    ).rejects.toMatchObject({ code: 'repository.damaged' });
    expect(await site.state()).toEqual(old);
  });

  test('killed when the old files are out of their places, is followed by a restore into empty places', async () => {
    const site = await largeOld();
    const fs = new FaultyFileSystem();
    const small = tight(fs, site);
    let kept = 0;
    const failpoint = (name: string) => {
      if (name !== 'after:restore-keep') return;
      kept += 1;
      if (kept === 2) return fs.crash(name);
    };
    await expect(
      backups.restore(site, small, { freeFirst: true }, worldOn(small, { failpoint })),
    ).rejects.toThrow();
    expect((await recover(site)).outcome).toBe('finished');
    for (const { datafs, blobStorage } of site.all) {
      await expect(readFile(datafs)).rejects.toThrow();
      await expect(readdir(blobStorage)).rejects.toThrow();
    }
    await backups.restore(site);
    expect(await site.state()).toEqual(fresh);
  });
});

describe('the plan and the report', () => {
  test('say how long it should take, from how long the last one took', async () => {
    const site = await Site.make();
    const rateFile = join(site.directory, 'rate');
    const world = worldOn();
    const storages = await backups.storages(site, world);
    const assumed = await planRestore(world, { storages, rateFile });
    expect(assumed.expectedSeconds).toBeGreaterThan(0);
    await writeFile(rateFile, '{"version":1,"factor":3}');
    const known = await planRestore(world, { storages, rateFile });
    expect(known.expectedSeconds).toBeCloseTo(3 * assumed.expectedSeconds, 9);
    await writeFile(rateFile, '{"factor":"x"');
    expect((await planRestore(world, { storages, rateFile })).expectedSeconds).toBe(assumed.expectedSeconds);
  });

  test('record how long it took, where that says something', async () => {
    const path = join(await temporaryDirectory(), 'rate');
    const amount = { dataBytes: 240e6, blobBytes: 100e6, blobFiles: 4000 };
    const { fs } = worldOn();
    await recordFactor(fs, path, { ...amount, dataBytes: 0, blobBytes: 1000 }, 100);
    expect(await readFactor(fs, path)).toBe(1);
    await recordFactor(fs, path, amount, 2 * expectedSeconds(amount, 1));
    expect(await readFactor(fs, path)).toBeCloseTo(2, 9);
  });

  test('name the persistent caches that must go, and what was kept', async () => {
    const site = await Site.make();
    await mkdir(join(site.directory, 'instance'));
    await writeFile(join(site.directory, 'instance', 'client1-1.zec'), '');
    const { advice } = await backups.restore(site);
    expect(advice.join('\n')).toContain(join(site.directory, 'instance', 'client1-1.zec'));
    expect(advice.findIndex((line) => line.includes('.zec'))).toBeLessThan(
      advice.indexOf('Start ZEO first, then Zope.'),
    );
    expect(advice.at(-1)).toContain(`${site.places('main').blobStorage}.old`);
  });
});
