import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory, whenDone } from '@holdfast/test-kit';
import { describe, expect, it } from 'vitest';
import { backUp, namesIn } from './support/backup.js';
import { STAMPS, treeOf, writeBlobs } from './support/scene.js';

const [FIRST, SECOND, THIRD] = STAMPS;
const isRoot = process.getuid?.() === 0;

async function smallDisk(options: string): Promise<string> {
  const path = join(await temporaryDirectory(), 'disk');
  mkdirSync(path);
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path]);
  whenDone(() => void execFileSync('umount', [path]));
  return path;
}

/** Only root can mount one. */
describe.skipIf(!isRoot)('a disk that is too small', () => {
  it.each([
    ['bytes', 'size=1m'],
    ['inodes', 'size=64m,nr_inodes=150'],
  ])(
    'for %s leaves the backups before, and nothing half-made; with room again the next run goes on',
    async (_, options) => {
      const location = join(await smallDisk(options), 'backups');
      const source = join(await temporaryDirectory(), 'blobstorage');
      writeBlobs(source, [1, 2, 3]);
      await backUp({ source, location, stamp: FIRST });
      const before = treeOf(location);
      const many = Array.from({ length: 400 }, (_, number) => number);
      writeBlobs(source, many);
      await expect(backUp({ source, location, stamp: SECOND })).rejects.toMatchObject({
        code: 'fs.no-space',
      });
      expect(treeOf(location)).toEqual(before);
      execFileSync('mount', ['-o', 'remount,size=64m,nr_inodes=9000', join(location, '..')]);
      await backUp({ source, location, stamp: THIRD });
      expect(treeOf(join(location, `blobstorage.${THIRD}/blobstorage`))).toEqual(treeOf(source));
      expect(namesIn(location)).toEqual([`blobstorage.${FIRST}`, `blobstorage.${THIRD}`, 'latest']);
    },
  );
});
