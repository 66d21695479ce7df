import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configurationOf, problemsOf, siteWith } from './site.js';
import { codeOf, main, read } from './support/read-configuration.js';

describe('paths', () => {
  test('home directory, variables, parents', async () => {
    const { site, configuration } = await configurationOf(
      `datafs = "../other/./Data.fs"\nlocation = "~/backups/"\nsnapshotlocation = "$DISK/s"\nziplocation = "/z\${N}z"`,
      { DISK: '/mnt/disk', N: '7' },
    );
    expect(main(configuration).datafs).toBe(join(site, '../other/Data.fs'));
    expect(main(configuration).places.backup.filestorage).toBe('/home/admin/backups');
    expect(main(configuration).places.snapshot.filestorage).toBe('/mnt/disk/s');
    expect(main(configuration).places.zip.filestorage).toBe('/z7z');
  });

  test('a variable that is not set is an error, never part of a name', async () => {
    expect(await problemsOf('location = "$NOWHERE/backups"')).toEqual([
      'line 1: location: $NOWHERE/backups: the variable NOWHERE is not set',
    ]);
    expect(await problemsOf('location = "~joe/backups"')).toEqual([
      'line 1: location: ~joe/backups: write the home directory of another user out as a path',
    ]);
  });

  test('locations are relative to var, or to locationprefix; sources to the site', async () => {
    const { site, configuration } = await configurationOf('location = "nightly"\nblob_storage = "blobs"');
    expect(main(configuration).places.backup.filestorage).toBe(join(site, 'var/nightly'));
    expect(main(configuration).blobStorage).toBe(join(site, 'blobs'));
    const prefixed = await configurationOf('location = "nightly"\nlocationprefix = "/backup"');
    expect(main(prefixed.configuration).places.backup).toEqual({
      filestorage: '/backup/nightly',
      blobs: '/backup/blobstoragebackups',
    });
  });

  test('the name of the part gives the names of the directories', async () => {
    const { site, configuration } = await configurationOf('name = "plonebackup"');
    const at = (kind: 'backup' | 'snapshot' | 'zip') => main(configuration).places[kind];
    expect(at('backup')).toEqual({
      filestorage: join(site, 'var/plonebackups'),
      blobs: join(site, 'var/plonebackup-blobstorages'),
    });
    expect(at('snapshot')).toEqual({
      filestorage: join(site, 'var/plonebackup-snapshots'),
      blobs: join(site, 'var/plonebackup-blobstoragesnapshots'),
    });
    expect(at('zip')).toEqual({
      filestorage: join(site, 'var/plonebackup-zips'),
      blobs: join(site, 'var/plonebackup-blobstoragezips'),
    });
  });

  test('locations must differ, as written and as links lead', async () => {
    expect(await problemsOf('location = "x"\n\nblobziplocation = "./x/"')).toEqual([
      expect.stringMatching(
        /^line 3: blobziplocation: must be another place than location: both are .*var\/x$/,
      ),
    ]);
    const site = await siteWith({ 'holdfast.toml': 'snapshotlocation = "link"', 'var/backups/': '' });
    await symlink('backups', join(site, 'var/link'));
    expect(await codeOf(read(site))).toBe('configuration.invalid');
  });

  test('a backup cannot lie in the blob storage that it is of', async () => {
    const [problem] = await problemsOf('blob_storage = "var/blobstorage"\nlocation = "blobstorage/backups"');
    expect(problem).toMatch(/^line 2: location: .* lies in the blob_storage/);
  });

  test('one location may lie in another', async () => {
    expect(await problemsOf('location = "/backup"\nblobbackuplocation = "/backup/blobs"')).toEqual([]);
  });
});
