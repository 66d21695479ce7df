import { execFile } from 'node:child_process';
import { chmod, lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import { describe, expect, test } from 'vitest';
import { readConfiguration } from '../src/config/read.js';
import { type InitRequest, planInit } from '../src/init/plan.js';
import { applyWrites } from '../src/init/write.js';
import { siteWith } from './site.js';

const PROGRAM = ['/usr/bin/node', '/opt/hold fast/holdfast.js'];

const plan = (cwd: string, request: Partial<InitRequest> = {}) =>
  planInit(nodeFileSystem, { cwd, program: PROGRAM, env: { HOME: '/home/admin' }, ...request });

async function init(cwd: string, request: Partial<InitRequest> = {}) {
  const made = await plan(cwd, request);
  await applyWrites(nodeFileSystem, made.writes);
  return made;
}

const read = (cwd: string) => readConfiguration(nodeFileSystem, { cwd, env: { HOME: '/home/admin' } });

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'none';
  } catch (error) {
    return isHoldfastError(error) ? `${error.code}: ${error.message}` : String(error);
  }
}

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

const ZOPE_CONF = `
%define INSTANCE /srv/zope
<zodb_db main>
  <blobstorage>
    blob-dir $INSTANCE/var/blobstorage
    <filestorage>
      path $INSTANCE/var/filestorage/Data.fs
    </filestorage>
  </blobstorage>
  mount-point /
</zodb_db>
<zodb_db catalog>
  <zlibstorage>
    <filestorage>
      path var/cat$$.fs
    </filestorage>
  </zlibstorage>
  mount-point /Plone/catalog:/catalog
</zodb_db>
<zodb_db sessions>
  <temporarystorage/>
  mount-point /temp
</zodb_db>
`;

describe('from zope.conf or zeo.conf', () => {
  test('the storages, the one at / first', async () => {
    const site = await siteWith({ 'etc/zope.conf': ZOPE_CONF });
    const { toml, notes, warnings } = await init(site, { source: 'etc/zope.conf' });
    expect(notes).toEqual([
      "zope.conf: the main storage 'main' is in /srv/zope/var/filestorage/Data.fs, with blobs in /srv/zope/var/blobstorage.",
      "zope.conf: the additional storage 'catalog' is in var/cat$.fs (compressed by zlibstorage, which makes no difference), without blobs.",
      '<temporarystorage> (line 21) keeps nothing on disk: there is nothing to back up.',
    ]);
    expect(warnings).toEqual([
      `var/cat$.fs is relative to the directory that Zope is started in; it is taken to be relative to ${site}.`,
    ]);
    expect(toml).toContain('[storages.catalog]\ndatafs = "var/cat$$.fs"');
    const { storages } = await read(site);
    expect(storages.map(({ name, datafs, blobStorage }) => [name, datafs, blobStorage])).toEqual([
      ['catalog', join(site, 'var/cat$.fs'), undefined],
      ['main', '/srv/zope/var/filestorage/Data.fs', '/srv/zope/var/blobstorage'],
    ]);
  });

  test('a client of a ZEO server is told where to go', async () => {
    const site = await siteWith({
      'zope.conf':
        '<zodb_db main>\n<zeoclient>\nserver zeo.example:8100\n</zeoclient>\nmount-point /\n</zodb_db>\n',
    });
    const error = await plan(site, { source: 'zope.conf' }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'init.unreadable',
      message: expect.stringContaining('only has clients of a ZEO server (zeo.example:8100)'),
      hint: 'Run `holdfast init` on the machine of the ZEO server, with its zeo.conf.',
    });
  });

  test('RelStorage: its blobs, where the clients share them', async () => {
    const relstorage = (more: string) =>
      `<zodb_db main>\n<relstorage>\nblob-dir /srv/blobs\n${more}\n<postgresql>\ndsn x\n</postgresql>\n</relstorage>\nmount-point /\n</zodb_db>\n`;
    const site = await siteWith({
      'shared.conf': relstorage(''),
      'cache.conf': relstorage('shared-blob-dir false'),
    });
    const { toml } = await plan(site, { source: 'shared.conf' });
    expect(toml).toContain('blob_storage = "/srv/blobs"');
    expect(toml).toContain('only_blobs = true');
    expect(await refusal(plan(site, { source: 'cache.conf' }))).toContain('no storage that can be backed up');
  });

  test('names that are taken or cannot be part of a directory get others', async () => {
    const storage = (name: string) =>
      `<filestorage ${name}>\npath /s/${encodeURIComponent(name)}.fs\n</filestorage>\n`;
    const site = await siteWith({ 'zeo.conf': ['main', 'Data', 'a/b', 'a_b'].map(storage).join('') });
    await init(site, { source: 'zeo.conf' });
    const { storages } = await read(site);
    expect(storages.map(({ name }) => name)).toEqual(['data_2', 'a_b', 'a_b_2', 'main']);
  });

  test.each([
    ['<a>\n', 'zope.conf, line 1: <a> is not ended'],
    ['path $nowhere\n', "line 1: '$nowhere' is not defined"],
    ['path $(NOWHERE)\n', 'line 1: the environment variable NOWHERE is not set'],
    ['\n%include nope.conf\n', 'nope.conf: there is no such file ('],
    ['%include zope.conf\n', 'files include each other'],
    ['%include http://x/y.conf\n', "'http://x/y.conf' is not a file on this machine"],
    ['<filestorage>\n</filestorage>\n', 'line 1: <filestorage> has no path'],
  ])('%j', async (text, message) => {
    const site = await siteWith({ 'zope.conf': text });
    const said = await refusal(plan(site, { source: 'zope.conf' }));
    expect(said).toMatch(/^init\.unreadable: /);
    expect(said).toContain(message);
  });
});

