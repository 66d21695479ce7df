import { chmod, chown, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import { describe, expect, test } from 'vitest';
import { readConfiguration } from '../src/config/read.js';
import type { Configuration } from '../src/config.js';
import { configurationOf, HOME, problemsOf, rootedAt, siteWith } from './site.js';

const read = (cwd: string, file?: string) => readConfiguration(nodeFileSystem, { cwd, file, env: { HOME } });

const main = ({ storages }: Configuration) => storages.at(-1)!;

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'none';
  } catch (error) {
    return isHoldfastError(error) ? error.code : String(error);
  }
}

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

describe('options', () => {
  test('what they are when nothing is set', async () => {
    const { configuration } = await configurationOf('');
    expect(configuration.warnings).toEqual([]);
    expect(configuration.options).toEqual({
      keep: 2,
      keepBlobDays: 14,
      keepDaily: 0,
      keepWeekly: 0,
      keepMonthly: 0,
      keepYearly: 0,
      full: false,
      debug: false,
      gzip: true,
      quick: true,
      backupBlobs: true,
      onlyBlobs: false,
      archiveBlob: false,
      compressBlob: false,
      incrementalBlobs: false,
      blobTimestamps: true,
      blobFormat: 'tree',
      rsyncHardLinksOnFirstCopy: false,
      useRsync: true,
      rsyncOptions: '',
      exclude: [],
      itemize: false,
      enable: { fullbackup: true, snapshotrestore: true, zipbackup: false },
      hooks: {
        pre: undefined,
        post: undefined,
        preRestore: undefined,
        postRestore: undefined,
        timeoutSeconds: 86_400,
      },
    });
  });

  test.each([
    ['true', true],
    ['"true"', true],
    ['"Yes"', true],
    ['"on"', true],
    ['1', true],
    ['"1"', true],
    ['false', false],
    ['"no"', false],
    ['"OFF"', false],
    ['0', false],
    ['""', false],
  ])('full = %s', async (value, expected) => {
    expect((await configurationOf(`full = ${value}`)).configuration.options.full).toBe(expected);
  });

  test('numbers may be texts', async () => {
    const { configuration } = await configurationOf('keep = "7"\nkeep_daily = 30');
    expect(configuration.options).toMatchObject({ keep: 7, keepDaily: 30 });
  });

  test('commands: a text of several lines, or an array', async () => {
    const { configuration } = await configurationOf(
      'pre_command = """\n  mount /backup\n  echo \\"on\\"\n"""\npost_command = ["sync", "umount /backup"]\ncommand_timeout = 60',
    );
    expect(configuration.options.hooks).toMatchObject({
      pre: 'mount /backup\n  echo "on"',
      post: 'sync\numount /backup',
      timeoutSeconds: 60,
    });
  });

  test('commands around a restore: the same, others, or none', async () => {
    const hooks = async (more: string) =>
      (await configurationOf(`pre_command = "mount"\npost_command = "umount"\n${more}`)).configuration.options
        .hooks;
    expect(await hooks('')).toMatchObject({ preRestore: 'mount', postRestore: 'umount' });
    expect(await hooks('pre_restore_command = "stop"\npost_restore_command = ""')).toMatchObject({
      pre: 'mount',
      preRestore: 'stop',
      postRestore: undefined,
    });
  });

  test('other spellings mean the same', async () => {
    const { site, configuration } = await configurationOf('"blob-storage" = "blobs"\ngzip_blob = true');
    expect(main(configuration).blobStorage).toBe(join(site, 'blobs'));
    expect(configuration.options.archiveBlob).toBe(true);
  });

  test('two spellings: equal is no harm, different is an error', async () => {
    expect(await problemsOf('blob_storage = "b"\nblob-storage = "b"\n')).toEqual([]);
    expect(await problemsOf('gzip_blob = "yes"\narchive_blob = true\n')).toEqual([]);
    expect(await problemsOf('blob_storage = "b"\nblob-storage = "c"\n')).toEqual([
      'line 2: blob-storage: means the same as blob_storage, and has another value: keep one of them',
    ]);
  });

  test('rsync_options are translated, or refused by name', async () => {
    const { configuration } = await configurationOf(
      `rsync_options = "-av --exclude='*.tmp' --exclude /cache"`,
    );
    expect(configuration.options).toMatchObject({ exclude: ['*.tmp', '/cache'], itemize: true });
    expect(await problemsOf('rsync_options = "--no-l -k"\nkeep = 1')).toEqual([
      expect.stringMatching(/^line 1: rsync_options: --no-l: /),
      'line 1: rsync_options: -k: symbolic links are never followed',
    ]);
    expect(await problemsOf('rsync_options = "-n"')).toEqual([
      'line 1: rsync_options: --dry-run: nothing would ever be backed up',
    ]);
  });

  test('what does nothing is told', async () => {
    const { configuration } = await configurationOf('compress_blob = true\nkeep_blob_days = 3');
    expect(configuration.warnings).toEqual([
      'line 1: compress_blob: means nothing without archive_blob',
      'line 2: keep_blob_days: means nothing without only_blobs: blob backups go with their filestorage backups',
    ]);
  });
});

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

describe('a wrong file', () => {
  test('all that is wrong is told at once, with its line', async () => {
    expect(
      await problemsOf(`# my site
keep = -1
lokation = "x"
pre_command = """
keep = 3
"""
blob_format = "cube"
full = "perhaps"
recipe = "collective.recipe.backup"
snapshotlocation = "same"
location = "same"
storages = 3
`),
    ).toEqual([
      'line 2: keep: must be a whole number from 0 to 1000000, not -1',
      'line 3: lokation: is no option; did you mean location?',
      'line 7: blob_format: must be "tree" or "pool", not "cube"',
      'line 8: full: must be true or false (or yes, on, 1, no, off, 0), not "perhaps"',
      'line 9: recipe: is an option of buildout, not of Holdfast: take it out',
      expect.stringMatching(/^line 10: snapshotlocation: must be another place than location/),
      'line 12: storages: must be a table',
    ]);
  });

  test('what is no TOML is told with line and column', async () => {
    const problems = await problemsOf('keep = 2\nlocation = /backup\n');
    expect(problems).toEqual([expect.stringMatching(/^line 2, column 12: /)]);
  });

  test.each([
    ['archive_blobs', 'archive_blob'],
    ['keep-daily', 'keep_daily'],
    ['KEEP', 'keep'],
    ['precommand', 'pre_command'],
    ['locatoin', 'location'],
    ['blobstorage', 'blob_storage'],
  ])('%s: did you mean %s?', async (wrong, right) => {
    expect(await problemsOf(`${wrong} = "1"`)).toEqual([
      `line 1: ${wrong}: is no option; did you mean ${right}?`,
    ]);
  });

  test('a name that is near none gets no suggestion', async () => {
    expect(await problemsOf('colour = "red"')).toEqual(['line 1: colour: is no option']);
  });

  test('bytes that are no text, and a directory', async () => {
    const site = await siteWith({});
    await writeFile(join(site, 'holdfast.toml'), Buffer.from([0x61, 0xff, 0xfe]));
    expect(await codeOf(read(site))).toBe('configuration.invalid');
    await mkdir(join(site, 'dir.toml'));
    expect(await codeOf(read(site, 'dir.toml'))).toBe('fs.not-a-regular-file');
  });
});
