import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory, whenDone } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { removeBlobBackups } from '../src/remove.js';
import { restoreBlobs } from '../src/restore-blobs.js';
import { verifyBlobs } from '../src/verify-blobs.js';
import { addPoolState, backupOf, backupsIn, engine, makeTree, STAMPS, writeBlobs } from './support/scene.js';

/** A file system of its own until the test ends; the reason where that is not possible. */
function mountSmall(directory: string, options: string): string | undefined {
  const args = ['-t', 'tmpfs', '-o', options, 'none', directory];
  const { status, stderr, error } = spawnSync('mount', args, { encoding: 'utf8' });
  if (status !== 0) return `no tmpfs: ${error?.message ?? stderr.trim()}`;
  whenDone(() => void spawnSync('umount', [directory]));
  return undefined;
}

/** Takes every byte, and every inode, that is left. */
function fill(directory: string): void {
  const attempt = (write: () => void) => {
    try {
      for (;;) write();
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
    }
  };
  const file = join(directory, 'filler');
  for (const size of [65_536, 1024, 1]) attempt(() => appendFileSync(file, Buffer.alloc(size)));
  let number = 0;
  attempt(() => writeFileSync(join(directory, `inode-${number++}`), ''));
}

describe('on a disk that is full', () => {
  test('trees, shared states and archives are removed', async ({ skip }) => {
    const location = join(await temporaryDirectory(), 'backups');
    mkdirSync(location);
    const reason = mountSmall(location, 'size=1m,nr_inodes=150');
    if (reason !== undefined) return skip(reason);
    const source = join(await temporaryDirectory(), 'source');
    writeBlobs(source, [0, 1, 2]);
    const outer = await makeTree(location, STAMPS[0], source);
    await addPoolState(outer, { stamp: '2026-11-18-03-00-00', base: STAMPS[0], numbers: [3, 4] });
    await makeTree(location, STAMPS[1], source);
    writeFileSync(join(location, 'blobs.2026-11-18-02-00-00.tar'), 'x');
    fill(location);
    expect(() => writeFileSync(join(location, 'more'), 'x')).toThrow(/ENOSPC/);
    const backups = await backupsIn(location);
    const old = backups.filter(({ stamp }) => stamp! < STAMPS[1]);
    expect(old).toHaveLength(3);
    expect((await removeBlobBackups(engine, location, old)).removed).toHaveLength(3);
    const left = await backupsIn(location);
    expect(left.map(({ stamp }) => stamp)).toEqual([STAMPS[1]]);
    expect(await verifyBlobs(engine, { backup: left[0]!, level: 'deep' })).toMatchObject({ sound: true });
  });

  test.for([
    ['bytes', 'size=64k,nr_inodes=500'],
    ['inodes', 'size=8m,nr_inodes=12'],
  ] as const)(
    'a restore that runs out of %s leaves nothing, and harms nothing',
    async ([, options], { skip }) => {
      const root = await temporaryDirectory();
      const [source, location, small] = ['source', 'backups', 'small'].map((name) => join(root, name)) as [
        string,
        string,
        string,
      ];
      writeBlobs(source, [...Array(40).keys()]);
      await makeTree(location, STAMPS[0], source);
      mkdirSync(small);
      const reason = mountSmall(small, options);
      if (reason !== undefined) return skip(reason);
      const backup = await backupOf(location, `blobstorage.${STAMPS[0]}`);
      const target = join(small, 'blobstorage');
      await expect(restoreBlobs(engine, { backup, target })).rejects.toMatchObject({ code: 'fs.no-space' });
      expect(existsSync(target)).toBe(false);
      expect(readdirSync(small)).toEqual([]);
      expect(await verifyBlobs(engine, { backup, level: 'deep' })).toMatchObject({ sound: true });
    },
  );
});
