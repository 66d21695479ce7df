import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configurationOf, problemsOf } from './site.js';
import { main } from './support/read-configuration.js';

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
    expect(await problemsOf('rsync_options = "--no-l -k -L"\nkeep = 1')).toEqual([
      expect.stringMatching(/^line 1: rsync_options: -k: .* no option is needed$/),
      'line 1: rsync_options: -L: symbolic links are never followed',
    ]);
    expect(await problemsOf('rsync_options = "-n"')).toEqual([
      'line 1: rsync_options: --dry-run: nothing would ever be backed up',
    ]);
  });

  test('keep_blob_days does not count for archives, which is told', async () => {
    const { configuration } = await configurationOf(
      'blob_storage = "b"\nonly_blobs = true\narchive_blob = true\nkeep_blob_days = 30',
    );
    expect(configuration.warnings).toEqual([
      'line 4: keep_blob_days: means nothing with archive_blob: of archives, so many as keep says stay',
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
