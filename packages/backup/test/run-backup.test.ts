import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listBlobBackups } from '@holdfast/blob-snapshot';
import { lockRepository } from '@holdfast/lockfile';
import { FaultyFileSystem } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { planBackupRun } from '../src/run/backup-run.js';
import { contentOf, RunSite } from './support/run-site.js';

const ids = async (site: RunSite) => (await site.offered()).map(({ id }) => id);

/** Whether the restored directory holds the storage and its blobs as they are now. */
async function expectRestored(site: RunSite, to: string, storage: 'main' | 'catalog' = 'main') {
  const own = storage === 'main' ? to : join(to, storage);
  expect((await readFile(join(own, 'Data.fs'))).equals(await readFile(site.datafs(storage)))).toBe(true);
  for (const { path, content } of site.committed[storage])
    expect((await readFile(join(own, 'blobstorage', path))).equals(content), path).toBe(true);
}

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
    expect(await ids(site)).toEqual([set.id]);
    const { to, report } = await site.restore();
    expect(report.warnings).toEqual([]);
    await expectRestored(site, to);
  });

  test('without a storage at the path leaves no directories behind', async () => {
    const site = await RunSite.make({ toml: 'datafs = "var/filestorage/Other.fs"' });
    await expect(site.run()).rejects.toMatchObject({ code: 'source.missing' });
    expect((await readdir(site.path())).sort()).toEqual(['blobstorage', 'filestorage']);
  });

  test('with rsync_hard_links_on_first_copy shares the files with the site', async () => {
    const site = await RunSite.make({ toml: 'rsync_hard_links_on_first_copy = true' });
    const { storages } = await site.run();
    expect(storages[0]!.blobs).toMatchObject({ linked: 3, copied: 0 });
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
      ({ method, path }) => method === 'lstat' && path.startsWith(`${site.blobs()}/`) && path.endsWith('.blob'),
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

describe('a dry run', () => {
  test.each(['', 'blob_format = "pool"', 'archive_blob = true', 'only_blobs = true'])(
    'tells what would be done and writes nothing (%s)',
    async (toml) => {
      const site = await RunSite.make({ toml });
      const untouched = contentOf(site.path());
      const world = () => site.world(new FaultyFileSystem());
      const [planned] = await planBackupRun(world(), await site.request());
      expect(planned!.blobs).toMatchObject({ total: { files: 3 } });
      expect(contentOf(site.path())).toEqual(untouched);
      await site.run();
      await site.commit();
      const before = contentOf(site.path());
      site.clock.advance(1000);
      const [next] = await planBackupRun(world(), await site.request());
      expect(next!.blobs).toMatchObject({ total: { files: 4 } });
      expect(contentOf(site.path())).toEqual(before);
    },
  );
});

describe('other styles', () => {
  test.each([
    ['pool', 'blob_format = "pool"', ['tree', 'pool', 'pool', 'tree']],
    ['tree', '', ['tree', 'tree', 'tree', 'tree']],
    ['archives', 'archive_blob = true', ['archive', 'archive', 'archive', 'archive']],
    [
      'incremental archives',
      'archive_blob = true\nincremental_blobs = true\ncompress_blob = true',
      ['archive', 'delta', 'delta', 'archive'],
    ],
  ])('each set of %s restores to its own state', async (_, toml, styles) => {
    const site = await RunSite.make({ toml: `${toml}\nkeep = 0` });
    const made: { id: string; style: string; data: Buffer; blobs: number }[] = [];
    for (const full of [false, false, false, true]) {
      await site.commit();
      const { set } = await site.run({ full });
      const { style } = set.parts[0]!.blobs!;
      const blobs = site.committed.main.length;
      made.push({ id: set.id, style, data: await readFile(site.datafs()), blobs });
    }
    expect(made.map(({ style }) => style)).toEqual(styles);
    expect((await site.verify('deep')).problems).toEqual([]);
    for (const { id, data, blobs } of made) {
      const { to, report } = await site.restore(id);
      expect(report.warnings).toEqual([]);
      expect((await readFile(join(to, 'Data.fs'))).equals(data)).toBe(true);
      const files = (await readdir(join(to, 'blobstorage'), { recursive: true })).filter((name) =>
        name.endsWith('.blob'),
      );
      expect(files.sort()).toEqual(
        site.committed.main
          .slice(0, blobs)
          .map(({ path }) => path)
          .sort(),
      );
    }
  });

  test.each(['snapshot', 'zip'] as const)('a %s run is always full, in its own places', async (kind) => {
    const site = await RunSite.make({ toml: 'enable_zipbackup = true' });
    await site.run({ kind });
    await site.commit();
    const { storages, set } = await site.run({ kind });
    expect(storages[0]!.filestorage).toMatchObject({ kind: 'full' });
    expect(set).toMatchObject({ kind });
    expect((await site.verify('deep', kind)).problems).toEqual([]);
    const { to } = await site.restore(set.id, kind);
    await expectRestored(site, to);
    expect(await site.offered('backup')).toEqual([]);
  });

  test('only_blobs makes sets of blobs alone, kept with the blobs', async () => {
    const site = await RunSite.make({ toml: 'only_blobs = true' });
    const { set } = await site.run();
    expect(set.parts[0]).toMatchObject({ filestorage: undefined, blobs: { files: 3 } });
    expect(await readdir(site.path())).not.toContain('backups');
    await site.commit();
    await site.run();
    expect((await site.offered()).length).toBe(2);
    expect(await site.verify('deep')).toMatchObject({ problems: [], blobBackups: 2 });
    const { to } = await site.restore();
    expect(contentOf(join(to, 'blobstorage'))).toMatchObject(contentOf(site.blobs()));
    expect(await readdir(to)).toEqual(['blobstorage']);
  });
});

describe('two storages', () => {
  test('are backed up in order, the main one last, with one record', async () => {
    const site = await RunSite.make({ catalog: true });
    const told: string[] = [];
    const { set } = await site.run({ onStorage: ({ name }) => void told.push(name) });
    expect(told).toEqual(['catalog', 'main']);
    expect(set.parts.map(({ storage, blobs }) => [storage, blobs!.files])).toEqual([
      ['catalog', 3],
      ['main', 3],
    ]);
    const { to } = await site.restore();
    await expectRestored(site, to);
    await expectRestored(site, to, 'catalog');
    expect((await readdir(site.path('backups_catalog'))).filter((name) => name.includes('set'))).toEqual([]);
  });

  test('of which one did not change share a set', async () => {
    const site = await RunSite.make({ catalog: true });
    const first = await site.run();
    await site.commit(1, 'catalog');
    const second = await site.run();
    expect(second.made).toBe(true);
    expect(second.set.parts[1]!.filestorage!.name).toBe(first.set.parts[1]!.filestorage!.name);
    expect(second.set.parts.map(({ blobs }) => blobs!.files)).toEqual([4, 3]);
    const { to } = await site.restore();
    await expectRestored(site, to, 'catalog');
    await expectRestored(site, to);
    expect((await site.verify('deep')).sets.map(({ sound }) => sound)).toEqual([true, true]);
  });

  test('of which the first fails: the other is not begun, and no record appears', async () => {
    const site = await RunSite.make({ catalog: true });
    await writeFile(site.datafs('catalog'), 'this is no storage');
    await expect(site.run()).rejects.toMatchObject({ path: site.datafs('catalog') });
    expect(await readdir(site.path())).not.toContain('backups');
    expect(await site.offered()).toEqual([]);
  });
});

describe('locks', () => {
  test('another run at the same time is told that the place is busy', { timeout: 15_000 }, async () => {
    const site = await RunSite.make();
    let second: unknown;
    await site.run({}, site.world(), async () => {
      second = await site.run().catch((error: unknown) => error);
    });
    expect(second).toMatchObject({ code: 'lock.busy' });
    expect((await site.offered()).length).toBe(1);
  });

  test('a blob location that is locked by itself keeps a run out, and the source stays free', async () => {
    const site = await RunSite.make();
    await site.run();
    await site.commit();
    {
      await using _lock = await lockRepository(site.path('blobstoragebackups'), { command: 'test' });
      await expect(site.run()).rejects.toMatchObject({ code: 'lock.busy' });
    }
    const { made } = await site.run();
    expect(made).toBe(true);
  });

  test('a killed run leaves nothing that the next one does not take away', async () => {
    const site = await RunSite.make();
    const dying = new FaultyFileSystem();
    const failpoint = (name: string) => (name === 'synced-tree' ? dying.crash(name) : undefined);
    await expect(site.run({}, site.world(dying, { failpoint }))).rejects.toThrow();
    await site.run();
    const location = await listBlobBackups(site.world(), site.path('blobstoragebackups'));
    expect(location.backups.length).toBe(1);
    expect((await readdir(site.path('blobstoragebackups'))).filter((name) => name.includes('partial'))).toEqual(
      [],
    );
  });
});
