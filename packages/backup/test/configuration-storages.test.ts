import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configurationOf, problemsOf } from './site.js';
import { main } from './support/read-configuration.js';

describe('blobs of the main storage', () => {
  const blobs = async (toml: string, files: Readonly<Record<string, string>>) =>
    main((await configurationOf(toml, {}, files)).configuration).blobStorage?.replace(/.*\/var/, 'var');

  test('in var/blobstorage, if it is there', async () => {
    expect(await blobs('', { 'var/blobstorage/': '' })).toBe('var/blobstorage');
    expect(await blobs('', {})).toBeUndefined();
  });

  test('backups of blobs tell that there are blobs, though their directory is gone', async () => {
    expect(await blobs('', { 'var/blobstoragebackups/': '' })).toBe('var/blobstorage');
    expect(await blobs('location = "/elsewhere"', { 'var/blobstoragesnapshots/': '' })).toBe(
      'var/blobstorage',
    );
  });

  test('only_blobs without blobs, and contradictions', async () => {
    expect(await problemsOf('only_blobs = true')).toEqual([
      'line 1: only_blobs: is true, but there is no blob storage: set blob_storage (var/blobstorage is not there)',
    ]);
    expect(await problemsOf('backup_blobs = false\nonly_blobs = true\nenable_zipbackup = true\n')).toEqual([
      'line 2: only_blobs: cannot be true when backup_blobs is false: nothing would be backed up',
      'line 3: enable_zipbackup: cannot be true when backup_blobs is false: a zip backup is one of the blobs',
    ]);
    expect(
      await problemsOf('incremental_blobs = true\nblob_timestamps = false\narchive_blob = true'),
    ).toHaveLength(1);
    expect(await problemsOf('blob_format = "pool"\nblob_timestamps = false')).toHaveLength(1);
    expect(await problemsOf('blob_format = "pool"\narchive_blob = true')).toHaveLength(1);
  });
});

describe('several storages', () => {
  test('lines of the recipe and tables, in their order, the main one last', async () => {
    const { site, configuration } = await configurationOf(`
additional_filestorages = """
  # name [datafs [blobdir]]
  catalog
  extra  db/extra.fs  blobs-extra
"""
location = "/backup/site"

[storages.users]
datafs = "users/users.fs"
location = "/backup/people"
`);
    expect(configuration.storages.map(({ name }) => name)).toEqual(['catalog', 'extra', 'users', 'main']);
    const [catalog, extra, users] = configuration.storages;
    expect(catalog).toMatchObject({
      datafs: join(site, 'var/filestorage/catalog.fs'),
      blobStorage: undefined,
      places: {
        backup: { filestorage: '/backup/site_catalog' },
        zip: { filestorage: join(site, 'var/zipbackups_catalog') },
      },
    });
    expect(extra).toMatchObject({
      datafs: join(site, 'db/extra.fs'),
      blobStorage: join(site, 'blobs-extra'),
      places: { snapshot: { blobs: join(site, 'var/blobstoragesnapshots_extra') } },
    });
    expect(users).toMatchObject({
      datafs: join(site, 'users/users.fs'),
      places: {
        backup: { filestorage: '/backup/people', blobs: join(site, 'var/blobstoragebackups_users') },
      },
    });
  });

  test('names and files that cannot be', async () => {
    const problems = await problemsOf(`
additional_filestorages = ["catalog", "catalog", "Data", "a/b", "w x y z"]
[storages.catalog]
[storages.other]
datafs = "var/filestorage/Data.fs"
dataf = "x"
`);
    expect(problems).toEqual([
      'line 2: additional_filestorages: the storage "catalog" is there twice',
      'line 2: additional_filestorages: "Data" is the main storage: its options stand at the top of the file',
      'line 2: additional_filestorages: "a/b" cannot be the name of a storage: letters, digits, "_", "-" and "."',
      expect.stringContaining('is not "NAME [DATAFS [BLOBDIR]]"; for paths with blanks use [storages.w]'),
      'line 3: [storages.catalog]: the storage "catalog" is there twice',
      'line 6: [storages.other] dataf: is no option; did you mean datafs?',
      expect.stringMatching(/^datafs: must be another place than datafs of other/),
    ]);
  });
});

describe('alternative sources', () => {
  const alternatives = async (toml: string) => {
    const { site, configuration } = await configurationOf(toml);
    return configuration.storages.map(({ name, alternative }) => [
      name,
      alternative?.filestorage.replace(`${site}/`, ''),
      alternative?.blobs.replace(`${site}/`, ''),
    ]);
  };

  test('lines of the recipe, for each storage; Data and 1 are the main one', async () => {
    expect(
      await alternatives(
        'additional_filestorages = "catalog"\nblob_storage = "b"\nalternative_restore_sources = "Data /p/backups /p/blobs\\ncatalog prod/catalog"',
      ),
    ).toEqual([
      ['catalog', 'prod/catalog', ''],
      ['main', '/p/backups', '/p/blobs'],
    ]);
  });

  test('a table, for paths with blanks', async () => {
    expect(
      await alternatives('[alternative_restore_source]\n1 = ["/p/my backups", "/p/my blobs"]\n'),
    ).toEqual([['main', '/p/my backups', '/p/my blobs']]);
  });

  test.each([
    ['"Data"', 'must be a filestorage backup'],
    ['"Dat /p"', 'there is no storage "Dat"; there are Data'],
    ['"Data /p\\n1 /q"', 'is there twice'],
    ['"Data /p"', 'has no directory of blob backups'],
    ['"Data /p /b /c"', 'must be a filestorage backup'],
    ['7', 'must be lines'],
  ])('alternative_restore_source = %s', async (value, expected) => {
    const problems = await problemsOf(`blob_storage = "b"\nalternative_restore_source = ${value}`);
    expect(problems.join('\n')).toContain(expected);
  });

  test('every storage must have one', async () => {
    expect(
      await problemsOf('additional_filestorages = "catalog"\nalternative_restore_source = "Data /p /b"'),
    ).toEqual(['line 2: alternative_restore_source: has no source for the storage "catalog"']);
  });
});
