import { readdir, readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describePeers, pythonOutput, repozo } from '@holdfast/test-kit';
import { expect, test } from 'vitest';
import { BackupSite } from './support/backup-site.js';

const DATA = /^[-0-9]{19}\.(?:delta)?fsz?$/;

/** A full backup and an increment on each of so many days, with trees of blobs; times as if made then. */
async function days(count: number): Promise<BackupSite> {
  const site = await BackupSite.make({ blobs: true });
  for (let day = 0; day < count; day++) {
    for (const [full, hour] of [
      [true, 2],
      [false, 14],
    ] as const) {
      const atMs = Date.UTC(2026, 9, 1 + day, hour);
      await site.run({ full, atMs });
      const stamp = new Date(site.clock.now()).toISOString().slice(0, 13);
      for (const place of [site.repository(), site.blobPlace()]) {
        for (const name of await readdir(place)) {
          if (name.includes(stamp.replace('T', '-')))
            await utimes(join(place, name), atMs / 1000, atMs / 1000);
        }
      }
    }
  }
  return site;
}

const dataFiles = async (site: BackupSite) =>
  (await readdir(site.repository())).filter((name) => DATA.test(name)).sort();
const trees = async (site: BackupSite) =>
  (await readdir(site.blobPlace())).filter((name) => name.startsWith('blobstorage.')).sort();

describePeers('removing old backups, beside the peers', () => {
  test.each([1, 2, 3, 9])('keep = %i leaves what the clean-up of the recipe leaves', async (keep) => {
    const site = await days(4);
    const theirs = await site.copy();
    await site.prune({ keep });
    await pythonOutput(
      `
      import sys
      from collective.recipe.backup import copyblobs, repozorunner
      location, blobs, keep = sys.argv[1], sys.argv[2], int(sys.argv[3])
      repozorunner.cleanup(location, keep)
      copyblobs.cleanup(blobs, keep=keep, fs_backup_location=location)
      `,
      [theirs.repository(), theirs.blobPlace(), String(keep)],
    );
    expect(await dataFiles(site)).toEqual(await dataFiles(theirs));
    expect(await trees(site)).toEqual(await trees(theirs));
  });

  test('keep = 1 leaves what repozo -k leaves after a full backup', async () => {
    const site = await days(3);
    const theirs = await site.copy();
    await site.run({ full: true, atMs: Date.UTC(2026, 9, 20, 2), grow: false });
    await site.prune({ keep: 1 });
    const { status, stderr } = await repozo([
      '-BF',
      '-k',
      '-z',
      '-r',
      theirs.repository(),
      '-f',
      theirs.source(),
    ]);
    expect(status, stderr).toBe(0);
    const kinds = (names: readonly string[]) => names.map((name) => name.slice(19));
    expect(kinds(await dataFiles(site))).toEqual(['.fsz']);
    expect(kinds(await dataFiles(theirs))).toEqual(['.fsz']);
  });

  test('what is left restores and verifies with repozo, also where a chain was shortened', async () => {
    const site = await days(4);
    await site.prune({ keep: 1, keepDaily: 2, keepWeekly: 2 });
    const sets = await site.restorable();
    expect(sets.size).toBeGreaterThan(2);
    expect((await repozo(['-V', '-r', site.repository()])).status).toBe(0);
    for (const [id, [bytes]] of sets) {
      const output = join(site.directory, `${id}.fs`);
      const { status, stderr } = await repozo(['-R', '-r', site.repository(), '-D', id, '-o', output]);
      expect(status, stderr).toBe(0);
      expect((await readFile(output)).equals(bytes!), id).toBe(true);
    }
  });
});
