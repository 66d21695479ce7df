import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SampleBlob } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { changeByte, expectRestored } from './support/run-checks.js';
import { RunSite, STYLES } from './support/run-site.js';

/** Of a blob, in the newest tree. */
async function spoil(site: RunSite, { path }: SampleBlob): Promise<void> {
  const location = site.path('blobstoragebackups');
  const trees = (await readdir(location)).filter((name) => /^blobstorage\.[\d-]+$/.test(name)).sort();
  const tree = trees.includes('blobstorage.0') ? 'blobstorage.0' : trees.at(-1)!;
  changeByte(join(location, tree, 'blobstorage', path));
}

const soundness = async (site: RunSite) => (await site.verify('deep')).sets.map(({ sound }) => sound);

/** The blob directory goes, as when its disk is not mounted; `back` brings it. */
async function unmount(site: RunSite) {
  const away = site.path('away');
  await rename(site.blobs(), away);
  await mkdir(site.blobs());
  return {
    back: async () => {
      await rm(site.blobs(), { recursive: true });
      await rename(away, site.blobs());
    },
  };
}

describe('what a check found damaged', () => {
  test.each(STYLES.slice(0, 3))(
    'is copied anew by the next backup, and nothing else is (%s)',
    async (_, toml) => {
      const site = await RunSite.make({ toml });
      await site.run();
      await spoil(site, site.committed.main[0]!);
      expect((await soundness(site)).at(-1)).toBe(false);
      await site.commit();
      const healed = await site.run();
      // The damaged one, the new one, and `.layout`, which every commit writes.
      expect(healed.storages[0]!.blobs).toMatchObject({ copied: 3, linked: 1 });
      expect((await soundness(site)).at(-1)).toBe(true);
      await site.commit();
      const { storages } = await site.run();
      expect(storages[0]!.blobs).toMatchObject({ copied: 1 });
      await expectRestored(site, (await site.restore()).to);
    },
  );

  test('is mended by a backup also where the Data.fs did not change', async () => {
    const site = await RunSite.make();
    await site.run();
    await spoil(site, site.committed.main[0]!);
    expect(await soundness(site)).toEqual([false]);
    expect(await site.run()).toMatchObject({ made: true });
    expect(await soundness(site)).toEqual([false, true]);
    expect(await site.run()).toMatchObject({ made: false });
  });

  test('in an archive is not gone on from', async () => {
    const site = await RunSite.make({ toml: STYLES[3][1] });
    await site.run();
    const location = site.path('blobstoragebackups');
    const archive = join(location, (await readdir(location)).find((name) => name.endsWith('.tar'))!);
    const content = readFileSync(archive);
    content[content.indexOf(site.committed.main[0]!.content)]! ^= 1;
    writeFileSync(archive, content);
    expect(await soundness(site)).toEqual([false]);
    await site.commit();
    const { set } = await site.run();
    expect(set.parts[0]!.blobs).toMatchObject({ style: 'archive', files: 4 });
    expect((await soundness(site)).at(-1)).toBe(true);
  });
});

describe('blobs that were not there, because a disk was not mounted', () => {
  test.each(STYLES)('are in the next increment when they are back (%s)', async (_, toml) => {
    const site = await RunSite.make({ toml });
    await site.run();
    const mount = await unmount(site);
    const without = await site.run({ full: true });
    expect(without.set.parts[0]!.blobs).toMatchObject({ files: 0, missing: 2 });
    await mount.back();
    await site.commit();
    const { set, storages } = await site.run();
    expect(storages[0]).toMatchObject({ filestorage: { kind: 'increment' }, warnings: [] });
    expect(set.parts[0]!.blobs).toMatchObject({ missing: 0, missingBlobs: [] });
    await expectRestored(site, (await site.restore()).to);
  });

  test('are backed up when they are back also where the Data.fs did not change', async () => {
    const site = await RunSite.make();
    await site.run();
    const mount = await unmount(site);
    await site.run({ full: true });
    expect(await site.run()).toMatchObject({ made: false });
    await mount.back();
    const { set, made } = await site.run();
    expect([made, set.parts[0]!.blobs!.missing]).toEqual([true, 0]);
    await expectRestored(site, (await site.restore()).to);
    expect(await site.run()).toMatchObject({ made: false });
  });

  test.each([
    ['checked', true],
    ['not checked', false],
  ])('keep the last set that has them, whatever the policy (%s)', async (_, check) => {
    const site = await RunSite.make({ toml: 'keep = 1' });
    const first = await site.runAndPrune();
    if (check) await site.verify('deep');
    const mount = await unmount(site);
    for (let run = 0; run < 3; run++) {
      await site.runAndPrune({ full: true });
      if (check) await site.verify('deep');
    }
    expect((await site.offered()).map(({ id }) => id)).toContain(first.set.id);
    await expectRestored(site, (await site.restore(first.set.id)).to);
    await mount.back();
    const whole = await site.runAndPrune({ full: true });
    expect((await site.offered()).map(({ id }) => id)).not.toContain(first.set.id);
    await expectRestored(site, (await site.restore(whole.set.id)).to);
  });
});

describe('blobs that patterns left out', () => {
  test.each(STYLES)('are backed up by a walk when the patterns are gone (%s)', async (_, toml) => {
    const site = await RunSite.make({ toml: `${toml}\nrsync_options = "--exclude=*.blob"` });
    const { storages } = await site.run();
    expect(storages[0]!.warnings[0]).toMatch(
      /2 blobs .* are not in .*, or left out by the patterns of rsync_options/,
    );
    expect(await site.run()).toMatchObject({ made: false });
    await site.configure(toml);
    await site.commit();
    const { set } = await site.run({ thorough: true });
    expect(set.parts[0]!.blobs).toMatchObject({ missing: 0 });
    await expectRestored(site, (await site.restore()).to);
  });
});

test('blobs behind a link are left out by an increment as by a walk, and told', async () => {
  const site = await RunSite.make();
  await site.run();
  const [blob] = await site.commit();
  const directory = dirname(join(site.blobs(), blob!.path));
  mkdirSync(site.path('elsewhere'));
  renameSync(directory, site.path('elsewhere', 'blob'));
  symlinkSync(site.path('elsewhere', 'blob'), directory);
  const increment = await site.run();
  expect(increment.storages[0]!.warnings).toEqual([expect.stringContaining(`oid 0x${blob!.oid}`)]);
  expect(increment.set.parts[0]!.blobs).toMatchObject({ missing: 1 });
  const full = await site.run({ full: true });
  expect(full.set.parts[0]!.blobs).toMatchObject({ missing: 1 });
  expect(full.storages[0]!.warnings[0]).toMatch(/not backed up: .*symbolic link/);
});
