import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FaultyFileSystem } from '@holdfast/test-kit';
import { beforeAll, describe, expect, test } from 'vitest';
import { Backups, Site } from './support/restore-site.js';

let backups: Backups;
beforeAll(async () => {
  backups = await Backups.make();
});

describe('a restore of a set', () => {
  test('puts Data.fs, index and blobs of every storage in place, and keeps what was there', async () => {
    const site = await Site.make();
    const old = await site.state();
    const report = await backups.restore(site);
    expect(await site.state()).toEqual(await backups.content());
    expect(await site.leftovers()).toEqual([]);
    const { datafs, blobStorage } = site.places('main');
    expect(await readFile(`${datafs}.old`, 'utf8')).toBe('FS30 the old file of main');
    expect(await readFile(`${datafs}.old.index`, 'utf8')).toBe('the old index');
    expect(await readdir(`${blobStorage}.old`)).toEqual(['.layout', '0x00']);
    expect(await readdir(join(site.directory, 'filestorage'))).toContain('Data.fs.index');
    expect(report.storages.map(({ name, data, blobs }) => [name, data?.old, blobs?.old])).toEqual(
      site.all.map(({ name, datafs: path, blobStorage: blobs }) => [name, `${path}.old`, `${blobs}.old`]),
    );
    expect(report.storages[1]!.blobs).toMatchObject({ files: 2, path: blobStorage });
    expect(old).not.toEqual(await site.state());
  });

  test('takes mode and owner of what was there', async () => {
    const site = await Site.make();
    await backups.restore(site);
    const { datafs, blobStorage } = site.places('main');
    expect((await stat(datafs)).mode & 0o7777).toBe(0o640);
    expect((await stat(`${datafs}.index`)).mode & 0o7777).toBe(0o640);
    expect((await stat(blobStorage)).mode & 0o777).toBe((await stat(`${blobStorage}.old`)).mode & 0o777);
  });

  test('with replace keeps nothing', async () => {
    const site = await Site.make();
    const report = await backups.restore(site, new FaultyFileSystem(), { replace: true });
    expect(await site.state()).toEqual(await backups.content());
    const names = [
      ...(await readdir(site.directory)),
      ...(await readdir(join(site.directory, 'filestorage'))),
    ];
    expect(names.filter((name) => name.includes('old') || name.startsWith('.holdfast'))).toEqual([]);
    expect(report.storages[0]!.data!.old).toBeUndefined();
  });

  test('to a place where nothing was', async () => {
    const site = await Site.empty();
    await backups.restore(site);
    expect(await site.state()).toEqual(await backups.content());
    expect(await site.leftovers()).toEqual([]);
  });
});
