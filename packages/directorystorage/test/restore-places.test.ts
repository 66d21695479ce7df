import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { restoreStorage } from '../src/index.js';
import { backUp } from './support/backups.js';
import { buildStorage } from './support/build-storage.js';

async function archives(): Promise<string> {
  const { directory } = await buildStorage({ objects: 2, transactions: 1, format: 'flat' });
  await backUp(directory, 'full');
  return join(directory, 'backups');
}

test('a mount point is refused before anything is unpacked', async () => {
  const backups = await archives();
  const target = join(await temporaryDirectory(), 'mounted');
  await mkdir(target);
  // Making a mount needs more than a test may: this says of the directory what the system says of one.
  const fs = new Proxy(nodeFileSystem, {
    get: (real, name: keyof typeof nodeFileSystem) =>
      name === 'lstat'
        ? async (path: string) => ({ ...(await real.lstat(path)), ...(path === target && { dev: '999' }) })
        : real[name],
  });
  await expect(restoreStorage({ fs }, { backups, target })).rejects.toMatchObject({
    code: 'fs.exists',
    message: `${target} is a mount point, and cannot be replaced`,
    hint: expect.stringContaining('below it'),
  });
  expect(await readdir(join(target, '..'))).toEqual(['mounted']);
  await restoreStorage({ fs }, { backups, target: join(target, 'ds') });
  await rm(join(target, 'ds'), { recursive: true });
});

test('what a killed restore left to the same target is told', async () => {
  const backups = await archives();
  const parent = await temporaryDirectory();
  const left = join(parent, '.holdfast-restore-0123456789ab-ds');
  await mkdir(left);
  await mkdir(join(parent, '.holdfast-restore-0123456789ab-other'));
  const warnings: string[] = [];
  const warn = (text: string) => void warnings.push(text);
  await restoreStorage({ fs: nodeFileSystem, warn }, { backups, target: join(parent, 'ds') });
  expect(warnings).toEqual([expect.stringContaining(`${left} is what a killed restore left`)]);
});

describe('where a file is in the way', () => {
  test.each(['file', 'link'])('of the archives (%s), it is said so', async (what) => {
    const backups = join(await temporaryDirectory(), 'backups');
    if (what === 'file') await writeFile(backups, '');
    else await symlink('nowhere', backups);
    const target = join(await temporaryDirectory(), 'ds');
    await expect(restoreStorage({ fs: nodeFileSystem }, { backups, target })).rejects.toMatchObject({
      code: 'repository.missing',
      message: `${backups} is neither a directory nor leads to one`,
    });
  });

  test.each(['ds', 'deep/ds'])('of the new storage (file/%s), it is said so', async (below) => {
    const file = join(await temporaryDirectory(), 'file');
    await writeFile(file, '');
    const request = { backups: await archives(), target: join(file, below) };
    await expect(restoreStorage({ fs: nodeFileSystem }, request)).rejects.toMatchObject({
      code: 'fs.exists',
      message: expect.stringContaining(`${basename(file)} is not a directory`),
    });
  });
});
