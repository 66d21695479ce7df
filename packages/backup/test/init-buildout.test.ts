import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { siteWith } from './site.js';
import { init, plan, read, refusal } from './support/init-run.js';

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
