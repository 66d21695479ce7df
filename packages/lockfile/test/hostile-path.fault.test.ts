import { spawnSync } from 'node:child_process';
import { lstat, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { temporaryDirectory, whenDone } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import {
  KernelLock,
  LeaseLock,
  LockFile,
  lockRepository,
  probeStorageLock,
  StorageLock,
} from '../src/index.js';

// Rows 18 and 21 of the fault table: what stands at the path of a lock need not be a file.

const plant = {
  directory: (path: string) => mkdir(path),
  FIFO: async (path: string) => {
    expect(spawnSync('mkfifo', [path]).status).toBe(0);
  },
  socket: (path: string) =>
    new Promise<void>((resolve) => {
      const server = createServer().listen(path, resolve);
      whenDone(() => void server.close());
    }),
  'dangling link': (path: string) => symlink('nowhere', path),
  'link to a file': async (path: string) => {
    await writeFile(`${path}.target`, 'do not touch');
    await symlink(`${path}.target`, path);
  },
} as const;

const uses: readonly (readonly [string, (path: string) => Promise<unknown>])[] = [
  ['KernelLock', (path) => KernelLock.acquire(path, { wait: 5000 })],
  ['a shared KernelLock', (path) => KernelLock.acquire(path, { mode: 'shared', wait: 5000 })],
  ['LockFile', (path) => new LockFile(path, { wait: true }).acquire()],
  ['getOwnerPid', (path) => new LockFile(path).getOwnerPid()],
  ['StorageLock', (path) => StorageLock.acquireFiles([path])],
  ['probeStorageLock', (path) => probeStorageLock(path.replace(/\.lock$/, ''))],
  [
    'lockRepository',
    (path) => lockRepository(join(path, '..'), { command: 'x', name: 'Data.fs.lock', waitMs: 5000 }),
  ],
  ['LeaseLock', (path) => LeaseLock.acquire(path, { command: 'x' })],
];

describe.each(Object.keys(plant) as (keyof typeof plant)[])('a %s at the path of the lock', (what) => {
  test.each(uses)('is an error of %s at once, and stays as it was', async (_, use) => {
    const path = join(await temporaryDirectory(), 'Data.fs.lock');
    await plant[what](path);
    const before = await lstat(path);
    const begin = performance.now();
    await expect(use(path)).rejects.toMatchObject({ code: 'lock.not-a-regular-file', path });
    expect(performance.now() - begin).toBeLessThan(1000);
    const after = await lstat(path);
    expect([after.ino, after.mode]).toEqual([before.ino, before.mode]);
    if (what === 'link to a file') expect(await readFile(`${path}.target`, 'utf8')).toBe('do not touch');
    await expect(stat(join(path, '..', 'nowhere'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

test('a lease that failed so leaves no directory behind', async () => {
  const path = join(await temporaryDirectory(), 'some.lock');
  await mkdir(path);
  await expect(LeaseLock.acquire(path, { command: 'x' })).rejects.toMatchObject({
    code: 'lock.not-a-regular-file',
  });
  await expect(stat(`${path}.lease`)).rejects.toMatchObject({ code: 'ENOENT' });
});
