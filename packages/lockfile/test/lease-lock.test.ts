import { mkdir, readdir, readFile, rm, rmdir, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileSystem, fsError, nodeFileSystem } from '@holdfast/durable-fs';
import { temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { LeaseLock } from '../src/index.js';
import { leaseIsFresh } from '../src/lease-directory.js';
import { writeRecord } from '../src/owner-record.js';
import { type NodeProcess, startNode } from './node-process.js';

const SHORT = { command: 'test', staleMs: 4000, updateMs: 1000 } as const;
const leasePath = async () => join(await temporaryDirectory(), 'some.lock');
const lostError = expect.objectContaining({ code: 'lock.lost' });

/** As if the holder had stopped refreshing long ago. */
async function grewStale(path: string): Promise<void> {
  const past = new Date(Date.now() - 120_000);
  await utimes(`${path}.lease`, past, past);
}

describe('a lease', () => {
  test('is a directory beside the file, and the file says who holds it', async () => {
    const path = await leasePath();
    await using lease = await LeaseLock.acquire(path, SHORT);
    expect((await stat(`${path}.lease`)).isDirectory()).toBe(true);
    expect(leaseIsFresh(`${path}.lease`)).toBe(true);
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({
      holdfastLock: 1,
      kind: 'lease',
      command: 'test',
      pid: process.pid,
    });
    lease.assertHeld();
    expect(lease.signal.aborted).toBe(false);
    expect(lease.owner.pid).toBe(process.pid);
  });

  test('excludes another process and this one, naming the holder', async () => {
    const path = await leasePath();
    const lease = await LeaseLock.acquire(path, SHORT);
    await expect(LeaseLock.acquire(path, SHORT)).rejects.toMatchObject({
      code: 'lock.busy',
      details: { owner: { pid: process.pid, command: 'test' }, liveness: 'alive' },
    });
    const other = await startNode('hold.mjs', ['lease', path]).ended();
    expect(other.stdout).toContain('error lock.busy');
    await lease.release();
    await lease.release();
    expect(await readdir(join(path, '..'))).toEqual(['some.lock']);
    expect(() => lease.assertHeld()).toThrow(lostError);
    const next = await LeaseLock.acquire(path, SHORT);
    await next.release();
  });

  test('is waited for, and the waiting can be cancelled', async () => {
    const path = await leasePath();
    const lease = await LeaseLock.acquire(path, SHORT);
    setTimeout(() => void lease.release(), 100);
    await using next = await LeaseLock.acquire(path, { ...SHORT, wait: 5000 });
    const cancelled = LeaseLock.acquire(path, { ...SHORT, wait: 5000, signal: AbortSignal.timeout(50) });
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
    next.assertHeld();
  });

  test('is refreshed while it is held', async () => {
    const path = await leasePath();
    await using lease = await LeaseLock.acquire(path, SHORT);
    await new Promise((resolve) => setTimeout(resolve, 2600));
    expect(Date.now() - (await stat(`${path}.lease`)).mtimeMs).toBeLessThan(1800);
    lease.assertHeld();
  });

  test('of a killed process is free once it is stale, not before', async () => {
    const path = await leasePath();
    const holder = startNode('hold.mjs', ['lease', path]);
    await holder.line('held');
    holder.kill('SIGKILL');
    await holder.ended();
    await expect(LeaseLock.acquire(path, SHORT)).rejects.toMatchObject({
      code: 'lock.busy',
      details: { liveness: 'dead' },
      message: expect.stringContaining('that process is gone'),
    });
    await grewStale(path);
    await using lease = await LeaseLock.acquire(path, SHORT);
    lease.assertHeld();
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('is given back when %s ends its process', async (signal) => {
    const path = await leasePath();
    const holder = startNode('hold.mjs', ['lease', path]);
    await holder.line('held');
    holder.kill(signal);
    await holder.ended();
    await using lease = await LeaseLock.acquire(path, SHORT);
    lease.assertHeld();
  });
});

describe('a lease that is taken over while it is being made', () => {
  /** After the directory of the lease was made, and after it was looked at: what another process does. */
  const meddling = (what: { made?: () => Promise<void>; seen?: () => Promise<void> }): FileSystem => ({
    ...nodeFileSystem,
    makeDirectory: async (path, mode) => {
      await nodeFileSystem.makeDirectory(path, mode);
      await what.made?.();
    },
    lstat: async (path) => {
      const found = await nodeFileSystem.lstat(path);
      await what.seen?.();
      return found;
    },
  });

  test.each(['made', 'seen'] as const)('is waited for: removed once it was %s', async (step) => {
    const path = await leasePath();
    let removed = 0;
    const once = async () => {
      if (removed++ === 0) await rmdir(`${path}.lease`);
    };
    await using lease = await LeaseLock.acquire(path, {
      ...SHORT,
      wait: 5000,
      fs: meddling({ [step]: once }),
    });
    expect(removed).toBeGreaterThan(1);
    lease.assertHeld();
  });

  test('is not confused with a disk that fails', async () => {
    const path = await leasePath();
    const fs: FileSystem = {
      ...nodeFileSystem,
      lstat: async (at) => {
        throw fsError(Object.assign(new Error('i/o error'), { code: 'EIO' }), 'look at', at);
      },
    };
    await expect(LeaseLock.acquire(path, { ...SHORT, wait: 5000, fs })).rejects.toMatchObject({
      code: 'fs.io',
    });
  });

  /** Another process has the lease in place of the directory that was just made. */
  async function takenOver(path: string): Promise<NodeProcess> {
    await rmdir(`${path}.lease`);
    const other = startNode('hold.mjs', ['lease', path, JSON.stringify(SHORT)]);
    await other.line('held');
    return other;
  }

  test('is the other’s, which goes on with it', async () => {
    const path = await leasePath();
    let other: NodeProcess | undefined;
    const seen = async () => {
      other ??= await takenOver(path);
    };
    const refused = await LeaseLock.acquire(path, { ...SHORT, fs: meddling({ seen }) }).catch(
      (error) => error,
    );
    expect(refused).toMatchObject({
      code: 'lock.busy',
      details: { owner: { pid: other!.pid }, liveness: 'alive' },
    });
    other!.tell('assert');
    await other!.line('assert ok');
  });

  test('has one holder, whichever of the two it is', async () => {
    const path = await leasePath();
    let other: NodeProcess | undefined;
    const made = async () => {
      other ??= await takenOver(path);
    };
    // The directory that is found belongs to the other, which cannot be told: the record decides.
    await using lease = await LeaseLock.acquire(path, { ...SHORT, fs: meddling({ made }) });
    lease.assertHeld();
    other!.tell('assert');
    await other!.line('assert lock.lost');
  });
});

describe('a lost lease', () => {
  test('aborts its signal soon, and its holder may not publish', async () => {
    const path = await leasePath();
    const lease = await LeaseLock.acquire(path, SHORT);
    const aborted = new Promise((resolve) => lease.signal.addEventListener('abort', resolve));
    await rmdir(`${path}.lease`);
    expect(() => lease.assertHeld()).toThrow(lostError);
    await aborted;
    expect(lease.signal.reason).toMatchObject({ code: 'lock.lost' });
    await lease.release();
  });

  test('aborts its signal without anybody looking', async () => {
    const path = await leasePath();
    const lease = await LeaseLock.acquire(path, SHORT);
    await rmdir(`${path}.lease`);
    await mkdir(`${path}.lease`);
    await new Promise((resolve) => lease.signal.addEventListener('abort', resolve));
    await lease.release();
  });

  test('is not given back to the damage of the one who took it over', async () => {
    const path = await leasePath();
    const former = await LeaseLock.acquire(path, SHORT);
    await grewStale(path);
    const next = startNode('hold.mjs', ['lease', path, JSON.stringify(SHORT)]);
    await next.line('held');
    await former.release();
    expect((await stat(`${path}.lease`)).isDirectory()).toBe(true);
    next.tell('assert');
    await next.line('assert ok');
  });

  test('is noticed when the directory is old, or when the record is another’s', async () => {
    const path = await leasePath();
    const lease = await LeaseLock.acquire(path, { command: 'test' });
    const past = new Date(Date.now() - 50_000);
    await utimes(`${path}.lease`, past, past);
    expect(() => lease.assertHeld()).toThrow(lostError);
    await lease.release();

    const second = await LeaseLock.acquire(path, { command: 'test' });
    writeRecord(path, { owner: second.owner, kind: 'lease', token: 'another' });
    expect(() => second.assertHeld()).toThrow(lostError);
    await second.release();
    const third = await LeaseLock.acquire(path, { command: 'test' });
    await rm(path);
    expect(() => third.assertHeld()).toThrow(lostError);
    await third.release();
  });
});