describe('from a buildout', () => {
  test('several storages and their sources, as the recipe before 5 had them; relative locations as before 4', async () => {
    const site = await siteWith({
      'buildout.cfg': `
[buildout]
parts = backup
versions = versions
[versions]
collective.recipe.backup = 2.20
[backup]
recipe = collective.recipe.backup
location = backups of mine
blob-storage = var/blobs
additional_filestorages =
    catalog
    users var/users/Users.fs var/users/blobs
alternative_restore_sources =
    1 /p/data /p/blobs
    catalog /p/catalog
    users /p/users /p/users-blobs
gzip_blob = true
enable_fullbackup = false
colour = red
`,
    });
    const { warnings, toml } = await init(site, { source: 'buildout.cfg' });
    expect(warnings).toEqual(['[backup] colour is no option of the recipe; it is left out.']);
    expect(toml).toContain('Data = ["/p/data", "/p/blobs"]');
    const { storages, options } = await read(site);
    const [catalog, users, main] = storages;
    expect(main).toMatchObject({
      blobStorage: join(site, 'var/blobs'),
      places: { backup: { filestorage: join(site, 'backups of mine') } },
      alternative: { filestorage: '/p/data', blobs: '/p/blobs' },
    });
    expect(catalog).toMatchObject({
      datafs: join(site, 'var/filestorage/catalog.fs'),
      blobStorage: undefined,
    });
    expect(users).toMatchObject({
      datafs: join(site, 'var/users/Users.fs'),
      blobStorage: join(site, 'var/users/blobs'),
      places: { backup: { filestorage: join(site, 'backups of mine_users') } },
    });
    expect(options).toMatchObject({ archiveBlob: true, enable: { fullbackup: false } });
  });

  test('what cannot be known is told, all at once', async () => {
    const site = await siteWith({
      'buildout.cfg': `[buildout]\nextends = https://dist.plone.org/release/6.0/versions.cfg\nparts = backup\n[backup]\nrecipe = collective.recipe.backup\nlocation = \${settings:backups}\ndatafs = \${zeo:location}/Data.fs\nblob_storage = $NO_SUCH/blobs\n[zeo]\n`,
    });
    const said = await refusal(plan(site, { source: 'buildout.cfg' }));
    expect(said).toContain(`[backup] location: \${settings:backups}: there is no part [settings]`);
    expect(said).toContain(`[backup] datafs: \${zeo:location} is not set in the files that were read`);
    expect(said).toContain('[backup] blob_storage: $NO_SUCH/blobs: the variable NO_SUCH is not set');
  });

  test('a file on the network is not read, and this is said', async () => {
    const site = await siteWith({
      'buildout.cfg':
        '[buildout]\nextends = https://dist.plone.org/release/6.0/versions.cfg\nparts = backup\n[backup]\nrecipe = collective.recipe.backup\nblob_storage = var/blobstorage\n',
    });
    const { warnings } = await plan(site, { source: 'buildout.cfg' });
    expect(warnings).toEqual([
      expect.stringContaining('versions.cfg is not read: what it sets is not known here.'),
    ]);
  });

  test('which part', async () => {
    const part = (name: string) => `[${name}]\nrecipe = collective.recipe.backup\nblob_storage = var/b\n`;
    const site = await siteWith({
      'two.cfg': `[buildout]\nparts = one two\n${part('one')}${part('two')}${part('three')}`,
      'none.cfg': '[buildout]\nparts =\n',
    });
    expect(await refusal(plan(site, { source: 'two.cfg' }))).toContain('it has [one], [two], [three]');
    expect(await refusal(plan(site, { source: 'two.cfg', part: 'four' }))).toContain('[four] is no part of');
    expect(await refusal(plan(site, { source: 'none.cfg' }))).toContain(
      'no part uses collective.recipe.backup',
    );
    expect((await plan(site, { source: 'two.cfg', part: 'three' })).toml).toContain('name = "three"');
  });

  test('what the recipe would refuse too is told before the first backup', async () => {
    const site = await siteWith({
      'buildout.cfg':
        '[buildout]\nparts = backup\n[backup]\nrecipe = collective.recipe.backup\nbackup_blobs = false\nlocation = /x\nsnapshotlocation = /x\n',
    });
    const { warnings } = await plan(site, { source: 'buildout.cfg' });
    expect(warnings).toEqual([
      'To be corrected before the first backup: snapshotlocation: must be another place than location: both are /x',
    ]);
  });
});

