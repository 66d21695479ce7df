import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describePeers, pythonOutput } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { prepareArchive } from '../src/archive/prepare-archive.js';
import { restoreBlobs } from '../src/restore-blobs.js';
import { type ArchiveSite, archive, archiveRequest, archiveSite, inSeconds } from './support/archives.js';
import { backupsIn, engine, STAMPS, treeOf, writeBlobs } from './support/scene.js';

const BACKUP = `
  import sys, json
  from collective.recipe.backup.copyblobs import backup_blobs_archive
  source, destination, options = sys.argv[1:]
  backup_blobs_archive(source, destination, **json.loads(options))
`;
const RESTORE = `
  import sys, json
  from collective.recipe.backup.copyblobs import restore_blobs_archive
  source, destination, options = sys.argv[1:]
  sys.exit(1 if restore_blobs_archive(source, destination, **json.loads(options)) else 0)
`;

/** The recipe takes its stamps from the names of filestorage backups. */
function filestorageBackup(site: ArchiveSite, stamp: string, kind: 'full' | 'increment'): string {
  const directory = join(site.root, 'filestorage-backups');
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, `${stamp}.${kind === 'full' ? 'fs' : 'deltafs'}`), '');
  return directory;
}

interface RecipeOptions {
  readonly timestamps?: boolean;
  readonly compress_blob?: boolean;
  readonly incremental_blobs?: boolean;
  readonly fs_backup_location?: string;
}

async function recipeBackup({ source, location }: ArchiveSite, options: RecipeOptions): Promise<void> {
  await pythonOutput(BACKUP, [source, location, JSON.stringify({ keep: 0, ...options })]);
}

async function recipeRestore(
  { root, location }: ArchiveSite,
  options: { readonly date?: string; readonly timestamps?: boolean } = {},
): Promise<Record<string, string>> {
  const target = join(root, `recipe-restored-${options.date ?? 'newest'}`);
  await pythonOutput(RESTORE, [location, target, JSON.stringify(options)]);
  return inSeconds(treeOf(target));
}

async function ourRestore({ root, location }: ArchiveSite, index = -1): Promise<Record<string, string>> {
  const target = join(root, `our-restored-${index}`);
  await restoreBlobs(engine, { backup: (await backupsIn(location)).at(index)!, target });
  return inSeconds(treeOf(target));
}

const sourceOf = ({ source }: ArchiveSite) => inSeconds(treeOf(source));

