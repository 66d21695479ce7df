import { spawnSync } from 'node:child_process';
import { chmod, chown, mkdir, readdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StorageLock } from '@holdfast/lockfile';
import { FaultyFileSystem, sweepCrashes, temporaryDirectory, whenDone } from '@holdfast/test-kit';
import { beforeAll, describe, expect, test } from 'vitest';
import { planRestore, recoverRestore, restoreSet } from '../src/restore/index.js';
import { Backups, Site, type State, stateOf, worldOn } from './support/restore-site.js';

let backups: Backups;
let fresh: State;
beforeAll(async () => {
  backups = await Backups.make();
  fresh = await backups.content();
});

const isRoot = process.getuid?.() === 0;

/** Mounts a small file system over a directory until the test ends; the reason where that is not possible. */
function mountOver(directory: string, ...args: string[]): string | undefined {
  const { status, stderr } = spawnSync('mount', [...args, directory], { encoding: 'utf8' });
  if (status !== 0) return stderr;
  whenDone(() => void spawnSync('umount', [directory]));
  return undefined;
}

const TMPFS = ['-t', 'tmpfs', '-o', 'size=2m,mode=0750', 'none'];

async function planFor(site: Site, fs = new FaultyFileSystem(), more = {}) {
  const world = worldOn(fs);
  return planRestore(world, { storages: await backups.storages(site, world), ...more });
}

describe('a blob directory that is a mount point', () => {
  test.skipIf(!isRoot)('is filled from within, and what was there is kept within', async (context) => {
    const site = await Site.make();
    const { blobStorage } = site.places('main');
    const reason = mountOver(blobStorage, ...TMPFS);
    if (reason !== undefined) return context.skip(reason);
    await writeFile(join(blobStorage, 'old.blob'), 'an old blob');
    await mkdir(join(blobStorage, 'lost+found'));
    const report = await backups.restore(site);
    expect(await site.state()).toEqual(fresh);
    expect(await site.leftovers()).toEqual([]);
    expect((await readdir(blobStorage)).sort()).toEqual(['.holdfast-old', '.layout', '0x01', 'lost+found']);
    expect(report.storages[1]!.blobs!.old).toBe(join(blobStorage, '.holdfast-old'));
    expect(await readdir(join(blobStorage, '.holdfast-old'))).toEqual(['old.blob']);
    expect((await backups.restore(site)).storages[1]!.blobs!.old).toBe(join(blobStorage, '.holdfast-old.2'));
    expect(await site.state()).toEqual(fresh);
  });

  test.skipIf(!isRoot)(
    'is wholly old or wholly new after a kill at any call of the swap',
    async (context) => {
      const site = await Site.make();
      const { blobStorage } = site.places('main');
      const reason = mountOver(blobStorage, ...TMPFS);
      if (reason !== undefined) return context.skip(reason);
      const storages = [{ name: 'main', ...site.places('main') }];
      const old = { data: 'FS30 old', blob: 'an old blob' };
      const seen = new Set<string>();
      const onlyMain = async (fs: FaultyFileSystem) => {
        const world = worldOn(fs);
        const all = await backups.storages(site, world);
        return restoreSet(world, await planRestore(world, { storages: all.slice(1), replace: true }));
      };
      await sweepCrashes({
        prepare: async () => {
          spawnSync('find', [blobStorage, '-mindepth', '1', '-delete']);
          await writeFile(join(blobStorage, 'old.blob'), old.blob);
          await writeFile(storages[0]!.datafs, old.data);
        },
        run: (fs) => onlyMain(fs),
        check: async () => {
          await recoverRestore(worldOn(), { storages });
          const names = (await readdir(blobStorage)).sort();
          const isOld = (await readFile(storages[0]!.datafs, 'utf8')) === old.data;
          seen.add(isOld ? 'old' : 'new');
          expect(names).toEqual(isOld ? ['old.blob'] : ['.layout', '0x01']);
          if (!isOld) expect(await stateOf(storages[0]!.datafs, blobStorage)).toEqual(fresh.main);
          expect(await site.leftovers()).toEqual([]);
        },
      });
      expect(seen.size).toBe(2);
    },
  );

  test.skipIf(!isRoot)('that is read-only is refused before anything is written', async (context) => {
    const site = await Site.make();
    const { blobStorage } = site.places('main');
    const reason = mountOver(blobStorage, '-t', 'tmpfs', '-o', 'ro', 'none');
    if (reason !== undefined) return context.skip(reason);
    const { problems } = await planFor(site);
    expect(problems.map(({ code, path }) => [code, path])).toEqual([['fs.read-only', blobStorage]]);
  });
});

test.skipIf(!isRoot)('a Data.fs that is itself a mount point is refused', async (context) => {
  const site = await Site.make();
  const { datafs } = site.places('main');
  await writeFile(join(site.directory, 'other'), 'FS30');
  const reason = mountOver(datafs, '--bind', join(site.directory, 'other'));
  if (reason !== undefined) return context.skip(reason);
  expect((await planFor(site)).problems.map(({ code }) => code)).toEqual(['restore.mount-point']);
});

