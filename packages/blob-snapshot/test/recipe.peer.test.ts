import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describePeers, pythonOutput, temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { findBlobBackup } from '../src/choose.js';
import { listBlobBackups } from '../src/location.js';
import { removeBlobBackups } from '../src/remove.js';
import { restoreBlobs } from '../src/restore-blobs.js';
import { addPoolState, backupsIn, engine, makeTree, STAMPS, treeOf, writeBlobs } from './support/scene.js';

/** Calls a function of the recipe's `copyblobs` with JSON arguments. */
async function recipe(
  call: string,
  args: readonly unknown[],
  options: Record<string, unknown> = {},
): Promise<void> {
  const script = `
    import json, os, sys
    from collective.recipe.backup import copyblobs
    call, args, options = json.loads(sys.argv[1])
    if getattr(copyblobs, call)(*args, **options):
        raise SystemExit('the recipe reports a failure')
  `;
  await pythonOutput(script, [JSON.stringify([call, args, options])]);
}

async function site() {
  const root = await temporaryDirectory();
  const source = join(root, 'var', 'blobstorage');
  const [location, filestorage] = [join(root, 'blobstoragebackups'), join(root, 'backups')];
  for (const directory of [source, location, filestorage]) mkdirSync(directory, { recursive: true });
  const backedUp = (stamp: string) => writeFileSync(join(filestorage, `${stamp}.fsz`), '');
  return { root, source, location, filestorage, backedUp };
}

/** Without the time of the directory itself, which the recipe's restore into an existing one does not set. */
const contentOf = (directory: string) => treeOf(directory);

describePeers('beside collective.recipe.backup', () => {
  describe('its trees', () => {
    test.each([true, false])(
      'are listed, and restored as it restores them (stamps: %s)',
      async (timestamps) => {
        const { root, source, location, filestorage, backedUp } = await site();
        const options = { timestamps, fs_backup_location: filestorage };
        for (const [n, stamp] of STAMPS.entries()) {
          writeBlobs(source, [n, n + 10]);
          if (n === 2) writeFileSync(join(source, 'unusual näme\n% "'), 'x');
          mkdirSync(join(source, 'tmp'), { recursive: true });
          appendFileSync(join(source, 'tmp', 'BLOBx.tmp'), 'scratch');
          backedUp(stamp);
          await recipe('backup_blobs', [source, location], options);
        }
        const listed = await listBlobBackups(engine, location);
        expect(listed.backups.map(({ stamp, number }) => stamp ?? number)).toEqual(
          timestamps ? [...STAMPS] : [2, 1, 0],
        );
        expect(listed.latest).toBe(timestamps ? `blobstorage.${STAMPS[2]}` : undefined);
        expect([...listed.foreign, ...listed.damaged, ...listed.partial]).toEqual([]);
        for (const [n, stamp] of STAMPS.entries()) {
          const backup = timestamps ? findBlobBackup(listed, { at: stamp })! : listed.backups[n]!;
          const theirs = join(root, `theirs-${n}`, 'blobstorage');
          mkdirSync(join(theirs, '..'));
          const date = timestamps ? stamp : undefined;
          const from = timestamps || n === 2 ? location : undefined;
          if (from !== undefined) await recipe('restore_blobs', [from, theirs], { date, timestamps });
          else execFileSync('cp', ['-a', join(backup.path, backup.base), theirs]);
          const ours = join(root, `ours-${n}`);
          await restoreBlobs(engine, { backup, target: ours });
          expect(contentOf(ours)).toEqual(contentOf(theirs));
        }
      },
    );

    test('with another name of the source are found by that name', async () => {
      const { root, location, filestorage, backedUp } = await site();
      const source = join(root, 'var', 'blobs-of-plone');
      writeBlobs(source, [1, 2]);
      backedUp(STAMPS[0]);
      await recipe('backup_blobs', [source, location], { timestamps: true, fs_backup_location: filestorage });
      const [backup] = await backupsIn(location);
      expect(backup).toMatchObject({
        id: `blobs-of-plone.${STAMPS[0]}`,
        base: 'blobs-of-plone',
        stamp: STAMPS[0],
      });
      await restoreBlobs(engine, { backup: backup!, target: join(root, 'ours') });
      expect(treeOf(join(root, 'ours'))).toEqual(treeOf(source));
    });

    test('go where its own clean-up would take them', async () => {
      const { source, location, filestorage, backedUp } = await site();
      writeBlobs(source, [1]);
      for (const stamp of STAMPS) {
        backedUp(stamp);
        await recipe('backup_blobs', [source, location], {
          timestamps: true,
          fs_backup_location: filestorage,
        });
      }
      const [oldest] = await backupsIn(location);
      expect(await removeBlobBackups(engine, location, [oldest!])).toEqual({
        removed: [oldest!.id],
        needed: [],
      });
      unlinkSync(join(filestorage, `${STAMPS[0]}.fsz`));
      unlinkSync(join(filestorage, `${STAMPS[1]}.fsz`));
      await recipe('cleanup', [location], {
        fs_backup_location: filestorage,
        latest: `blobstorage.${STAMPS[2]}`,
      });
      const left = await listBlobBackups(engine, location);
      expect(left.backups.map(({ stamp }) => stamp)).toEqual([STAMPS[2]]);
      expect([...left.foreign, ...left.partial]).toEqual([]);
    });
  });

  describe('our trees', () => {
    test('are restored by it, as we restore them', async () => {
      const { root, source, location } = await site();
      for (const [n, stamp] of STAMPS.entries()) {
        writeBlobs(source, [n, n + 10]);
        await makeTree(location, stamp, source);
      }
      for (const backup of await backupsIn(location)) {
        const theirs = join(root, 'theirs', 'blobstorage');
        mkdirSync(join(root, 'theirs'), { recursive: true });
        await recipe('restore_blobs', [location, theirs], { date: backup.stamp, timestamps: true });
        const ours = join(root, `ours-${backup.stamp}`);
        await restoreBlobs(engine, { backup, target: ours });
        expect(treeOf(ours)).toEqual(treeOf(theirs));
      }
    });

    test('that later states share give it every blob of the moment, and blobs of later ones', async () => {
      const { root, source, location } = await site();
      writeBlobs(source, [0, 1]);
      const outer = await makeTree(location, STAMPS[0], source);
      const later = '2026-11-18-03-00-00';
      await addPoolState(outer, { stamp: later, base: STAMPS[0], numbers: [2, 3] });
      const theirs = join(root, 'theirs', 'blobstorage');
      mkdirSync(join(root, 'theirs'));
      await recipe('restore_blobs', [location, theirs], { date: later, timestamps: true });
      const listed = await listBlobBackups(engine, location);
      for (const at of [STAMPS[0], later]) {
        const ours = join(root, `ours-${at}`);
        await restoreBlobs(engine, { backup: findBlobBackup(listed, { at })!, target: ours });
        if (at === later) expect(treeOf(ours)).toEqual(treeOf(theirs));
        expect(Object.keys(treeOf(theirs))).toEqual(expect.arrayContaining(Object.keys(treeOf(ours))));
        rmSync(ours, { recursive: true });
      }
    });
  });
});