describePeers('archives and collective.recipe.backup', () => {
  describe('the recipe restores what Holdfast wrote', () => {
    test.each([false, true])('archives with stamps (gzip: %s), the newest and by date', async (gzip) => {
      const site = await archiveSite();
      await archive(site, STAMPS[0], { gzip });
      const first = sourceOf(site);
      writeBlobs(site.source, [9]);
      await archive(site, STAMPS[1], { gzip });
      expect(await recipeRestore(site, { timestamps: true })).toEqual(sourceOf(site));
      expect(await recipeRestore(site, { timestamps: true, date: STAMPS[0] })).toEqual(first);
    });

    test('rotated archives', async () => {
      const site = await archiveSite();
      await archive(site, STAMPS[0], { rotated: true });
      writeBlobs(site.source, [9]);
      await archive(site, STAMPS[1], { rotated: true, gzip: true });
      expect(await recipeRestore(site)).toEqual(sourceOf(site));
    });

    test('deltas, also with what is gone', async () => {
      const site = await archiveSite();
      await archive(site, STAMPS[0], { incremental: true });
      const added = writeBlobs(site.source, [9, 10]);
      await archive(site, STAMPS[1], { incremental: true, gzip: true });
      const second = sourceOf(site);
      rmSync(join(site.source, added[0]!));
      writeBlobs(site.source, [11]);
      await archive(site, STAMPS[2], { incremental: true });
      expect(Object.keys(await recipeRestore(site, { timestamps: true }))).toEqual(
        Object.keys(sourceOf(site)),
      );
      expect(Object.keys(await recipeRestore(site, { timestamps: true, date: STAMPS[1] }))).toEqual(
        Object.keys(second),
      );
    });
  });

  describe('Holdfast restores what the recipe wrote', () => {
    test.each([false, true])('rotated archives (compress_blob: %s)', async (compress_blob) => {
      const site = await archiveSite();
      await recipeBackup(site, { compress_blob });
      const first = sourceOf(site);
      writeBlobs(site.source, [9]);
      await recipeBackup(site, { compress_blob });
      expect(await ourRestore(site)).toEqual(sourceOf(site));
      expect(await ourRestore(site, 0)).toEqual(first);
    });

    test('a chain with renames and with what is gone', async () => {
      const site = await archiveSite();
      mkdirSync(join(site.source, 'dir'));
      writeFileSync(join(site.source, 'dir', 'file'), 'file');
      const options = { timestamps: true, incremental_blobs: true };
      const fs_backup_location = filestorageBackup(site, STAMPS[0], 'full');
      await recipeBackup(site, { ...options, fs_backup_location });
      const [blob] = writeBlobs(site.source, [9]);
      rmSync(join(site.source, writeBlobs(join(site.root, 'same'), [0])[0]!));
      renameSync(join(site.source, 'dir'), join(site.source, 'renamed'));
      filestorageBackup(site, STAMPS[1], 'increment');
      await recipeBackup(site, { ...options, fs_backup_location });
      expect(readdirSync(site.location)).toContain(`blobstorage.${STAMPS[1]}.delta.tar`);
      const restored = await ourRestore(site);
      expect(restored).toEqual(await recipeRestore(site, { timestamps: true }));
      expect(Object.keys(restored)).toEqual(Object.keys(sourceOf(site)));
      expect(Object.keys(restored)).toContain(blob);
    });
  });

  describe('one goes on where the other stopped', () => {
    test('the recipe after Holdfast', async () => {
      const site = await archiveSite();
      const fs_backup_location = filestorageBackup(site, STAMPS[0], 'full');
      await archive(site, STAMPS[0], { incremental: true });
      writeBlobs(site.source, [9]);
      await archive(site, STAMPS[1], { incremental: true });
      filestorageBackup(site, STAMPS[1], 'increment');
      filestorageBackup(site, STAMPS[2], 'increment');
      writeBlobs(site.source, [10]);
      rmSync(join(site.source, writeBlobs(join(site.root, 'same'), [1])[0]!));
      await recipeBackup(site, { timestamps: true, incremental_blobs: true, fs_backup_location });
      expect(readdirSync(site.location)).toContain(`blobstorage.${STAMPS[2]}.delta.tar`);
      const expected = Object.keys(sourceOf(site));
      expect(Object.keys(await recipeRestore(site, { timestamps: true }))).toEqual(expected);
      expect(Object.keys(await ourRestore(site))).toEqual(expected);
    });

    test('Holdfast after the recipe', async () => {
      const site = await archiveSite();
      const options = { timestamps: true, incremental_blobs: true };
      const fs_backup_location = filestorageBackup(site, STAMPS[0], 'full');
      await recipeBackup(site, { ...options, fs_backup_location });
      writeBlobs(site.source, [9]);
      filestorageBackup(site, STAMPS[1], 'increment');
      await recipeBackup(site, { ...options, fs_backup_location });
      writeBlobs(site.source, [10]);
      rmSync(join(site.source, writeBlobs(join(site.root, 'same'), [1])[0]!));
      await using delta = await prepareArchive(
        engine,
        archiveRequest(site, STAMPS[2], { incremental: true }),
      );
      await delta.publish();
      expect(delta.summary).toMatchObject({ style: 'delta', copied: 1, gone: 1 });
      const expected = Object.keys(sourceOf(site));
      expect(Object.keys(await ourRestore(site))).toEqual(expected);
      expect(Object.keys(await recipeRestore(site, { timestamps: true }))).toEqual(expected);
    });

    test('rotated archives of both are counted on by both', async () => {
      const site = await archiveSite([0]);
      const states: string[][] = [];
      const note = () => states.unshift(Object.keys(sourceOf(site)));
      await archive(site, STAMPS[0], { rotated: true });
      note();
      writeBlobs(site.source, [1]);
      await recipeBackup(site, {});
      note();
      writeBlobs(site.source, [2]);
      await archive(site, STAMPS[1], { rotated: true, gzip: true });
      note();
      writeBlobs(site.source, [3]);
      await recipeBackup(site, { compress_blob: true });
      note();
      const archives = (await backupsIn(site.location)).toReversed();
      expect(archives.map(({ number }) => number)).toEqual([0, 1, 2, 3]);
      for (const [index, backup] of archives.entries()) {
        const target = join(site.root, `rotated-${index}`);
        await restoreBlobs(engine, { backup, target });
        expect(Object.keys(treeOf(target))).toEqual(states[index]);
      }
    });
  });
});