describe('symbolic links', () => {
  test('stay: what they lead to is replaced', async () => {
    const site = await Site.make();
    const { datafs, blobStorage } = site.places('main');
    const disk = join(site.directory, 'disk');
    await mkdir(disk);
    await rename(datafs, join(disk, 'real.fs'));
    await rename(blobStorage, join(disk, 'real-blobs'));
    await symlink('../disk/real.fs', datafs);
    await symlink('disk/real-blobs', blobStorage);
    await writeFile(join(disk, 'real.fs.index'), 'a stale index');
    await backups.restore(site);
    expect(await site.state()).toEqual(fresh);
    expect((await readdir(disk)).sort()).toEqual([
      'real-blobs',
      'real-blobs.old',
      'real.fs',
      'real.fs.old',
      'real.fs.old.index',
    ]);
    expect(
      (await readdir(join(site.directory, 'filestorage'))).filter((name) => name.startsWith('Data.fs')),
    ).toEqual(['Data.fs', 'Data.fs.index', 'Data.fs.lock']);
    const index = await readFile(join(site.directory, 'filestorage', 'Data.fs.index'), 'latin1');
    expect(index).not.toBe('the old index');
    expect(await site.leftovers()).toEqual([]);
  });

  test('that lead nowhere are refused: the disk may not be mounted', async () => {
    const site = await Site.empty();
    await symlink('../missing/Data.fs', site.places('main').datafs);
    await mkdir(join(site.directory, 'missing'));
    await symlink('missing/blobs', site.places('main').blobStorage);
    const { problems } = await planFor(site);
    expect(problems.map(({ code, path }) => [code, path])).toEqual([
      ['fs.not-found', site.places('main').datafs],
      ['fs.not-found', site.places('main').blobStorage],
    ]);
  });

  test('to blobs are recovered also while the kill has left them leading nowhere', async () => {
    const site = await Site.make();
    const { blobStorage } = site.places('main');
    await rename(blobStorage, join(site.directory, 'real-blobs'));
    await symlink('real-blobs', blobStorage);
    const fs = new FaultyFileSystem().crashAfter('rename', { path: /real-blobs\.old$/ });
    const world = worldOn(fs);
    const blobs = (await backups.storages(site, world)).map(({ name, blobs: source }) => ({
      ...site.places(name),
      name,
      blobs: source,
    }));
    await expect(restoreSet(world, await planRestore(world, { storages: blobs }))).rejects.toThrow();
    await expect(stat(blobStorage)).rejects.toThrow();
    const { outcome } = await recoverRestore(worldOn(), { storages: site.all });
    expect(outcome).toBe('finished');
    expect((await site.state()).main!.blobs).toEqual(fresh.main!.blobs);
    expect(await site.leftovers()).toEqual([]);
  });
});

