import { mkdir, readFile, rename, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { KernelLock, lockRepository } from '../src/index.js';
import { describeOwner, formatRecord } from '../src/owner-record.js';
import { startNode } from './node-process.js';

const backup = { command: 'holdfast backup' } as const;

describe('the repository lock', () => {
  test('is a kernel lock on .holdfast.lock, with a record of its holder', async () => {
    const directory = await temporaryDirectory();
    const lock = await lockRepository(directory, backup);
    expect(lock.kind).toBe('kernel');
    await lock.assertHeld();
    const path = join(directory, '.holdfast.lock');
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid: process.pid, ...backup });
    await lock.release();
    await lock.release();
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ released: expect.any(String) });
  });

  test('is busy for another process, which learns who holds it, since when and that it lives', async () => {
    const directory = await temporaryDirectory();
    const holder = startNode('hold.mjs', ['repository', directory, '{"command":"holdfast prune"}']);
    await holder.line('held kernel');
    await expect(lockRepository(directory, backup)).rejects.toMatchObject({
      code: 'lock.busy',
      message: expect.stringContaining(`'holdfast prune' (process ${holder.pid} on `),
      details: {
        owner: { pid: holder.pid, command: 'holdfast prune', since: expect.stringMatching(/^\d{4}-.*Z$/) },
        liveness: 'alive',
      },
    });
  });

  test('is waited for until the deadline, or until the waiting is cancelled', async () => {
    const directory = await temporaryDirectory();
    const held = await lockRepository(directory, backup);
    await expect(lockRepository(directory, { ...backup, waitMs: 50 })).rejects.toMatchObject({
      code: 'lock.busy',
    });
    const signal = AbortSignal.timeout(50);
    await expect(lockRepository(directory, { ...backup, waitMs: 5000, signal })).rejects.toMatchObject({
      code: 'cancelled',
    });
    setTimeout(() => void held.release(), 50);
    await using next = await lockRepository(directory, { ...backup, waitMs: 5000 });
    await next.assertHeld();
  });

  test('is shared by readers, who keep a writer out without being named', async () => {
    const directory = await temporaryDirectory();
    const first = await lockRepository(directory, { command: 'holdfast verify', shared: true });
    await using second = await lockRepository(directory, { command: 'holdfast list', shared: true });
    await expect(lockRepository(directory, backup)).rejects.toMatchObject({ code: 'lock.busy', details: {} });
    await first.release();
    await second.assertHeld();
  });

  test.each(['kernel', 'lease'] as const)('of kind %s is lost with its file, and says so', async (kind) => {
    const directory = await temporaryDirectory();
    const lock = await lockRepository(directory, { ...backup, kind });
    const path = join(directory, '.holdfast.lock');
    await rename(path, `${path}.away`);
    await expect(lock.assertHeld()).rejects.toMatchObject({ code: 'lock.lost' });
    expect(lock.signal.aborted).toBe(true);
    expect(lock.signal.reason).toMatchObject({ code: 'lock.lost' });
    await rename(`${path}.away`, path);
    await expect(lock.assertHeld()).rejects.toMatchObject({ code: 'lock.lost' });
    await lock.release();
  });

  test('has another name when told so', async () => {
    const directory = await temporaryDirectory();
    await using _a = await lockRepository(directory, { ...backup, name: 'a.lock' });
    await using b = await lockRepository(directory, { ...backup, name: 'b.lock' });
    expect(b.kind).toBe('kernel');
  });

  test('is fs.not-found where there is no directory', async () => {
    const directory = join(await temporaryDirectory(), 'missing');
    await expect(lockRepository(directory, backup)).rejects.toMatchObject({ code: 'fs.not-found' });
  });
});

describe('between a process with kernel locks and one without', () => {
  test('the lease of the one keeps the other out and keeps its record', async () => {
    const directory = await temporaryDirectory();
    await using lease = await lockRepository(directory, { ...backup, kind: 'lease' });
    await expect(lockRepository(directory, { command: 'other' })).rejects.toMatchObject({
      details: { owner: backup },
    });
    await lease.assertHeld();
  });

  test('the kernel lock of the one keeps the other out by its record', async () => {
    const directory = await temporaryDirectory();
    const kernel = await lockRepository(directory, backup);
    await expect(lockRepository(directory, { command: 'other', kind: 'lease' })).rejects.toMatchObject({
      code: 'lock.busy',
      details: { owner: backup },
    });
    await kernel.assertHeld();
    await kernel.release();
    await using lease = await lockRepository(directory, { command: 'other', kind: 'lease' });
    expect(lease.kind).toBe('lease');
  });

  test('a stale lease and the record of a dead holder keep nobody out', async () => {
    const directory = await temporaryDirectory();
    const path = join(directory, '.holdfast.lock');
    await mkdir(`${path}.lease`);
    const past = new Date(Date.now() - 120_000);
    await utimes(`${path}.lease`, past, past);
    const kernel = await lockRepository(directory, backup);
    await kernel.release();
    const dead = { ...(await describeOwner('gone')), pid: 2 ** 22 + 1 };
    await writeFile(path, formatRecord({ owner: dead, kind: 'kernel' }));
    await using lease = await lockRepository(directory, { ...backup, kind: 'lease' });
    await lease.assertHeld();
  });
});

test('a record that a crash cut short, or any other text, harms nobody', async () => {
  const directory = await temporaryDirectory();
  const path = join(directory, '.holdfast.lock');
  for (const text of ['{"holdfastLock":1,"host":"x', '\u0000\u0000', '{"holdfastLock":1}', '4711\n', '[]']) {
    await writeFile(path, text);
    const lock = await lockRepository(directory, backup);
    await lock.release();
    await writeFile(path, text);
    await using _held = await KernelLock.acquire(path);
    await expect(lockRepository(directory, backup)).rejects.toMatchObject({ code: 'lock.busy', details: {} });
  }
  await unlink(path);
});
