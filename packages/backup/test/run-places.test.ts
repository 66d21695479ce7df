import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listBlobBackups } from '@holdfast/blob-snapshot';
import { lockRepository, REPOSITORY_LOCK_NAME } from '@holdfast/lockfile';
import { FaultyFileSystem } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { expectRestored } from './support/run-checks.js';
import { RunSite } from './support/run-site.js';

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
  test.each([
    ['blobs', 'built-tree', 'blobstoragebackups'],
    ['the record', 'before:publish-set', 'backups'],
  ])('a lock that was lost before %s are published publishes nothing more', async (_, moment, place) => {
    const site = await RunSite.make();
    const failpoint = async (name: string) => {
      if (name === moment) await rm(join(site.path(place), REPOSITORY_LOCK_NAME));
    };
    const world = { ...site.world(), failpoint };
    await expect(site.run({}, world)).rejects.toMatchObject({ code: 'lock.lost' });
    const records = (await readdir(site.path('backups'))).filter((name) => name.endsWith('-set'));
    expect(records).toEqual([]);
    const { backups } = await listBlobBackups(world, site.path('blobstoragebackups'));
    expect(backups).toHaveLength(moment === 'built-tree' ? 0 : 1);
    await site.run();
    expect((await site.verify('deep')).problems).toEqual([]);
  });

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
    expect(
      (await readdir(site.path('blobstoragebackups'))).filter((name) => name.includes('partial')),
    ).toEqual([]);
  });
});
