import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { siteWith } from './site.js';
import { init, plan, read, refusal } from './support/init-run.js';

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

  test('without a blob directory a var/blobstorage that is there is not taken', async () => {
    const storage = '<filestorage 1>\npath /s/Data.fs\n</filestorage>\n';
    const site = await siteWith({ 'zeo.conf': storage, 'var/blobstorage/': '' });
    const { toml, warnings } = await init(site, { source: 'zeo.conf' });
    expect(warnings).toEqual([]);
    expect(toml).toContain('# zeo.conf names no blob directory\nbackup_blobs = false\n');
    expect((await read(site)).storages.map(({ blobStorage }) => blobStorage)).toEqual([undefined]);
  });

  test('where only additional storages have blobs, a var/blobstorage is warned of', async () => {
    const storages =
      '<filestorage 1>\npath /s/Data.fs\n</filestorage>\n<filestorage cat>\npath /s/cat.fs\nblob-dir /s/cat\n</filestorage>\n';
    const site = await siteWith({ 'zeo.conf': storages });
    const { toml, warnings } = await plan(site, { source: 'zeo.conf' });
    expect(toml).not.toContain('backup_blobs');
    expect(warnings).toEqual([expect.stringContaining(`${site}/var/blobstorage`)]);
  });

  test('a demostorage is refused with the storages in it', async () => {
    const layer = (name: string) => `<filestorage ${name}>\npath /s/${name}.fs\n</filestorage>\n`;
    const demo = `<demostorage>\n${layer('base')}${layer('changes')}</demostorage>\n`;
    const site = await siteWith({ 'zope.conf': `<zodb_db main>\n${demo}mount-point /\n</zodb_db>\n` });
    await expect(plan(site, { source: 'zope.conf' })).rejects.toMatchObject({
      code: 'init.unreadable',
      message: expect.stringMatching(/a <demostorage>, .* \(\/s\/base\.fs, \/s\/changes\.fs\)$/),
      hint: expect.stringContaining('datafs'),
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
