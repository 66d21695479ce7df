import { chown, readdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FaultyFileSystem } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { planBackupRun } from '../src/run/backup-run.js';
import { expectRestored } from './support/run-checks.js';
import { contentOf, RunSite } from './support/run-site.js';

describe('a first run', () => {
  test('backs up Data.fs and all blobs, and records the set', async () => {
    const site = await RunSite.make();
    const before = contentOf(site.path(), { links: true });
    const { set, made, storages } = await site.run();
    expect(made).toBe(true);
    expect(storages[0]).toMatchObject({ filestorage: { kind: 'full', reason: 'first' }, warnings: [] });
    const size = (await stat(site.datafs())).size;
    expect(set.parts).toMatchObject([
      {
        storage: 'main',
        filestorage: { kind: 'full', start: 0, end: size },
        // The two blobs and `.layout`.
        blobs: { style: 'tree', files: 3, addedFiles: 3, missing: 0 },
      },
    ]);
    expect(contentOf(site.path(), { links: true })).toMatchObject(before);
    expect((await site.offered()).map(({ id }) => id)).toEqual([set.id]);
    const { to, report } = await site.restore();
    expect(report.warnings).toEqual([]);
    await expectRestored(site, to);
  });

  test('without a storage at the path leaves no directories behind', async () => {
    const site = await RunSite.make({ toml: 'datafs = "var/filestorage/Other.fs"' });
    await expect(site.run()).rejects.toMatchObject({ code: 'source.missing' });
    expect((await readdir(site.path())).sort()).toEqual(['blobstorage', 'filestorage']);
  });

  test('without the blob directory says so, also where nothing else is to be done', async () => {
    const site = await RunSite.make({ catalog: true });
    const missing = { code: 'blobs.missing', hint: expect.stringContaining('Is its disk mounted?') };
    await site.run();
    await rename(site.blobs('catalog'), site.path('elsewhere'));
    await expect(site.run()).rejects.toMatchObject({
      ...missing,
      message: `there is no blob directory at ${site.blobs('catalog')} (blob_storage of catalog)`,
    });
    await symlink(site.path('not-mounted'), site.blobs('catalog'));
    await expect(site.run()).rejects.toMatchObject(missing);
    await expect(planBackupRun(site.world(), await site.request())).rejects.toMatchObject(missing);
    await site.configure('backup_blobs = false');
    await site.run();
  });

  test.skipIf(process.getuid?.() !== 0)("by root in another user's place warns of it", async () => {
    const site = await RunSite.make();
    expect((await site.run()).storages[0]!.warnings).toEqual([]);
    await chown(site.path('backups'), 12345, 12345);
    expect((await site.run()).storages[0]!.warnings).toEqual([]);
    await site.grow();
    expect((await site.run()).storages[0]!.warnings).toEqual([
      expect.stringContaining(`${site.path('backups')} belongs to the user 12345, who cannot read`),
    ]);
  });

  test('without the blob directory leaves no directories behind', async () => {
    const site = await RunSite.make();
    await rename(site.blobs(), site.path('elsewhere'));
    await expect(site.run()).rejects.toMatchObject({ code: 'blobs.missing' });
    expect((await readdir(site.path())).sort()).toEqual(['elsewhere', 'filestorage']);
  });

  test('with rsync_hard_links_on_first_copy shares the files with the site', async () => {
    const site = await RunSite.make({ toml: 'rsync_hard_links_on_first_copy = true' });
    const { storages } = await site.run();
    expect(storages[0]!.blobs).toMatchObject({ linked: 2, copied: 1 });
    const { to } = await site.restore();
    await expectRestored(site, to);
    const restored = await stat(join(to, 'blobstorage', site.committed.main[0]!.path));
    expect(restored.nlink).toBe(1);
  });
});

