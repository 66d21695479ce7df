import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { KernelLock, probeStorageLock, StorageLock, storageLockPaths } from '../src/index.js';
import { parseStoragePid } from '../src/storage-lock.js';

describe('the lock of a FileStorage', () => {
  test('is taken on the path as configured, with zc.lockfile’s text', async () => {
    const path = join(await temporaryDirectory(), 'Data.fs');
    await writeFile(path, 'FS30');
    await using lock = await StorageLock.acquire(path);
    expect(lock.paths).toEqual([`${path}.lock`]);
    expect(await readFile(`${path}.lock`, 'utf8')).toBe(` ${process.pid}\n`);
    expect(await probeStorageLock(path)).toEqual({ held: true, pid: process.pid, path: `${path}.lock` });
    lock.assertHeld();
  });

  test('is taken on the path and on the target’s where the path is a link', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'big'));
    await writeFile(join(directory, 'big', 'site.fs'), 'FS30');
    const path = join(directory, 'Data.fs');
    await symlink('big/site.fs', path);
    const target = join(directory, 'big', 'site.fs');
    const lock = await StorageLock.acquire(path);
    expect(lock.paths).toEqual([`${path}.lock`, `${target}.lock`]);
    expect(await probeStorageLock(target)).toMatchObject({ held: true, path: `${target}.lock` });
    await lock.release();
    expect(await probeStorageLock(path)).toEqual({ held: false });
  });

  test('is one lock for two spellings of one directory', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'real'));
    await symlink('real', join(directory, 'alias'));
    expect(await storageLockPaths(join(directory, 'alias', 'Data.fs'))).toEqual([
      join(directory, 'real', 'Data.fs.lock'),
    ]);
  });

  test('is given back wholly when one of the two is busy, and the error names the holder', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'site.fs'), 'FS30');
    const path = join(directory, 'Data.fs');
    await symlink('site.fs', path);
    const target = join(directory, 'site.fs.lock');
    await using other = await KernelLock.acquire(target);
    other.writeText(' 4711\n');
    await expect(StorageLock.acquire(path)).rejects.toMatchObject({
      code: 'lock.busy',
      path: target,
      details: { pid: 4711, liveness: 'dead' },
    });
    expect(await readFile(target, 'utf8')).toBe(' 4711\n');
    await using first = await KernelLock.acquire(`${path}.lock`);
    expect(first.held).toBe(true);
  });

  test('is not held where there is no lock file or no directory, and looking makes none', async () => {
    const directory = await temporaryDirectory();
    expect(await probeStorageLock(join(directory, 'Data.fs'))).toEqual({ held: false });
    expect(await probeStorageLock(join(directory, 'missing', 'Data.fs'))).toEqual({ held: false });
    expect(await readdir(directory)).toEqual([]);
  });

  test('is also taken on lock files given by their own paths', async () => {
    const directory = await temporaryDirectory();
    const paths = [join(directory, 'lock'), join(directory, 'sublock')];
    await using lock = await StorageLock.acquireFiles(paths);
    expect(lock.paths).toEqual(paths);
    await expect(StorageLock.acquireFiles(paths)).rejects.toMatchObject({ code: 'lock.busy' });
  });

  test.each([
    [' 42\n', 42],
    [' 42;host\n', 42],
    ['42\n', 42],
    ['', undefined],
    ['garbage', undefined],
    [' 123456789012345\n', undefined],
  ])('reads the pid of %j as %s', (text, pid) => {
    expect(parseStoragePid(text)).toBe(pid);
  });
});
