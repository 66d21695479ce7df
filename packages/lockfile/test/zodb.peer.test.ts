import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describePeers, python, spawnPython, temporaryDirectory } from '@holdfast/test-kit';
import { expect, test } from 'vitest';
import { probeStorageLock, StorageLock } from '../src/index.js';

const OPEN = `
  import os, sys
  from ZODB.FileStorage import FileStorage
  storage = FileStorage(sys.argv[1], read_only=len(sys.argv) > 2)
  print('open', os.getpid(), flush=True)
  sys.stdin.read()
  storage.close()
`;
const TRY = `
  import sys
  from ZODB.FileStorage import FileStorage
  from zc.lockfile import LockError
  try:
      FileStorage(sys.argv[1], read_only=len(sys.argv) > 2).close()
      print('opened')
  except LockError:
      print('busy')
`;
const tryOpen = async (...args: string[]) => (await python(TRY, args)).stdout.trim();

describePeers('with a ZODB FileStorage', () => {
  test('open for writing: Holdfast finds it held, with its pid, until it is closed', async () => {
    const path = join(await temporaryDirectory(), 'Data.fs');
    expect(await probeStorageLock(path)).toEqual({ held: false });
    const zodb = spawnPython(OPEN, [path]);
    const pid = Number((await zodb.line('open')).split(' ')[1]);
    expect(await probeStorageLock(path)).toEqual({ held: true, pid, path: `${path}.lock` });
    await expect(StorageLock.acquire(path)).rejects.toMatchObject({ code: 'lock.busy', details: { pid } });
    expect(await zodb.finish()).toBe(0);
    expect(await probeStorageLock(path)).toEqual({ held: false });
  });

  test('killed: it is free at once', async () => {
    const path = join(await temporaryDirectory(), 'Data.fs');
    const zodb = spawnPython(OPEN, [path]);
    await zodb.line('open');
    await zodb.stop('SIGKILL');
    expect(await probeStorageLock(path)).toEqual({ held: false });
  });

  test('open for reading only: it holds nothing, and Holdfast does not keep it out', async () => {
    const path = join(await temporaryDirectory(), 'Data.fs');
    await tryOpen(path);
    const zodb = spawnPython(OPEN, [path, 'read-only']);
    await zodb.line('open');
    expect(await probeStorageLock(path)).toEqual({ held: false });
    await using _lock = await StorageLock.acquire(path);
    expect(await tryOpen(path, 'read-only')).toBe('opened');
  });

  test('locked by Holdfast: ZODB does not open it for writing, and does afterwards', async () => {
    const path = join(await temporaryDirectory(), 'Data.fs');
    const lock = await StorageLock.acquire(path);
    expect(await tryOpen(path)).toBe('busy');
    await lock.release();
    expect(await tryOpen(path)).toBe('opened');
  });

  test('behind a link: both spellings exclude each other both ways', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'big'));
    const target = join(directory, 'big', 'site.fs');
    const link = join(directory, 'Data.fs');
    await tryOpen(target);
    await symlink(target, link);
    for (const [theirs, ours] of [
      [link, link],
      [target, link],
      [target, target],
    ] as const) {
      const zodb = spawnPython(OPEN, [theirs]);
      await zodb.line('open');
      expect(await probeStorageLock(ours)).toMatchObject({ held: true, path: `${theirs}.lock` });
      await expect(StorageLock.acquire(ours)).rejects.toMatchObject({ code: 'lock.busy' });
      await zodb.finish();
    }
    await using lock = await StorageLock.acquire(link);
    expect(lock.paths).toHaveLength(2);
    expect([await tryOpen(link), await tryOpen(target)]).toEqual(['busy', 'busy']);
  });
});