describe('--to DIR', () => {
  test('restores everything into a directory that is made for it', async () => {
    const site = await Site.make();
    const before = await site.state();
    const to = join(await temporaryDirectory(), 'deep', 'place');
    const { advice } = await backups.restore(site, new FaultyFileSystem(), { to });
    expect(await stateOf(join(to, 'Data.fs'), join(to, 'blobstorage'))).toEqual(fresh.main);
    expect(await stateOf(join(to, 'catalog/Data.fs'), join(to, 'catalog/blobstorage'))).toEqual(
      fresh.catalog,
    );
    expect((await readdir(to)).sort()).toEqual(['Data.fs', 'Data.fs.index', 'blobstorage', 'catalog']);
    expect(await site.state()).toEqual(before);
    expect(advice).toEqual(['Nothing of the site was touched.']);
  });

  test('refuses a directory that holds something', async () => {
    const to = await temporaryDirectory();
    await writeFile(join(to, 'precious'), '');
    await expect(backups.restore(await Site.make(), new FaultyFileSystem(), { to })).rejects.toMatchObject({
      code: 'restore.not-empty',
      message: expect.stringContaining('precious'),
    });
    expect(await readdir(to)).toEqual(['precious']);
  });

  test('leaves no directory behind when it fails', async () => {
    const above = await temporaryDirectory();
    const fs = new FaultyFileSystem().fail('sync', 'EIO', { nth: 5 });
    await expect(backups.restore(await Site.make(), fs, { to: join(above, 'new') })).rejects.toMatchObject({
      code: 'fs.io',
    });
    expect(await readdir(above)).toEqual([]);
  });

  test('goes on in what a killed one left', async () => {
    const site = await Site.make();
    const to = join(await temporaryDirectory(), 'new');
    const fs = new FaultyFileSystem();
    const dying = worldOn(fs, {
      failpoint: (name) => (name === 'after:seal-restored' ? fs.crash(name) : undefined),
    });
    await expect(backups.restore(site, fs, { to }, dying)).rejects.toThrow();
    expect(await readdir(to)).not.toEqual([]);
    await backups.restore(site, new FaultyFileSystem(), { to });
    expect(await stateOf(join(to, 'Data.fs'), join(to, 'blobstorage'))).toEqual(fresh.main);
    expect((await readdir(to)).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});

describe('what stands in the way', () => {
  test('is reported all at once, and nothing is touched', async () => {
    const site = await Site.make();
    const before = await site.state();
    await using _zeo = await StorageLock.acquire(site.places('catalog').datafs);
    const { blobStorage } = site.places('main');
    await rename(blobStorage, `${blobStorage}-moved`);
    await writeFile(blobStorage, 'a file');
    const fs = new FaultyFileSystem();
    const small = Object.assign(Object.create(fs) as FaultyFileSystem, {
      freeSpace: async () => ({ freeBytes: 10 }),
    });
    const plan = await planFor(site, small);
    expect(plan.problems.map(({ code }) => code).sort()).toEqual([
      'fs.exists',
      'fs.no-space',
      'restore.target-in-use',
    ]);
    expect(plan.problems[0]!.message).toContain(String(process.pid));
    await expect(restoreSet(worldOn(fs), plan)).rejects.toMatchObject({
      code: 'restore.not-possible',
      details: { problems: expect.arrayContaining([expect.stringContaining('10 bytes free')]) },
    });
    expect(fs.calls.filter(({ method }) => ['create', 'makeDirectory', 'rename'].includes(method))).toEqual(
      [],
    );
    await rename(`${blobStorage}-moved`, `${blobStorage}-2`);
    expect(before.main!.data).toBe((await stateOf(site.places('main').datafs, `${blobStorage}-2`)).data);
  });

  test('a storage that somebody holds open is refused as in use', async () => {
    const site = await Site.make();
    await using _zodb = await StorageLock.acquire(site.places('main').datafs);
    await expect(backups.restore(site)).rejects.toMatchObject({ code: 'restore.target-in-use' });
    expect(await site.leftovers()).toEqual([]);
  });

  test('a second restore to the same place is refused while the first is at work', async () => {
    const site = await Site.empty();
    let second: unknown;
    await backups.restore(site, new FaultyFileSystem(), {
      checkPair: async () => {
        second ??= await backups.restore(site).catch((error: unknown) => error);
        return [];
      },
    });
    expect(second).toMatchObject({
      code: 'restore.target-in-use',
      message: expect.stringContaining(String(process.pid)),
    });
    expect(await site.state()).toEqual(fresh);
    expect(await site.leftovers()).toEqual([]);
  });

  test('backups within the blob directory that would be replaced', async () => {
    const site = await Site.make();
    const world = worldOn();
    const [catalog, main] = await backups.storages(site, world);
    const inside = { ...main!, blobStorage: backups.directory };
    const { problems } = await planRestore(world, { storages: [catalog!, inside] });
    expect(problems.map(({ code }) => code)).toEqual(Array(4).fill('restore.overlap'));
  });

  test('storages that are called as what the main one needs get other names in a directory', async () => {
    const directory = join(await temporaryDirectory(), 'new');
    const world = worldOn();
    const [catalog, main] = await backups.storages(await Site.make(), world);
    const others = ['Data.fs', 'storage-Data.fs', 'blobstorage'].map((name) => ({ ...catalog!, name }));
    const request = { storages: [...others, main!], to: directory };
    await restoreSet(world, await planRestore(world, request));
    const names = ['storage-Data.fs', 'storage-blobstorage', 'storage-storage-Data.fs'];
    expect((await readdir(directory)).sort()).toEqual(['Data.fs', 'Data.fs.index', 'blobstorage', ...names]);
    for (const name of names) {
      const own = join(directory, name);
      expect(await stateOf(join(own, 'Data.fs'), join(own, 'blobstorage'))).toEqual(fresh.catalog);
    }
    expect(await stateOf(join(directory, 'Data.fs'), join(directory, 'blobstorage'))).toEqual(fresh.main);
  });

  test('two storages with one target', async () => {
    const site = await Site.make();
    const world = worldOn();
    const [catalog, main] = await backups.storages(site, world);
    const { problems } = await planRestore(world, {
      storages: [{ ...catalog!, datafs: main!.datafs }, main!],
    });
    expect(problems.map(({ message }) => message)).toEqual([
      `two storages would be restored to ${main!.datafs}`,
    ]);
  });
});

test.skipIf(!isRoot)('by root gives everything to the owner of what was there', async () => {
  const site = await Site.make();
  const { datafs, blobStorage } = site.places('main');
  await chown(datafs, 12345, 12346);
  await chown(blobStorage, 12345, 12346);
  await chmod(datafs, 0o4640);
  await backups.restore(site);
  for (const path of [datafs, `${datafs}.index`, blobStorage, join(blobStorage, '0x01')])
    expect(await stat(path)).toMatchObject({ uid: 12345, gid: 12346 });
  expect((await stat(datafs)).mode & 0o7777).toBe(0o640);
});

test('no restored file is a link to a backup', async () => {
  const site = await Site.make();
  await backups.restore(site);
  for (const { datafs, blobStorage } of site.all) {
    const blobs = (await readdir(blobStorage, { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    );
    for (const path of [datafs, ...blobs.map(({ parentPath, name }) => join(parentPath, name))])
      expect((await stat(path)).nlink, path).toBe(1);
  }
});
