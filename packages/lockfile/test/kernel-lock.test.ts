import { readFile, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@holdfast/test-kit';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Flock } from '../src/flock.js';
import { KernelLock } from '../src/index.js';
import { FLOCKS } from './flocks.js';
import { startNode } from './node-process.js';

describe.each(FLOCKS)('a kernel lock through $name', ({ load }) => {
  let flock: Flock;
  beforeAll(async () => {
    flock = await load();
  });
  const lockPath = async () => join(await temporaryDirectory(), 'some.lock');

  test('excludes every other exclusive and shared lock, also of the same process', async () => {
    const path = await lockPath();
    await using lock = await KernelLock.acquire(path, { flock });
    expect(lock.held).toBe(true);
    await expect(KernelLock.acquire(path, { flock })).rejects.toMatchObject({ code: 'lock.busy', path });
    await expect(KernelLock.acquire(path, { flock, mode: 'shared' })).rejects.toMatchObject({
      code: 'lock.busy',
    });
  });

  test('shared is shared with shared ones and excludes exclusive ones', async () => {
    const path = await lockPath();
    await using first = await KernelLock.acquire(path, { flock, mode: 'shared' });
    await using second = await KernelLock.acquire(path, { flock, mode: 'shared' });
    expect([first.mode, second.mode]).toEqual(['shared', 'shared']);
    await expect(KernelLock.acquire(path, { flock })).rejects.toMatchObject({ code: 'lock.busy' });
    await first.release();
    await expect(KernelLock.acquire(path, { flock })).rejects.toMatchObject({ code: 'lock.busy' });
  });

  test('is free after the release, which may be called twice, and the file stays', async () => {
    const path = await lockPath();
    const lock = await KernelLock.acquire(path, { flock });
    await lock.release();
    await lock.release();
    expect(() => lock.assertHeld()).toThrow(expect.objectContaining({ code: 'lock.lost' }));
    await using next = await KernelLock.acquire(path, { flock });
    expect(next.held).toBe(true);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test('a child that still has the descriptor does not keep a released lock', async () => {
    const path = await lockPath();
    const lock = await KernelLock.acquire(path, { flock });
    const heir = startNode('sleep.mjs', [], { inherit: lock.descriptors });
    await heir.line('ready');
    await lock.release();
    await using next = await KernelLock.acquire(path, { flock });
    expect(next.held).toBe(true);
  });
});

describe('waiting for a kernel lock', () => {
  test('ends with the lock as soon as it is free, while the event loop goes on', async () => {
    const path = join(await temporaryDirectory(), 'some.lock');
    const holder = startNode('hold.mjs', ['kernel', path]);
    await holder.line('held');
    let ticks = 0;
    const timer = setInterval(() => {
      ticks += 1;
    }, 5);
    setTimeout(() => holder.tell('release'), 300);
    await using lock = await KernelLock.acquire(path, { wait: 10_000 });
    clearInterval(timer);
    expect(lock.held).toBe(true);
    expect(ticks).toBeGreaterThan(10);
  });

  test('ends with lock.busy at the deadline', async () => {
    const path = join(await temporaryDirectory(), 'some.lock');
    await using _held = await KernelLock.acquire(path);
    const begin = performance.now();
    await expect(KernelLock.acquire(path, { wait: 200 })).rejects.toMatchObject({ code: 'lock.busy' });
    const took = performance.now() - begin;
    expect(took).toBeGreaterThanOrEqual(199);
    expect(took).toBeLessThan(2000);
  });

  test('is cancelled by the signal, at once and also when it was aborted before', async () => {
    const path = join(await temporaryDirectory(), 'some.lock');
    await using _held = await KernelLock.acquire(path);
    const cancel = new AbortController();
    setTimeout(() => cancel.abort(new Error('no longer wanted')), 50);
    const waiting = KernelLock.acquire(path, { wait: Number.POSITIVE_INFINITY, signal: cancel.signal });
    await expect(waiting).rejects.toMatchObject({
      code: 'cancelled',
      cause: expect.objectContaining({ message: 'no longer wanted' }),
    });
    await expect(KernelLock.acquire(path, { signal: cancel.signal })).rejects.toMatchObject({
      code: 'cancelled',
    });
  });

  test('keeps its deadline when the wall clock jumps', async () => {
    const path = join(await temporaryDirectory(), 'some.lock');
    await using _held = await KernelLock.acquire(path);
    let monotonic = 0;
    let sleeps = 0;
    const clock = {
      now: () => (sleeps % 2 === 0 ? 0 : 4e12),
      monotonic: () => monotonic,
      sleep: async (milliseconds: number) => {
        sleeps += 1;
        monotonic += milliseconds;
      },
    };
    await expect(KernelLock.acquire(path, { wait: 60_000, clock })).rejects.toMatchObject({
      code: 'lock.busy',
    });
    expect(monotonic).toBeCloseTo(60_000);
  });
});

describe('the file under the path of a kernel lock', () => {
  test('is looked at again after locking: a file that was replaced meanwhile is not the lock', async () => {
    const path = join(await temporaryDirectory(), 'some.lock');
    const real = await FLOCKS[0]!.load();
    let replaced = 0;
    const flock: Flock = {
      ...real,
      async tryLock(descriptor, mode) {
        if (replaced++ < 2) {
          await writeFile(`${path}.new`, `file ${replaced}\n`);
          await rename(`${path}.new`, path);
        }
        return real.tryLock(descriptor, mode, path);
      },
    };
    await using lock = await KernelLock.acquire(path, { flock });
    expect(replaced).toBe(3);
    expect(lock.readText()).toBe('file 2\n');
    await expect(KernelLock.acquire(path)).rejects.toMatchObject({ code: 'lock.busy' });
  });

  test('counts as busy when it is replaced again and again', async () => {
    const path = join(await temporaryDirectory(), 'some.lock');
    const real = await FLOCKS[0]!.load();
    const flock: Flock = {
      ...real,
      async tryLock(descriptor, mode) {
        await unlink(path);
        return real.tryLock(descriptor, mode, path);
      },
    };
    await expect(KernelLock.acquire(path, { flock })).rejects.toMatchObject({ code: 'lock.busy' });
  });

  test.each(['removed', 'replaced'])('is noticed by assertHeld when it was %s', async (how) => {
    const path = join(await temporaryDirectory(), 'some.lock');
    await using lock = await KernelLock.acquire(path);
    lock.assertHeld();
    await unlink(path);
    if (how === 'replaced') await writeFile(path, '');
    expect(() => lock.assertHeld()).toThrow(expect.objectContaining({ code: 'lock.lost', path }));
    expect(() => lock.writeText('x')).toThrow(expect.objectContaining({ code: 'lock.lost' }));
  });

  test('keeps its text while another process fails to lock it', async () => {
    const path = join(await temporaryDirectory(), 'some.lock');
    await using lock = await KernelLock.acquire(path);
    lock.writeText('the holder\n');
    const failed = await startNode('hold.mjs', ['kernel', path, '{"text":"another"}']).ended();
    expect(failed.stdout).toContain('error lock.busy');
    expect(await readFile(path, 'utf8')).toBe('the holder\n');
  });

  test('is not written over when it is too long to be a lock’s text', async () => {
    const path = join(await temporaryDirectory(), 'Data.fs');
    const data = 'precious '.repeat(1000);
    await writeFile(path, data);
    await using lock = await KernelLock.acquire(path);
    expect(lock.writeText('1\n')).toBe(false);
    expect(await readFile(path, 'utf8')).toBe(data);
  });

  test('is not made when it is missing and should not be', async () => {
    const path = join(await temporaryDirectory(), 'some.lock');
    await expect(KernelLock.acquire(path, { create: false })).rejects.toMatchObject({ code: 'fs.not-found' });
    expect(await KernelLock.isHeld(path)).toBe(false);
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('a kernel lock lasts', () => {
  const busyWhile = async (word: string) => {
    const path = join(await temporaryDirectory(), 'some.lock');
    const holder = startNode('hold.mjs', ['kernel', path], {
      nodeArgs: ['--expose-gc', '--max-old-space-size=2048'],
    });
    await holder.line('held');
    holder.tell(word);
    await holder.line('blocking');
    let looks = 0;
    let unblocked = false;
    const end = holder.line('unblocked').then(() => {
      unblocked = true;
    });
    while (!unblocked) {
      expect(await KernelLock.tryAcquire(path)).toBeUndefined();
      looks += 1;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await end;
    holder.tell('assert');
    await holder.line('assert ok');
    return looks;
  };

  test('while its holder’s event loop is blocked', async () => {
    expect(await busyWhile('block 1500')).toBeGreaterThan(10);
  });

  test('while its holder collects garbage', async () => {
    expect(await busyWhile('collect')).toBeGreaterThan(1);
  });
});

test('a program that is started while a lock is held does not inherit it', async () => {
  const path = join(await temporaryDirectory(), 'some.lock');
  await using _lock = await KernelLock.acquire(path);
  const { stdout } = await startNode('descriptors.mjs').ended();
  expect(stdout).toContain('/');
  expect(stdout).not.toContain(path);
});
