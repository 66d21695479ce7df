import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describePeers, python, spawnPython, temporaryDirectory } from '@holdfast/test-kit';
import { expect, test } from 'vitest';
import { KernelLock, probeStorageLock, StorageLock } from '../src/index.js';

/** Takes a lock (argv: file, EX or SH), says so, keeps it until its standard input ends. */
const HOLD_FLOCK = `
  import fcntl, sys
  f = open(sys.argv[1], 'a+')
  fcntl.flock(f, getattr(fcntl, 'LOCK_' + sys.argv[2]) | fcntl.LOCK_NB)
  print('held', flush=True)
  sys.stdin.read()
`;
const TRY_FLOCK = `
  import fcntl, sys
  f = open(sys.argv[1], 'a+')
  try:
      fcntl.flock(f, getattr(fcntl, 'LOCK_' + sys.argv[2]) | fcntl.LOCK_NB)
      print('locked')
  except BlockingIOError:
      print('busy')
`;

describePeers('with Python’s fcntl.flock', () => {
  const tryFlock = async (path: string, mode: 'EX' | 'SH') =>
    (await python(TRY_FLOCK, [path, mode])).stdout.trim();

  test('each excludes the other, exclusive and shared', async () => {
    const path = join(await temporaryDirectory(), 'some.lock');
    for (const [ours, theirs, excluded] of [
      ['exclusive', 'EX', true],
      ['exclusive', 'SH', true],
      ['shared', 'EX', true],
      ['shared', 'SH', false],
    ] as const) {
      const lock = await KernelLock.acquire(path, { mode: ours });
      expect(await tryFlock(path, theirs)).toBe(excluded ? 'busy' : 'locked');
      await lock.release();
      expect(await tryFlock(path, theirs)).toBe('locked');

      const holder = spawnPython(HOLD_FLOCK, [path, theirs]);
      await holder.line('held');
      const attempt = await KernelLock.tryAcquire(path, { mode: ours });
      expect(attempt === undefined).toBe(excluded);
      await attempt?.release();
      await holder.stop('SIGKILL');
      const after = await KernelLock.acquire(path, { mode: ours });
      await after.release();
    }
  });

  test('a blocking Python waiter gets the lock when it is released', async () => {
    const path = join(await temporaryDirectory(), 'some.lock');
    const lock = await KernelLock.acquire(path);
    const waiter = spawnPython(
      `
        import fcntl, sys
        f = open(sys.argv[1], 'a+')
        print('waiting', flush=True)
        fcntl.flock(f, fcntl.LOCK_EX)
        print('got it', flush=True)
        sys.stdin.read()
      `,
      [path],
    );
    await waiter.line('waiting');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(waiter.output().stdout).not.toContain('got it');
    await lock.release();
    await waiter.line('got it');
    await expect(KernelLock.acquire(path)).rejects.toMatchObject({ code: 'lock.busy' });
    setTimeout(() => void waiter.finish(), 50);
    await using next = await KernelLock.acquire(path, { wait: 10_000 });
    expect(next.held).toBe(true);
  });
});

describePeers('with zc.lockfile', () => {
  const HOLD = `
    import os, sys, zc.lockfile
    lock = zc.lockfile.LockFile(sys.argv[1])
    print('held', os.getpid(), flush=True)
    sys.stdin.read()
    lock.close()
  `;
  const TRY = `
    import sys, zc.lockfile
    try:
        zc.lockfile.LockFile(sys.argv[1])
        print('locked')
    except zc.lockfile.LockError:
        print('busy')
  `;

  test('each excludes the other, and the text is of the same form', async () => {
    const path = join(await temporaryDirectory(), 'Data.fs');
    const ours = await StorageLock.acquire(path);
    expect((await python(TRY, [`${path}.lock`])).stdout.trim()).toBe('busy');
    expect(await readFile(`${path}.lock`, 'utf8')).toBe(` ${process.pid}\n`);
    await ours.release();
    expect((await python(TRY, [`${path}.lock`])).stdout.trim()).toBe('locked');

    const theirs = spawnPython(HOLD, [`${path}.lock`]);
    const pid = Number((await theirs.line('held')).split(' ')[1]);
    expect(await readFile(`${path}.lock`, 'utf8')).toBe(` ${pid}\n`);
    expect(await probeStorageLock(path)).toEqual({ held: true, pid, path: `${path}.lock` });
    await expect(StorageLock.acquire(path)).rejects.toMatchObject({ code: 'lock.busy', details: { pid } });
    await theirs.finish();
    expect(await probeStorageLock(path)).toEqual({ held: false });
    await using again = await StorageLock.acquire(path);
    expect(await readFile(`${path}.lock`, 'utf8')).toBe(` ${process.pid}\n`);
    again.assertHeld();
  });

  test('its locks with the host name in the text are read as well', async () => {
    const path = join(await temporaryDirectory(), 'lock');
    const script = HOLD.replace('(sys.argv[1])', "(sys.argv[1], content_template='{pid};{hostname}')");
    const theirs = spawnPython(script, [path]);
    const pid = Number((await theirs.line('held')).split(' ')[1]);
    await expect(StorageLock.acquireFiles([path])).rejects.toMatchObject({ details: { pid } });
  });

  test('with nothing but a stale text, both take the lock', async () => {
    const path = join(await temporaryDirectory(), 'Data.fs');
    await writeFile(`${path}.lock`, ' 4194305\nand a long tail of something else\n');
    expect(await probeStorageLock(path)).toEqual({ held: false });
    const lock = await StorageLock.acquire(path);
    await lock.release();
    expect((await python(TRY, [`${path}.lock`])).stdout.trim()).toBe('locked');
  });
});
