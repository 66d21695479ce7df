import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { describe, expect, test } from 'vitest';
import { readConfiguration } from '../src/config/read.js';
import { siteWith } from './site.js';
import { init, plan, read, refusal } from './support/init-run.js';

describe('from the site as it is', () => {
  test("writes what was found, with the recipe's default places", async () => {
    const site = await siteWith({ 'var/filestorage/Data.fs': 'FS30', 'var/blobstorage/.layout': 'bushy' });
    const before = await read(site);
    const { toml, notes, writes } = await init(join(site, 'var'));
    expect(toml).toContain('datafs = "var/filestorage/Data.fs"\nblob_storage = "var/blobstorage"\n');
    expect(notes).toEqual([
      `The storage ${site}/var/filestorage/Data.fs was found.`,
      `The blob storage ${site}/var/blobstorage was found.`,
    ]);
    expect(writes).toMatchObject([{ path: join(site, 'holdfast.toml'), action: 'create' }]);
    expect(await readFile(join(site, 'holdfast.toml'), 'utf8')).toBe(toml);
    expect(await read(site)).toEqual({ ...before, file: join(site, 'holdfast.toml') });
  });

  test('asks about other storages that lie there', async () => {
    const files = {
      'var/filestorage/Data.fs': '',
      'var/filestorage/catalog.fs': '',
      'var/filestorage/Data.fs.old': '',
    };
    const { warnings } = await plan(await siteWith(files));
    expect(warnings).toEqual([
      'catalog.fs lies beside the Data.fs: if it is a storage in use, it needs a table [storages.…].',
    ]);
  });

  test('planning writes nothing', async () => {
    const site = await siteWith({});
    await plan(site, { scripts: 'bin' });
    expect(await readdir(site)).toEqual(['var']);
  });

  test('another place: the file says which site it is of', async () => {
    const site = await siteWith({ 'var/filestorage/Data.fs': 'FS30' });
    const { toml } = await init(site, { output: 'conf/site.toml' });
    expect(toml).toContain('site = ".."');
    const file = join(site, 'conf/site.toml');
    expect(await readConfiguration(nodeFileSystem, { cwd: '/', file, env: {} })).toMatchObject({ site });
    expect((await init(site, { output: 'etc/holdfast.toml' })).toml).not.toContain('site =');
  });

  test('a configuration that is there is only replaced by force, and kept', async () => {
    const site = await siteWith({ 'holdfast.toml': '# mine\n' });
    expect(await refusal(init(site))).toBe(`init.exists: ${site}/holdfast.toml is there already`);
    expect(await readFile(join(site, 'holdfast.toml'), 'utf8')).toBe('# mine\n');
    await init(site, { force: true });
    expect(await readFile(join(site, 'holdfast.toml.old'), 'utf8')).toBe('# mine\n');
    await writeFile(join(site, 'holdfast.toml'), '# another\n');
    await init(site, { force: true });
    expect(await readFile(join(site, 'holdfast.toml.old.2'), 'utf8')).toBe('# another\n');
  });

  test('the configuration in etc is the one that is there', async () => {
    const site = await siteWith({ 'etc/holdfast.toml': '' });
    expect(await refusal(init(site))).toBe(`init.exists: ${site}/etc/holdfast.toml is there already`);
  });

  test('only a buildout has parts', async () => {
    const site = await siteWith({ 'zeo.conf': '' });
    expect(await refusal(plan(site, { part: 'backup' }))).toContain('usage: ');
    expect(await refusal(plan(site, { part: 'backup', source: 'zeo.conf' }))).toContain('usage: ');
  });

  test('a second time, nothing is to be done', async () => {
    const site = await siteWith({});
    await init(site, { scripts: 'bin' });
    const { writes } = await plan(site, { scripts: 'bin' });
    expect(writes.map(({ action }) => action)).toEqual(writes.map(() => 'none'));
  });
});
