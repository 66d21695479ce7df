import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import {
  GlobalCronLock,
  KernelLock,
  LockFile,
  LockFileBusy,
  LockFileParsingError,
  ServerBackupLock,
  ServerBackupSyncLock,
  ServerXLOGDBLock,
} from '../src/index.js';
import { startNode } from './node-process.js';

const lockPath = async () => join(await temporaryDirectory(), '.main-backup.lock');

describe('LockFile', () => {
  test('writes its pid into a file of mode 0600, which stays after the release', async () => {
    const path = await lockPath();
    const lock = new LockFile(path);
    expect(await lock.acquire()).toBe(true);
    expect(await lock.acquire()).toBe(true);
    expect(await readFile(path, 'utf8')).toBe(`${process.pid}\n`);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await lock.release();
    await lock.release();
    expect(await readFile(path, 'utf8')).toBe(`${process.pid}\n`);
  });

  test('leaves the content alone without updatePid', async () => {
    const path = await lockPath();
    await writeFile(path, 'what was there');
    await using lock = new LockFile(path);
    await lock.acquire({ updatePid: false });
    expect(await readFile(path, 'utf8')).toBe('what was there');
  });

  test('cuts off what a longer text left', async () => {
    const path = await lockPath();
    await writeFile(path, '123456789 and more\n');
    await using lock = new LockFile(path);
    await lock.acquire();
    expect(await readFile(path, 'utf8')).toBe(`${process.pid}\n`);
  });

  test('throws LockFileBusy, or is false when it should not raise', async () => {
    const path = await lockPath();
    await using _held = await KernelLock.acquire(path);
    const lock = new LockFile(path);
    await expect(lock.acquire()).rejects.toBeInstanceOf(LockFileBusy);
    await expect(lock.acquire()).rejects.toMatchObject({ code: 'lock.busy', path });
    expect(await lock.acquire({ raiseIfFail: false })).toBe(false);
    const quiet = new LockFile(path, { raiseIfFail: false });
    expect(await quiet.acquire()).toBe(false);
    await expect(quiet.acquire({ raiseIfFail: true })).rejects.toBeInstanceOf(LockFileBusy);
  });

  test('waits when told to, by the object, by the call, or for some milliseconds', async () => {
    const path = await lockPath();
    for (const wait of ['object', 'call', 'milliseconds']) {
      const held = await KernelLock.acquire(path);
      setTimeout(() => void held.release(), 50);
      await using lock = new LockFile(path, { wait: wait === 'object' });
      const options = wait === 'object' ? {} : { wait: wait === 'call' ? true : 5000 };
      expect(await lock.acquire(options)).toBe(true);
    }
    await using _held = await KernelLock.acquire(path);
    await expect(new LockFile(path, { wait: true }).acquire({ wait: false })).rejects.toBeInstanceOf(
      LockFileBusy,
    );
    await expect(new LockFile(path).acquire({ wait: 20 })).rejects.toBeInstanceOf(LockFileBusy);
  });

  test('takes the lock once when acquire is called twice at the same time', async () => {
    await using lock = new LockFile(await lockPath());
    expect(await Promise.all([lock.acquire(), lock.acquire()])).toEqual([true, true]);
  });

  test('is freed when its block is left by an error', async () => {
    const path = await lockPath();
    const work = async () => {
      await using lock = new LockFile(path);
      await lock.acquire();
      throw new Error('the work failed');
    };
    await expect(work()).rejects.toThrow('the work failed');
    expect(await new LockFile(path).getOwnerPid()).toBeUndefined();
  });

  test('is held during a callback and freed after it, also after an error', async () => {
    const path = await lockPath();
    const lock = new LockFile(path);
    expect(await lock.use(async (locked) => [locked, await new LockFile(path).getOwnerPid()])).toEqual([
      true,
      process.pid,
    ]);
    const failing = lock.use(() => {
      throw new Error('the work failed');
    });
    await expect(failing).rejects.toThrow('the work failed');
    await using _held = await KernelLock.acquire(path);
    expect(await lock.use((locked) => locked, { raiseIfFail: false })).toBe(false);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'is free after %s ended its process',
    async (signal) => {
      const path = await lockPath();
      const holder = startNode('hold.mjs', ['barman', path]);
      await holder.line('held');
      expect(await new LockFile(path).getOwnerPid()).toBe(holder.pid);
      holder.kill(signal);
      await holder.ended();
      expect(await new LockFile(path).getOwnerPid()).toBeUndefined();
    },
  );

  test('is given back by a handler of SIGTERM that lets the block end', async () => {
    const path = await lockPath();
    const holder = startNode('until-sigterm.mjs', [path]);
    await holder.line('held');
    holder.kill('SIGTERM');
    await holder.line('released');
    expect(await new LockFile(path).getOwnerPid()).toBeUndefined();
    holder.tell('end');
    expect((await holder.ended()).status).toBe(0);
  });
});

describe('getOwnerPid', () => {
  test('is nobody for a free lock; it makes the file and leaves its content', async () => {
    const path = await lockPath();
    expect(await new LockFile(path).getOwnerPid()).toBeUndefined();
    expect((await stat(path)).size).toBe(0);
    await writeFile(path, '4711\n');
    expect(await new LockFile(path).getOwnerPid()).toBeUndefined();
    expect(await readFile(path, 'utf8')).toBe('4711\n');
  });

  test('is our own pid on an object that holds the lock, and it still holds it', async () => {
    const path = await lockPath();
    await using lock = new LockFile(path);
    await lock.acquire();
    expect(await lock.getOwnerPid()).toBe(process.pid);
    lock.assertHeld();
    expect(await new LockFile(path).getOwnerPid()).toBe(process.pid);
  });

  test('throws LockFileParsingError for a held lock whose text is no pid', async () => {
    const path = await lockPath();
    await using held = await KernelLock.acquire(path);
    for (const text of ['', 'garbage\n', '12 34\n', '\n12\n']) {
      held.writeText(text);
      const error = await new LockFile(path).getOwnerPid().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(LockFileParsingError);
      expect(error).toMatchObject({ code: 'lock.owner-unreadable', path });
    }
    held.writeText(' 17 \nmore');
    expect(await new LockFile(path).getOwnerPid()).toBe(17);
  });
});

describe('buildIfMatches', () => {
  test('builds the lock of a path whose name fits', () => {
    const lock = ServerBackupLock.buildIfMatches('/var/lib/barman/.main-backup.lock');
    expect(lock).toBeInstanceOf(ServerBackupLock);
    expect(lock?.filename).toBe('/var/lib/barman/.main-backup.lock');
    const sync = ServerBackupSyncLock.buildIfMatches('/b/.main-20260101T000000-sync-backup.lock');
    expect(sync?.filename).toBe('/b/.main-20260101T000000-sync-backup.lock');
  });

  test('is nothing for another name, and for classes without a pattern', () => {
    expect(ServerBackupLock.buildIfMatches('/b/main-backup.lock')).toBeUndefined();
    expect(ServerBackupLock.buildIfMatches('/b/.main-cron.lock')).toBeUndefined();
    expect(GlobalCronLock.buildIfMatches('/b/.cron.lock')).toBeUndefined();
    expect(ServerXLOGDBLock.buildIfMatches('/b/.main-xlogdb.lock')).toBeUndefined();
    expect(LockFile.buildIfMatches('/b/.main-backup.lock')).toBeUndefined();
    expect(LockFile.LOCK_PATTERN).toBeUndefined();
  });
});
