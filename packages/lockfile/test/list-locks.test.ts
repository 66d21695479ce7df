import { mkdir, readdir, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import {
  cleanLocks,
  KernelLock,
  type LockReport,
  listLocks,
  lockRepository,
  StorageLock,
} from '../src/index.js';
import { describeOwner, formatRecord } from '../src/owner-record.js';
import { startNode } from './node-process.js';

const byName = (reports: readonly LockReport[]) =>
  Object.fromEntries(reports.map((report) => [report.path.split('/').at(-1), report]));

describe('the list of locks', () => {
  test('says what is held, by whom, since when, and whether the holder lives', async () => {
    const directory = await temporaryDirectory();
    await using _repository = await lockRepository(directory, { command: 'holdfast backup' });
    await using _storage = await StorageLock.acquire(join(directory, 'Data.fs'));
    const barman = startNode('hold.mjs', ['barman', join(directory, '.main-cron.lock')]);
    await barman.line('held');
    await writeFile(join(directory, '.cron.lock'), '1\n');
    await writeFile(join(directory, 'Data.fs'), 'no lock');

    const list = await listLocks(directory);
    expect(list.map(({ path }) => path.split('/').at(-1))).toEqual([
      '.cron.lock',
      '.holdfast.lock',
      '.main-cron.lock',
      'Data.fs.lock',
    ]);
    const {
      '.cron.lock': cron,
      '.holdfast.lock': own,
      '.main-cron.lock': main,
      'Data.fs.lock': data,
    } = byName(list);
    expect(cron).toEqual({ path: join(directory, '.cron.lock'), kind: 'barman', state: 'free', holders: [] });
    expect(own).toMatchObject({
      kind: 'holdfast',
      state: 'held',
      recorded: { pid: process.pid, command: 'holdfast backup', liveness: 'alive', host: expect.any(String) },
      holders: [process.pid],
    });
    expect(main).toMatchObject({
      kind: 'barman',
      state: 'held',
      recorded: { pid: barman.pid, liveness: 'alive', since: expect.stringMatching(/Z$/) },
      holders: [barman.pid],
    });
    expect(data).toMatchObject({ kind: 'zodb', state: 'held', recorded: { pid: process.pid } });
  });

  test('tells a stale pid and a reused one from a living holder', async () => {
    const directory = await temporaryDirectory();
    const names = { dead: 'dead.lock', reused: 'reused.lock', garbage: 'garbage.lock' };
    const sleeper = startNode('sleep.mjs');
    await sleeper.line('ready');
    const holders = await Promise.all(
      Object.values(names).map((name) => KernelLock.acquire(join(directory, name))),
    );
    await writeFile(join(directory, names.dead), '4194305\n');
    await writeFile(join(directory, names.reused), `${sleeper.pid}\n`);
    const past = new Date(Date.now() - 3_600_000);
    await utimes(join(directory, names.reused), past, past);
    await writeFile(join(directory, names.garbage), 'garbage');
    const list = byName(await listLocks(directory));
    expect(list[names.dead]).toMatchObject({ state: 'held', recorded: { liveness: 'dead' } });
    expect(list[names.reused]).toMatchObject({ state: 'held', recorded: { liveness: 'pid-reused' } });
    expect(list[names.garbage]).toMatchObject({ state: 'held', recorded: undefined, holders: [process.pid] });
    for (const lock of holders) await lock.release();
  });

  test('has leases, and what cannot be a lock with the reason', async () => {
    const directory = await temporaryDirectory();
    await using _lease = await lockRepository(directory, { command: 'x', kind: 'lease' });
    await mkdir(join(directory, 'directory.lock'));
    await symlink('nowhere', join(directory, 'link.lock'));
    const list = byName(await listLocks(directory));
    expect(list['.holdfast.lock.lease']).toMatchObject({
      kind: 'lease',
      state: 'held',
      recorded: { pid: process.pid, command: 'x', liveness: 'alive' },
    });
    expect(list['.holdfast.lock']).toMatchObject({ state: 'free' });
    expect(list['directory.lock']).toMatchObject({
      state: 'unknown',
      problem: expect.stringContaining('regular'),
    });
    expect(list['link.lock']).toMatchObject({
      state: 'unknown',
      problem: expect.stringContaining('regular'),
    });
  });
});

describe('cleaning locks', () => {
  const freeRecord = async () =>
    formatRecord({
      owner: await describeOwner('lock run'),
      kind: 'kernel',
      released: '2026-01-01T00:00:00Z',
    });

  test('removes free lock files of Holdfast, and says why it keeps the others', async () => {
    const directory = await temporaryDirectory();
    const foreign = ['.cron.lock', '.main-backup.lock', '.main-xlogdb.lock', '.main-20260101T000000.lock'];
    for (const name of [...foreign, 'Data.fs.lock', 'lock', 'foreign.lock'])
      await writeFile(join(directory, name), '1\n');
    for (const name of ['free.lock', 'held.lock']) await writeFile(join(directory, name), await freeRecord());
    await using _held = await KernelLock.acquire(join(directory, 'held.lock'));

    const reports = await cleanLocks(directory);
    const removed = reports.filter(({ action }) => action === 'removed').map(({ path }) => path);
    expect(removed).toEqual([join(directory, 'free.lock')]);
    const reasons = Object.fromEntries(reports.map(({ path, reason }) => [path.split('/').at(-1), reason]));
    for (const name of foreign) expect(reasons[name]).toMatch(/^Barman does not look again/);
    expect(reasons['Data.fs.lock']).toMatch(/^ZODB does not look again/);
    expect(reasons.lock).toMatch(/^ZODB/);
    expect(reasons['foreign.lock']).toBe('Holdfast did not make it');
    expect(reasons['held.lock']).toBe('it is held');
    expect(await readdir(directory)).not.toContain('free.lock');
    expect(await readdir(directory)).toHaveLength(8);
  });

  test('only says what it would do with dryRun', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'free.lock'), await freeRecord());
    expect(await cleanLocks(directory, { dryRun: true })).toEqual([
      { path: join(directory, 'free.lock'), action: 'removed' },
    ]);
    expect((await stat(join(directory, 'free.lock'))).isFile()).toBe(true);
  });

  test('keeps a lease that is held, and removes one that has run out', async () => {
    const directory = await temporaryDirectory();
    const holder = startNode('hold.mjs', ['repository', directory, '{"kind":"lease"}']);
    await holder.line('held lease');
    expect(await cleanLocks(directory)).toMatchObject([
      { action: 'kept', reason: 'it is held' },
      { action: 'kept', reason: 'a lease on it is held' },
    ]);
    holder.kill('SIGKILL');
    await holder.ended();
    const past = new Date(Date.now() - 120_000);
    await utimes(join(directory, '.holdfast.lock.lease'), past, past);
    expect(await cleanLocks(directory)).toMatchObject([{ action: 'removed' }, { action: 'removed' }]);
    expect(await readdir(directory)).toEqual([]);
  });

  test('does not let two in: a waiter that had the removed file open locks the new one', async () => {
    const directory = await temporaryDirectory();
    const path = join(directory, 'free.lock');
    await writeFile(path, await freeRecord());
    const held = await KernelLock.acquire(path);
    const waiters = Array.from({ length: 4 }, () => KernelLock.acquire(path, { wait: 10_000 }));
    await held.release();
    await cleanLocks(directory);
    let inside = 0;
    for (const waiter of waiters.map(async (acquiring) => {
      const lock = await acquiring;
      inside += 1;
      expect(inside).toBe(1);
      lock.assertHeld();
      inside -= 1;
      await lock.release();
    }))
      await waiter;
  });
});
