import { copyFileSync, existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { FaultyFileSystem } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { contentOf, RunSite, removeBlob, STYLES } from './support/run-site.js';

describe('a blob that the site does not have', () => {
  test.each(STYLES)('is told, recorded, and no damage of the backup (%s)', async (_, toml) => {
    const site = await RunSite.make({ toml });
    const lost = site.committed.main[0]!;
    removeBlob(site.blobs(), lost);
    const first = await site.run();
    const name = `oid 0x${lost.oid} of transaction 0x${lost.tid}`;
    expect(first.storages[0]!.warnings).toEqual([
      `1 blobs that ${site.datafs()} refers to are not in ${site.blobs()}: ${name}`,
    ]);
    expect(first.set.parts[0]!.blobs).toMatchObject({ files: 2, missing: 1 });
    const report = await site.verify('deep');
    expect(report).toMatchObject({ problems: [], sets: [{ sound: true }] });
    expect(report.warnings).toEqual([expect.stringContaining('the backup did not find them, either')]);
    const { report: restored } = await site.restore();
    expect(restored.warnings).toEqual([expect.stringMatching(/missing on the site when it was backed up$/)]);
  });

  test.each(STYLES)('is still known to be missing in the increments after it (%s)', async (_, toml) => {
    const site = await RunSite.make({ toml });
    removeBlob(site.blobs(), site.committed.main[0]!);
    await site.run();
    await site.grow();
    const second = await site.run();
    expect(second.storages[0]!.warnings).toEqual([]);
    const [late] = await site.commit(2);
    removeBlob(site.blobs(), late!);
    const third = await site.run();
    expect(third.storages[0]!.warnings).toEqual([expect.stringContaining(`oid 0x${late!.oid}`)]);
    expect([second, third].map(({ set }) => set.parts[0]!.blobs!.missing)).toEqual([1, 2]);
    const { problems, sets } = await site.verify('stored');
    expect(problems).toEqual([]);
    expect(new Set(sets.map(({ sound }) => sound))).toEqual(new Set([true]));
    const { report } = await site.restore(third.set.id);
    expect(report.warnings.length).toBe(1);
  });

  test('of a run that died before its record is found out again', async () => {
    const site = await RunSite.make();
    removeBlob(site.blobs(), site.committed.main[0]!);
    const dying = new FaultyFileSystem();
    const failpoint = (name: string) => (name === 'before:publish-set' ? dying.crash(name) : undefined);
    await expect(site.run({}, site.world(dying, { failpoint }))).rejects.toThrow();
    const { set } = await site.run();
    expect(set.parts[0]!.blobs).toMatchObject({ missing: 1 });
    expect((await site.verify('deep')).problems).toEqual([]);
  });
});

/** Puts a packed Data.fs in place, and takes the blobs of what was dropped away, as ZODB does. */
async function preparePack(site: RunSite): Promise<() => void> {
  const packed = `${site.datafs()}.packed`;
  copyFileSync(site.datafs(), packed);
  const dropped = await site.commit(2);
  return () => {
    renameSync(packed, site.datafs());
    for (const blob of dropped) removeBlob(site.blobs(), blob);
    site.committed.main.splice(-dropped.length);
  };
}

describe('a pack', () => {
  test.each([
    ['between the copy and the blobs', 'readDirectory', /\/var\/blobstorage(\/\.)?$/],
    ['while a blob is copied', 'copyFile', /\/var\/blobstorage\/.*0x04\/.*\.blob$/],
  ] as const)('%s makes the run begin again, and the set fits', async (_, method, path) => {
    const site = await RunSite.make({ lawn: true });
    const pack = await preparePack(site);
    const fs = new FaultyFileSystem().before(method, pack, { path });
    const { set, storages } = await site.run({}, site.world(fs));
    expect(storages[0]).toMatchObject({ warnings: [], filestorage: { kind: 'full' } });
    expect(set.parts[0]!.blobs).toMatchObject({ files: 3, missing: 0 });
    const { problems, sets } = await site.verify('deep');
    expect({ problems, sound: sets.map(({ sound }) => sound) }).toEqual({ problems: [], sound: [true] });
    const { to, report } = await site.restore();
    expect(report.warnings).toEqual([]);
    expect(contentOf(join(to, 'blobstorage'))).toMatchObject(contentOf(site.blobs()));
  });

  test('in the instant without a Data.fs, too: the run begins again, and the set fits', async () => {
    const site = await RunSite.make({ lawn: true });
    const pack = await preparePack(site);
    const away = `${site.datafs()}.away`;
    const beginPack = () => {
      pack();
      renameSync(site.datafs(), away);
    };
    const fs = new FaultyFileSystem()
      .before('readDirectory', beginPack, { path: /\/var\/blobstorage(\/\.)?$/ })
      // The run begins again: now the pack ends.
      .before('openRead', () => renameSync(away, site.datafs()), {
        path: /filestorage\/Data\.fs$/,
        nth: 2,
      });
    const { set } = await site.run({}, site.world(fs));
    expect(existsSync(away)).toBe(false);
    expect(set.parts[0]!.blobs).toMatchObject({ files: 3, missing: 0 });
    expect((await site.verify('deep')).problems).toEqual([]);
  });

  test('again and again ends the run with an error, and nothing is offered', async () => {
    const site = await RunSite.make({ lawn: true });
    const pack = await preparePack(site);
    let times = 0;
    const again = () => {
      times += 1;
      if (times === 1) pack();
      // Another file with the same name: the copy that was just made is of the one before.
      copyFileSync(site.datafs(), `${site.datafs()}.next`);
      renameSync(`${site.datafs()}.next`, site.datafs());
    };
    removeBlob(site.blobs(), site.committed.main[0]!);
    const fs = new FaultyFileSystem().before('readDirectory', again, {
      path: /\/var\/blobstorage(\/\.)?$/,
      times: Number.POSITIVE_INFINITY,
    });
    await expect(site.run({}, site.world(fs))).rejects.toMatchObject({ code: 'source.changing' });
    expect(await site.offered()).toEqual([]);
    const { set } = await site.run();
    expect(set.parts[0]!.blobs).toMatchObject({ missing: 1 });
  });
});

test('a set without a backup of blobs is restored with a warning', async () => {
  const site = await RunSite.make({ toml: 'backup_blobs = false' });
  await site.run();
  await site.configure('');
  const { report } = await site.restore();
  expect(report.warnings).toEqual([expect.stringMatching(/has no backup of blobs; its Data.fs refers to 2/)]);
});
