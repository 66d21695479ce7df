import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { nodeBulkFiles } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import { type FaultyFileSystem, sweepCrashes, sweepFaults, temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import type { BlobBackup } from '../src/blob-backup.js';
import { restoreBlobs } from '../src/restore-blobs.js';
import { backupOf, engine, poolLocation, STAMPS, treeOf } from './support/scene.js';

async function prepared() {
  const root = await temporaryDirectory();
  const location = await poolLocation(root);
  const backup = await backupOf(location, `blobstorage.${STAMPS[0]}@2026-11-18-03-00-00`);
  const stored = treeOf(location);
  let number = 0;
  const fresh = async () => join(root, `target-${number++}`);
  await restoreBlobs(engine, { backup, target: join(root, 'expected') });
  return { root, location, backup, stored, fresh, expected: treeOf(join(root, 'expected')) };
}

function restore(fs: FaultyFileSystem, backup: BlobBackup, target: string) {
  return restoreBlobs({ ...engine, fs, bulk: fs.bulk(nodeBulkFiles) }, { backup, target });
}

describe('a restore of blobs', () => {
  test('killed anywhere never changes the backup, and works after what it left is removed', async () => {
    const { backup, fresh, stored, location, expected } = await prepared();
    const crashes = await sweepCrashes({
      prepare: fresh,
      run: (fs, target) => restore(fs, backup, target),
      check: async (target) => {
        expect(treeOf(location)).toEqual(stored);
        rmSync(target, { recursive: true, force: true });
        await restoreBlobs(engine, { backup, target });
        expect(treeOf(target)).toEqual(expected);
        rmSync(target, { recursive: true });
      },
    });
    expect(crashes).toBeGreaterThan(40);
  });

  test.each(['EIO', 'ENOSPC', 'EACCES'])('removes what it made when a call fails with %s', async (fault) => {
    const { root, backup, fresh, stored, location } = await prepared();
    await sweepFaults({
      prepare: fresh,
      fault,
      run: (fs, target) => restore(fs, backup, target),
      check: async (target, { error }) => {
        expect(isHoldfastError(error)).toBe(true);
        expect(existsSync(target)).toBe(false);
        expect(treeOf(location)).toEqual(stored);
      },
    });
    expect(readdirSync(root).filter((name) => name.startsWith('target-')).length).toBe(1);
  });
});