describe('an increment', () => {
  test.each([
    ['trees', ''],
    ['a pool', 'blob_format = "pool"'],
    ['rotated trees', 'blob_timestamps = false'],
    ['archives', 'archive_blob = true\nincremental_blobs = true'],
  ])('looks only at the blobs that the log names (%s)', async (_, toml) => {
    const site = await RunSite.make({ toml });
    await site.run();
    await writeFile(join(site.blobs(), 'notes.txt'), 'written by hand');
    const [blob] = await site.commit();
    const fs = new FaultyFileSystem();
    const { set, storages } = await site.run({}, site.world(fs));
    expect(storages[0]!.filestorage).toMatchObject({ kind: 'increment' });
    expect(storages[0]!.blobs).toMatchObject({ total: { files: 4 }, added: { files: 1 } });
    const walked = fs.calls.filter(
      ({ method, path }) => method === 'readDirectory' && path.startsWith(`${site.blobs()}/`),
    );
    expect(walked).toEqual([]);
    const looked = fs.calls.filter(
      ({ method, path }) =>
        method === 'lstat' && path.startsWith(`${site.blobs()}/`) && path.endsWith('.blob'),
    );
    expect(new Set(looked.map(({ path }) => path))).toEqual(new Set([join(site.blobs(), blob!.path)]));
    const { to } = await site.restore(set.id);
    await expectRestored(site, to);
    expect(await readdir(join(to, 'blobstorage'))).not.toContain('notes.txt');
  });

  test('with --thorough walks the blob directory and finds the rest', async () => {
    const site = await RunSite.make();
    await site.run();
    await writeFile(join(site.blobs(), 'notes.txt'), 'written by hand');
    await site.commit();
    const { storages } = await site.run({ thorough: true });
    expect(storages[0]!.filestorage).toMatchObject({ kind: 'increment' });
    expect(storages[0]!.warnings).toEqual(['backed up, but no blobs by their names: notes.txt']);
    const { to } = await site.restore();
    expect(await readFile(join(to, 'blobstorage', 'notes.txt'), 'utf8')).toBe('written by hand');
  });

  test('goes on over transactions whose blobs no run recorded', async () => {
    const site = await RunSite.make();
    await site.run();
    await site.commit();
    const dying = new FaultyFileSystem();
    const failpoint = (name: string) => (name === 'published-tree' ? dying.crash(name) : undefined);
    await expect(site.run({}, site.world(dying, { failpoint }))).rejects.toThrow();
    await site.commit();
    const { set } = await site.run();
    expect(set.parts[0]!.blobs).toMatchObject({ files: 5, missing: 0 });
    const { to } = await site.restore(set.id);
    await expectRestored(site, to);
  });

  test('of a storage that only changed documents copies no blob', async () => {
    const site = await RunSite.make();
    await site.run();
    await site.grow();
    const { storages, set } = await site.run();
    expect(storages[0]!.blobs).toMatchObject({ copied: 0, added: { files: 0 } });
    expect(set.parts[0]!.blobs).toMatchObject({ files: 3, addedFiles: 0 });
    expect((await site.offered()).length).toBe(2);
  });
});

describe('a run when nothing has changed', () => {
  test.each([
    ['trees', ''],
    ['a pool', 'blob_format = "pool"'],
    ['rotated trees', 'blob_timestamps = false'],
    ['archives', 'archive_blob = true'],
    ['rotated archives', 'archive_blob = true\nblob_timestamps = false'],
  ])('makes nothing (%s)', async (_, toml) => {
    const site = await RunSite.make({ toml });
    const first = await site.run();
    const before = contentOf(site.path());
    for (const thorough of [false, true]) {
      const { set, made, storages } = await site.run({ thorough });
      expect({ made, id: set.id }).toEqual({ made: false, id: first.set.id });
      expect(storages[0]!.filestorage).toMatchObject({ kind: 'nothing', reason: 'unchanged' });
      expect(storages[0]!.warnings).toEqual([]);
    }
    expect(Object.keys(contentOf(site.path()))).toEqual(Object.keys(before));
  });

  test('completes a set whose record is missing', async () => {
    const site = await RunSite.make();
    const dying = new FaultyFileSystem();
    const failpoint = (name: string) => (name === 'before:publish-set' ? dying.crash(name) : undefined);
    await expect(site.run({}, site.world(dying, { failpoint }))).rejects.toThrow();
    const { made, set, storages } = await site.run();
    expect(made).toBe(true);
    expect(storages[0]!.filestorage).toMatchObject({ kind: 'nothing' });
    expect(set.parts[0]!.blobs).toMatchObject({ files: 3, missing: 0 });
    expect((await site.verify('deep')).problems).toEqual([]);
  });
});

describe('blobs that are switched on later', () => {
  test('are backed up beside the state that is there, and its record gets them', async () => {
    const site = await RunSite.make({ toml: 'backup_blobs = false' });
    const first = await site.run();
    expect(first.set.parts[0]!.blobs).toBeUndefined();
    await site.grow();
    const second = await site.run();
    await site.configure('');
    const third = await site.run();
    expect(third).toMatchObject({ made: true, set: { id: second.set.id } });
    expect(third.set.parts[0]!.blobs).toMatchObject({ files: 3, missing: 0 });
    const { sets } = await site.read();
    expect(sets.map(({ record }) => record.parts[0]!.blobs !== undefined)).toEqual([false, true]);
    const { to } = await site.restore();
    await expectRestored(site, to);
    await site.commit();
    const fourth = await site.run();
    expect(fourth.storages[0]!.blobs).toMatchObject({ total: { files: 4 }, added: { files: 1 } });
  });
});