describe('scripts', () => {
  const scripts = async (toml: string) => {
    const site = await siteWith({ 'holdfast.toml': toml });
    return (await plan(site, { scripts: 'bin' })).scripts.map(({ name }) => name);
  };

  test('the names of the recipe, as far as they are enabled', async () => {
    expect(await scripts('')).toEqual([
      'backup',
      'fullbackup',
      'snapshotbackup',
      'restore',
      'snapshotrestore',
    ]);
    expect(
      await scripts(
        'name = "plonebackup"\nblob_storage = "b"\nenable_zipbackup = true\nalternative_restore_source = "Data /a /b"',
      ),
    ).toEqual([
      'plonebackup',
      'plonebackup-full',
      'plonebackup-snapshot',
      'plonebackup-zip',
      'plonebackup-restore',
      'plonebackup-snapshotrestore',
      'plonebackup-ziprestore',
      'plonebackup-altrestore',
    ]);
    expect(await scripts('enable_fullbackup = false\nenable_snapshotrestore = false')).toEqual([
      'backup',
      'snapshotbackup',
      'restore',
    ]);
  });

  test('beside a configuration that is there: it stays', async () => {
    const site = await siteWith({ 'holdfast.toml': '# mine\n' });
    const { toml } = await init(site, { scripts: 'bin' });
    expect(toml).toBeUndefined();
    expect(await readFile(join(site, 'holdfast.toml'), 'utf8')).toBe('# mine\n');
    expect((await lstat(join(site, 'bin/backup'))).mode & 0o777).toBe(0o755);
  });

  test('run the command with the configuration, their options and their status', async () => {
    const site = await siteWith({ 'with blank/holdfast.toml': '', "with blank/it's/": '', 'path/': '' });
    const cwd = join(site, 'with blank');
    const fake = '#!/bin/sh\nprintf "%s|" "$0" "$@"\nexit 3\n';
    await init(cwd, { scripts: "it's", program: [join(site, 'own program'), 'main.js'] });
    for (const name of ['path/holdfast', 'own program']) {
      await writeFile(join(site, name), fake);
      await chmod(join(site, name), 0o755);
    }
    const run = async (PATH: string) => {
      const script = join(cwd, "it's/restore");
      const failed = await promisify(execFile)(script, ['2026-01-01', '-n', 'a b'], { env: { PATH } }).catch(
        (error: { readonly code: number; readonly stdout: string }) => error,
      );
      return 'code' in failed ? [failed.code, failed.stdout.replaceAll(site, 'SITE')] : [];
    };
    const handed = 'restore|--config|SITE/with blank/holdfast.toml|2026-01-01|-n|a b|';
    expect(await run(`${join(site, 'path')}:/bin`)).toEqual([3, `SITE/path/holdfast|${handed}`]);
    expect(await run('/nowhere')).toEqual([3, `SITE/own program|main.js|${handed}`]);
  });

  test('a script called holdfast does not call itself', async () => {
    const site = await siteWith({ 'holdfast.toml': 'name = "holdfast"' });
    const { scripts: made } = await plan(site, { scripts: 'bin' });
    expect(made[0]).toMatchObject({ name: 'holdfast' });
    expect(made[0]?.text).not.toContain('exec holdfast');
  });

  test('a script of somebody else is kept, once', async () => {
    const site = await siteWith({ 'holdfast.toml': '', 'bin/backup': '#!/usr/bin/python\n# of buildout\n' });
    const { writes } = await init(site, { scripts: 'bin' });
    expect(writes[0]).toMatchObject({ action: 'replace', keepAs: join(site, 'bin/backup.before-holdfast') });
    expect(await readFile(join(site, 'bin/backup.before-holdfast'), 'utf8')).toContain('of buildout');
    expect(await readFile(join(site, 'bin/backup'), 'utf8')).toContain('exec holdfast backup --config');

    await writeFile(join(site, 'bin/backup'), '#!/usr/bin/python\n# again\n');
    expect(await refusal(init(site, { scripts: 'bin' }))).toContain('bin/backup is not Holdfast');
    await init(site, { scripts: 'bin', force: true });
    expect(await readFile(join(site, 'bin/backup.before-holdfast.2'), 'utf8')).toContain('# again');
    expect(await readFile(join(site, 'bin/backup.before-holdfast'), 'utf8')).toContain('of buildout');
  });

  test('one that a killed run had kept already is replaced', async () => {
    const foreign = '#!/usr/bin/python\n# of buildout\n';
    const files = { 'holdfast.toml': '', 'bin/backup': foreign, 'bin/backup.before-holdfast': foreign };
    const site = await siteWith(files);
    await init(site, { scripts: 'bin' });
    expect(await readFile(join(site, 'bin/backup'), 'utf8')).toContain('exec holdfast backup');
    expect((await readdir(join(site, 'bin'))).filter((name) => name.startsWith('backup'))).toEqual([
      'backup',
      'backup.before-holdfast',
    ]);
  });

  test('our own are brought up to date without being kept', async () => {
    const site = await siteWith({ 'holdfast.toml': '' });
    await init(site, { scripts: 'bin' });
    await init(site, { scripts: 'bin', program: ['/other/holdfast'] });
    expect((await readdir(join(site, 'bin'))).filter((name) => name.includes('before'))).toEqual([]);
    expect(await readFile(join(site, 'bin/backup'), 'utf8')).toContain('exec /other/holdfast backup');
  });

  test('a directory in the place of a script is refused, nothing is changed', async () => {
    const site = await siteWith({ 'holdfast.toml': '' });
    await mkdir(join(site, 'bin/restore'), { recursive: true });
    expect(await refusal(init(site, { scripts: 'bin' }))).toContain('fs.not-a-regular-file');
    expect(await readdir(join(site, 'bin'))).toEqual(['restore']);
  });
});
