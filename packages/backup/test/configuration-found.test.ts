import { chmod, chown, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { describe, expect, test } from 'vitest';
import { readConfiguration } from '../src/config/read.js';
import { HOME, rootedAt, siteWith } from './site.js';
import { codeOf, main, read } from './support/read-configuration.js';

describe('where the configuration is found', () => {
  test('without a file: the default places of the recipe, from any directory below the site', async () => {
    const site = await siteWith({ 'var/log/': '' });
    const configuration = await read(join(site, 'var/log'));
    expect(configuration).toMatchObject({ file: undefined, site, name: 'backup' });
    expect(configuration.storages).toEqual([
      {
        name: 'main',
        datafs: join(site, 'var/filestorage/Data.fs'),
        blobStorage: undefined,
        places: {
          backup: { filestorage: join(site, 'var/backups'), blobs: join(site, 'var/blobstoragebackups') },
          snapshot: {
            filestorage: join(site, 'var/snapshotbackups'),
            blobs: join(site, 'var/blobstoragesnapshots'),
          },
          zip: { filestorage: join(site, 'var/zipbackups'), blobs: join(site, 'var/blobstoragezips') },
        },
        alternative: undefined,
      },
    ]);
  });

  test.each(['holdfast.toml', 'etc/holdfast.toml'])('%s: paths are relative to the site', async (name) => {
    const site = await siteWith({ [name]: 'datafs = "db/Data.fs"', 'parts/instance/': '' });
    const configuration = await read(join(site, 'parts/instance'));
    expect(configuration).toMatchObject({ file: join(site, name), site });
    expect(main(configuration).datafs).toBe(join(site, 'db/Data.fs'));
  });

  test('a file in etc without a var beside it is none of a site', async () => {
    const site = await siteWith({ 'app/etc/holdfast.toml': '', 'app/src/': '' });
    expect((await read(join(site, 'app/src'))).file).toBeUndefined();
  });

  test('a site without a file is not given the file of a directory above', async () => {
    const site = await siteWith({ 'holdfast.toml': 'keep = 9', 'inner/var/filestorage/': '' });
    expect(await read(join(site, 'inner'))).toMatchObject({ file: undefined, site: join(site, 'inner') });
  });

  test('a given file: site says which directory it is of, relative to the file', async () => {
    const site = await siteWith({ 'conf/prod.toml': 'site = ".."' });
    expect(await read('/', join(site, 'conf/prod.toml'))).toMatchObject({ site });
    expect(await read(join(site, 'conf'), 'prod.toml')).toMatchObject({ site });
  });

  test('a given site: its default places, whatever file there is', async () => {
    const site = await siteWith({ 'holdfast.toml': 'keep = 9' });
    const found = await readConfiguration(nodeFileSystem, { cwd: '/', site });
    expect(found).toMatchObject({ file: undefined, site, options: { keep: 2 } });
  });

  test('no site at all', async () => {
    expect(await codeOf(read('/proc/self'))).toBe('configuration.missing');
    expect(await codeOf(read('/proc/self', 'nope.toml'))).toBe('configuration.missing');
  });

  test('a file for the whole machine says which site it is of', async () => {
    const machine = await siteWith({ 'etc/holdfast.toml': 'keep = 4', 'srv/site/': '', 'home/joe/': '' });
    const rooted = (cwd: string) => readConfiguration(rootedAt(machine), { cwd, env: { HOME } });
    await expect(rooted('/home/joe')).rejects.toMatchObject({
      code: 'configuration.invalid',
      message: '/etc/holdfast.toml: site is missing: the directory that has the var of the site',
    });
    await writeFile(join(machine, 'etc/holdfast.toml'), 'site = "/srv/site"');
    const { file, site } = await rooted('/home/joe');
    expect([file, site]).toEqual(['/etc/holdfast.toml', '/srv/site']);
  });

  test('/var/backups alone, where Debian keeps other things, makes no site', async () => {
    const machine = await siteWith({ 'srv/var/filestorage/': '' });
    const inner = rootedAt(join(machine, 'srv'));
    expect(await codeOf(readConfiguration(inner, { cwd: '/', env: {} }))).toBe('none');
    const debian = await siteWith({ 'root/var/backups/': '', 'root/home/joe/': '' });
    const rooted = rootedAt(join(debian, 'root'));
    expect(await codeOf(readConfiguration(rooted, { cwd: '/home/joe', env: {} }))).toBe(
      'configuration.missing',
    );
    const site = await siteWith({ 'srv/var/backups/': '' });
    expect(await codeOf(readConfiguration(rootedAt(site), { cwd: '/srv', env: {} }))).toBe('none');
  });

  test('its commands are run, so a file that everybody can write is refused', async () => {
    const site = await siteWith({ 'holdfast.toml': '' });
    await chmod(join(site, 'holdfast.toml'), 0o666);
    expect(await codeOf(read(site))).toBe('configuration.not-trusted');
    expect(await codeOf(read(site, 'holdfast.toml'))).toBe('configuration.not-trusted');
  });

  test.runIf(process.getuid?.() === 0)("another user's file is refused, unless it was given", async () => {
    const site = await siteWith({ 'holdfast.toml': '' });
    await chown(join(site, 'holdfast.toml'), 12345, 12345);
    expect(await codeOf(read(site))).toBe('configuration.not-trusted');
    expect(await codeOf(read(site, 'holdfast.toml'))).toBe('none');
  });

  test('the file may be a link', async () => {
    const site = await siteWith({ 'conf/real.toml': 'keep = 5' });
    await symlink('conf/real.toml', join(site, 'holdfast.toml'));
    expect((await read(site)).options.keep).toBe(5);
  });
});
