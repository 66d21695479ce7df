import { existsSync } from 'node:fs';
import { appendFile, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { KernelLock } from '@holdfast/lockfile';
import { appendTransactions, FaultyFileSystem, temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import type { ToolkitStorage } from '../src/storages.js';
import {
  eventually,
  frozenBeside,
  LIFE_SECONDS,
  locksOf,
  makeDirectoryStorage,
  makeFileStorage,
  startKeeper,
  storageOf,
  zopeSource,
} from './support/keeper.js';
import { MovedClock } from './support/moved-clock.js';
import { startSmallZope } from './support/small-zope.js';

const LIFE_MS = LIFE_SECONDS * 1000;

async function fileKeeper() {
  const dataFs = await makeFileStorage();
  const storages = [storageOf('main', { kind: 'filestorage', dataFs })];
  const stateDirectory = join(await temporaryDirectory(), 'state');
  return { dataFs, storages, stateDirectory, ...(await startKeeper({ storages, stateDirectory })) };
}

async function directoryKeeper(fixture?: string) {
  const directory = await makeDirectoryStorage(fixture);
  const storages = [storageOf('main', { kind: 'directorystorage', directory })];
  const stateDirectory = await temporaryDirectory();
  return { directory, storages, stateDirectory, ...(await startKeeper({ storages, stateDirectory })) };
}

async function zopeKeeper() {
  const zope = await startSmallZope();
  const storages = [storageOf('main', zopeSource(zope.url))];
  const stateDirectory = await temporaryDirectory();
  return { zope, storages, stateDirectory, ...(await startKeeper({ storages, stateDirectory })) };
}

/** The server is killed, and started again. */
async function restarted(
  parts: { readonly storages: readonly ToolkitStorage[]; readonly stateDirectory: string },
  killed: { drop(): Promise<void> },
  clock: MovedClock,
) {
  await killed.drop();
  return startKeeper({
    storages: parts.storages,
    stateDirectory: parts.stateDirectory,
    clock: new MovedClock(clock.now()),
  });
}

describe('a FileStorage', () => {
  test('is frozen up to its last transaction, whatever is written or packed, until it is left', async () => {
    const { dataFs, keeper, clock } = await fileKeeper();
    const before = await readFile(dataFs);
    const held = await keeper.enter('main', 'host-1', 'ann');
    const now = clock.now();
    expect(held).toMatchObject({
      code: 'host-1',
      by: 'ann',
      enteredMs: now,
      renewedMs: now,
      untilMs: now + LIFE_MS,
    });
    expect(held.frozen).toMatchObject({ size: before.length, tid: expect.stringMatching(/^[0-9a-f]{16}$/) });
    expect(keeper.held('main')).toEqual(held);
    expect(await keeper.currentCode('main')).toBe('user/host-1');
    await appendTransactions(nodeFileSystem, dataFs, { transactions: 2 });
    await rename(dataFs, `${dataFs}.old`);
    await writeFile(dataFs, 'packed');
    expect((await readFile(held.frozen!.path)).subarray(0, held.frozen!.size)).toEqual(before);
    await keeper.leave('main', 'host-1');
    expect(await frozenBeside(dataFs)).toEqual([]);
    expect(keeper.held('main')).toBeUndefined();
    expect(await keeper.currentCode('main')).toBeNull();
  });

  test('is in one snapshot at a time, which its code alone leaves and renews', async () => {
    const { keeper } = await fileKeeper();
    for (const call of [() => keeper.leave('main', 'a'), () => keeper.renew('main', 'a')]) {
      await expect(call()).rejects.toMatchObject({ code: 'toolkit.not-in-snapshot' });
    }
    const both = await Promise.allSettled([
      keeper.enter('main', 'a', 'ann'),
      keeper.enter('main', 'b', 'bob'),
    ]);
    expect(both[1]).toMatchObject({
      reason: {
        code: 'toolkit.in-snapshot',
        message: expect.stringContaining('already in use: user/a, entered by ann'),
      },
    });
    await expect(keeper.enter('main', 'a', 'ann')).rejects.toMatchObject({ code: 'toolkit.in-snapshot' });
    for (const call of [() => keeper.leave('main', 'b'), () => keeper.renew('main', 'b')]) {
      await expect(call()).rejects.toMatchObject({ code: 'toolkit.wrong-code' });
    }
    await keeper.leave('main', 'a');
    await keeper.enter('main', 'b', 'bob');
  });

  test('is left when its life since the last renewal is over, loudly', async () => {
    const { dataFs, keeper, clock, lines } = await fileKeeper();
    await keeper.enter('main', 'host-1', 'ann');
    for (let renewals = 0; renewals < 5; renewals += 1) {
      await clock.advance(LIFE_MS - 1);
      const held = await keeper.renew('main', 'host-1');
      expect(held).toMatchObject({ renewedMs: clock.now(), untilMs: clock.now() + LIFE_MS });
    }
    await clock.advance(LIFE_MS - 1);
    expect(await frozenBeside(dataFs)).toHaveLength(1);
    await clock.advance(1);
    await eventually(() => expect(keeper.held('main')).toBeUndefined());
    expect(await frozenBeside(dataFs)).toEqual([]);
    const loud = lines.filter((line) => line.startsWith('warn'));
    expect(loud).toEqual([
      expect.stringMatching(/outlived its life.*"main".*"host-1".*"ann".*"2026-11-21T12:00:00/),
    ]);
    await expect(keeper.renew('main', 'host-1')).rejects.toMatchObject({ code: 'toolkit.not-in-snapshot' });
  });

  test('is not left earlier or later for a wall clock that was set', async () => {
    const { keeper, clock } = await fileKeeper();
    await keeper.enter('main', 'host-1', 'ann');
    clock.set(clock.now() + 10 * LIFE_MS);
    await clock.advance(LIFE_MS - 1);
    expect(keeper.held('main')).toBeDefined();
    clock.set(0);
    await clock.advance(1);
    await eventually(() => expect(keeper.held('main')).toBeUndefined());
  });

  test('goes on after the server was killed, until its life is over', async () => {
    const made = await fileKeeper();
    const { dataFs, keeper, clock } = made;
    const held = await keeper.enter('main', 'host-1', 'ann');
    await clock.advance(LIFE_MS / 2);
    const next = await restarted(made, keeper, clock);
    expect(next.keeper.held('main')).toEqual(held);
    await next.clock.advance(LIFE_MS / 2 - 1);
    expect(await frozenBeside(dataFs)).toHaveLength(1);
    await next.clock.advance(1);
    await eventually(() => expect(next.keeper.held('main')).toBeUndefined());
    expect(await frozenBeside(dataFs)).toEqual([]);
    expect(existsSync(join(made.stateDirectory, 'snapshots.json'))).toBe(false);
  });

  test('whose renewal was written goes on from that', async () => {
    const made = await fileKeeper();
    await made.keeper.enter('main', 'host-1', 'ann');
    await made.clock.advance(LIFE_MS - 1);
    const renewed = await made.keeper.renew('main', 'host-1');
    await made.clock.advance(LIFE_MS - 1);
    const next = await restarted(made, made.keeper, made.clock);
    expect(next.keeper.held('main')).toEqual(renewed);
    await next.keeper.leave('main', 'host-1');
  });

  test.each([
    ['forwards', 10 * LIFE_MS, 0],
    ['backwards', -10 * LIFE_MS, LIFE_MS],
  ])('over a restart with a clock set %s lives no longer than a life', async (_, jump, expected) => {
    const made = await fileKeeper();
    await made.keeper.enter('main', 'host-1', 'ann');
    await made.keeper.drop();
    const next = await startKeeper({ ...made, clock: new MovedClock(made.clock.now() + jump) });
    expect(next.keeper.held('main') === undefined).toBe(expected === 0);
    await next.clock.advance(expected);
    await eventually(() => expect(next.keeper.held('main')).toBeUndefined());
    expect(await frozenBeside(made.dataFs)).toEqual([]);
  });

  test('whose frozen file is gone or another one after a restart is forgotten, loudly', async () => {
    for (const spoil of [
      (path: string) => rm(join(path, '..'), { recursive: true }),
      (path: string) => rm(path),
      async (path: string) => {
        await writeFile(`${path}.new`, await readFile(path));
        await rename(`${path}.new`, path);
      },
    ]) {
      const made = await fileKeeper();
      const { frozen } = await made.keeper.enter('main', 'host-1', 'ann');
      await made.keeper.drop();
      await spoil(frozen!.path);
      const next = await startKeeper({ ...made, clock: new MovedClock() });
      expect(next.keeper.held('main')).toBeUndefined();
      expect(next.lines.join('\n')).toMatch(/warn: a snapshot of before the restart is no more.*"host-1"/);
      expect(await frozenBeside(made.dataFs)).toEqual([]);
      await next.keeper.enter('main', 'host-2', 'ann');
    }
  });

  test('that is overwritten in place is lost at the next renewal', async () => {
    const { dataFs, keeper, lines } = await fileKeeper();
    const { frozen } = await keeper.enter('main', 'host-1', 'ann');
    await writeFile(frozen!.path, Buffer.alloc((await stat(dataFs)).size));
    await expect(keeper.renew('main', 'host-1')).rejects.toMatchObject({ code: 'toolkit.not-in-snapshot' });
    expect(lines.join('\n')).toContain('warn: a snapshot was lost');
    expect(await frozenBeside(dataFs)).toEqual([]);
  });

  test('that is missing or damaged is an error, and in no snapshot', async () => {
    const { dataFs, keeper, stateDirectory } = await fileKeeper();
    await writeFile(dataFs, 'no storage at all');
    await expect(keeper.enter('main', 'a', 'ann')).rejects.toMatchObject({ code: 'filestorage.bad-magic' });
    await rm(dataFs);
    await expect(keeper.enter('main', 'a', 'ann')).rejects.toMatchObject({ code: 'source.missing' });
    expect(keeper.held('main')).toBeUndefined();
    expect(existsSync(join(stateDirectory, 'snapshots.json'))).toBe(false);
  });

  test('cannot be entered on a full disk, but left', async () => {
    const dataFs = await makeFileStorage();
    const fs = new FaultyFileSystem();
    const storages = [storageOf('main', { kind: 'filestorage', dataFs })];
    const { keeper } = await startKeeper({ storages, stateDirectory: await temporaryDirectory(), fs });
    fs.fail('write', 'ENOSPC', { times: Number.POSITIVE_INFINITY });
    await expect(keeper.enter('main', 'a', 'ann')).rejects.toMatchObject({ code: 'fs.no-space' });
    expect(await frozenBeside(dataFs)).toEqual([]);
    fs.clearFaults();
    await keeper.enter('main', 'a', 'ann');
    fs.fail('write', 'ENOSPC', { times: Number.POSITIVE_INFINITY });
    await keeper.renew('main', 'a');
    await keeper.leave('main', 'a');
    expect(await frozenBeside(dataFs)).toEqual([]);
  });
});

describe('what fails for a moment', () => {
  const FORTH = { times: Number.POSITIVE_INFINITY };

  async function faultyKeeper() {
    const dataFs = await makeFileStorage();
    const fs = new FaultyFileSystem();
    const storages = [storageOf('main', { kind: 'filestorage', dataFs })];
    const stateDirectory = await temporaryDirectory();
    const state = join(stateDirectory, 'snapshots.json');
    return { dataFs, fs, storages, stateDirectory, state, beside: new RegExp(`^${dirname(dataFs)}$`) };
  }

  test('a FileStorage that cannot be taken up after a restart is not forgotten before it is undone', async () => {
    const made = await faultyKeeper();
    const killed = await startKeeper(made);
    await killed.keeper.enter('main', 'host-1', 'ann');
    await killed.keeper.drop();
    made.fs.fail('lstat', 'EMFILE', { ...FORTH, path: /holdfast-frozen/ });
    made.fs.fail('unlink', 'EIO', { path: /holdfast-frozen/ });
    made.fs.fail('readDirectory', 'EMFILE', { ...FORTH, path: made.beside });
    const { keeper, clock, lines } = await startKeeper({ ...made, clock: new MovedClock() });
    expect(keeper.held('main')).toBeUndefined();
    await expect(keeper.renew('main', 'host-1')).rejects.toMatchObject({ code: 'toolkit.not-in-snapshot' });
    expect(lines.join('\n')).toContain('warn: a snapshot of before the restart cannot be taken up');
    expect(lines.join('\n')).toContain('could not be removed; it is tried again');
    expect(lines.join('\n')).not.toContain('is removed {');
    expect(await frozenBeside(made.dataFs)).toHaveLength(1);
    expect(existsSync(made.state)).toBe(true);
    made.fs.clearFaults();
    await clock.advance(10_000);
    await eventually(() => expect(existsSync(made.state)).toBe(false));
    expect(lines.join('\n')).toContain('info: what was left of a snapshot is removed {');
    expect(await frozenBeside(made.dataFs)).toEqual([]);
    await keeper.enter('main', 'host-2', 'ann');
  });

  test('an entering that cannot be undone is tried again, also without its Data.fs', async () => {
    const made = await faultyKeeper();
    const killed = await startKeeper(made);
    made.fs.crashAfter('link', { path: /holdfast-frozen/ });
    await expect(killed.keeper.enter('main', 'host-1', 'ann')).rejects.toThrow();
    await killed.keeper.drop();
    const fs = new FaultyFileSystem().fail('readDirectory', 'EMFILE', {
      ...FORTH,
      path: made.beside,
    });
    await rm(made.dataFs);
    const { clock, lines } = await startKeeper({ ...made, fs, clock: new MovedClock() });
    expect(lines.join('\n')).toContain('could not be removed; it is tried again');
    expect(lines.join('\n')).not.toContain('is undone');
    expect(existsSync(made.state)).toBe(true);
    fs.clearFaults();
    await clock.advance(10_000);
    await eventually(() => expect(existsSync(made.state)).toBe(false));
    expect(lines.join('\n')).toContain('an entering that was broken off is undone');
    expect(await frozenBeside(made.dataFs)).toEqual([]);
  });

  test.each([
    ['made', 1, { message: 'nobody expected this' }],
    ['looked at', 2, { code: 'fs.io' }],
  ])('what was frozen in vain when it was %s, and not removed, is removed later', async (_, nth, told) => {
    const made = await faultyKeeper();
    const { keeper, clock } = await startKeeper(made);
    made.fs.fail('lstat', 'EIO', { path: /holdfast-frozen-[^/]*\/Data\.fs$/, nth });
    made.fs.before(
      'removeDirectory',
      () => {
        throw new Error('nobody expected this');
      },
      { path: /holdfast-frozen/ },
    );
    await expect(keeper.enter('main', 'host-1', 'ann')).rejects.toMatchObject(told);
    await clock.advance(10_000);
    await eventually(() => expect(existsSync(made.state)).toBe(false));
    expect(await frozenBeside(made.dataFs)).toEqual([]);
    expect(keeper.held('main')).toBeUndefined();
  });
});

describe('a DirectoryStorage that nothing else holds', () => {
  test('is closed tidily, kept by misc/lock, and its sublock is free for who reads', async () => {
    const { directory, keeper } = await directoryKeeper('crashed-journal-chunky');
    const held = await keeper.enter('main', 'host-1', 'ann');
    expect(held.frozen).toBeUndefined();
    expect(await readFile(join(directory, 'misc/snapshot'), 'utf8')).toBe('shutdown');
    expect(await locksOf(directory)).toEqual(['lock']);
    expect(await keeper.currentCode('main')).toBe('user/host-1');
    await keeper.leave('main', 'host-1');
    expect(await locksOf(directory)).toEqual([]);
  });

  test('that somebody else holds is busy', async () => {
    const { directory, keeper } = await directoryKeeper();
    for (const name of ['lock', 'sublock']) {
      const lock = await KernelLock.acquire(join(directory, 'misc', name));
      await expect(keeper.enter('main', 'a', 'ann')).rejects.toMatchObject({ code: 'toolkit.busy' });
      await lock.release();
      expect(await locksOf(directory)).toEqual([]);
    }
    await keeper.enter('main', 'a', 'ann');
  });

  test('stays entered while somebody holds the sublock, and is left when its life is over and that is free', async () => {
    const { directory, keeper, clock, lines } = await directoryKeeper();
    await keeper.enter('main', 'host-1', 'ann');
    const reader = await KernelLock.acquire(join(directory, 'misc/sublock'));
    await expect(keeper.leave('main', 'host-1')).rejects.toMatchObject({ code: 'toolkit.busy' });
    expect(keeper.held('main')).toMatchObject({ code: 'host-1' });
    await clock.advance(LIFE_MS);
    await eventually(() => expect(lines.join('\n')).toContain('was not left; it is tried again'));
    await reader.release();
    await clock.advance(10_000);
    await eventually(() => expect(keeper.held('main')).toBeUndefined());
    expect(await locksOf(directory)).toEqual([]);
  });

  test('that is still held when its life is over can be renewed', async () => {
    const { directory, keeper, clock, lines } = await directoryKeeper();
    await keeper.enter('main', 'host-1', 'ann');
    const reader = await KernelLock.acquire(join(directory, 'misc/sublock'));
    await clock.advance(LIFE_MS);
    await eventually(() => expect(lines.join('\n')).toContain('was not left; it is tried again'));
    await keeper.renew('main', 'host-1');
    await reader.release();
    await clock.advance(10_000);
    expect(keeper.held('main')).toMatchObject({ untilMs: clock.now() - 10_000 + LIFE_MS });
    await keeper.leave('main', 'host-1');
  });

  test('goes on after the server was killed, though somebody reads all the while', async () => {
    const made = await directoryKeeper();
    const { directory, keeper, clock } = made;
    await keeper.enter('main', 'host-1', 'ann');
    await using _reader = await KernelLock.acquire(join(directory, 'misc/sublock'));
    const next = await restarted(made, keeper, clock);
    expect(next.keeper.held('main')).toMatchObject({ code: 'host-1', by: 'ann' });
    expect(await locksOf(directory)).toEqual(['lock', 'sublock']);
  });

  test('that was opened by another program after the server was killed is forgotten, loudly', async () => {
    for (const open of [
      (directory: string) => KernelLock.acquire(join(directory, 'misc/lock')),
      async (directory: string) => {
        const path = join(directory, 'misc/snapshot');
        await writeFile(`${path}.new`, 'shutdown');
        await rename(`${path}.new`, path);
      },
      (directory: string) => rm(join(directory, 'misc/snapshot')),
      (directory: string) => appendFile(join(directory, 'B', 'o1'), 'half'),
    ]) {
      const made = await directoryKeeper();
      await made.keeper.enter('main', 'host-1', 'ann');
      await made.keeper.drop();
      const lock = await open(made.directory);
      const next = await startKeeper({ ...made, clock: new MovedClock() });
      expect(next.keeper.held('main')).toBeUndefined();
      expect(next.lines.join('\n')).toContain('warn: a snapshot of before the restart is no more');
      expect(await locksOf(made.directory)).toEqual(lock instanceof KernelLock ? ['lock'] : []);
      if (lock instanceof KernelLock) await lock.release();
    }
  });
});

describe('a storage that a Zope holds', () => {
  test('is entered and left there, with the code of the client', async () => {
    const { zope, keeper } = await zopeKeeper();
    await keeper.enter('main', 'host-1', 'ann');
    expect(zope.code).toBe('user/host-1');
    expect(await keeper.currentCode('main')).toBe('user/host-1');
    await keeper.renew('main', 'host-1');
    await keeper.leave('main', 'host-1');
    expect(zope.code).toBeNull();
  });

  test('is left there when its life is over, again and again until that works', async () => {
    const { zope, keeper, clock, lines } = await zopeKeeper();
    await keeper.enter('main', 'host-1', 'ann');
    zope.busy = true;
    await clock.advance(LIFE_MS);
    const tries = () => lines.filter((line) => line.includes('was not left; it is tried again')).length;
    await eventually(() => expect(tries()).toBe(1));
    await clock.advance(10_000);
    await eventually(() => expect(tries()).toBe(2));
    zope.busy = false;
    await clock.advance(10_000);
    await eventually(() => expect(zope.code).toBeNull());
  });

  test('whose answer is lost was entered, and left, all the same', async () => {
    const { zope, keeper } = await zopeKeeper();
    zope.loses = 'enterSnapshot';
    await keeper.enter('main', 'host-1', 'ann');
    zope.loses = 'leaveSnapshot';
    await keeper.leave('main', 'host-1');
    expect(keeper.held('main')).toBeUndefined();
  });

  test('that is in another snapshot, or does not answer, is not entered', async () => {
    const { zope, keeper } = await zopeKeeper();
    zope.code = 'user/somebody-1';
    await expect(keeper.enter('main', 'a', 'ann')).rejects.toMatchObject({
      code: 'toolkit.in-snapshot',
      message: expect.stringContaining('somebody-1'),
    });
    expect(await keeper.currentCode('main')).toBe('user/somebody-1');
    zope.code = null;
    zope.silent = () => true;
    await expect(keeper.enter('main', 'a', 'ann')).rejects.toMatchObject({ code: 'snapshot.server' });
    await expect(keeper.currentCode('main')).rejects.toMatchObject({ code: 'snapshot.server' });
  });

  test('that did not answer and entered later is told to leave', async () => {
    const { zope, keeper, clock, lines } = await zopeKeeper();
    zope.silent = () => true;
    await expect(keeper.enter('main', 'a', 'ann')).rejects.toMatchObject({ code: 'snapshot.server' });
    await expect(keeper.enter('main', 'b', 'ann')).rejects.toMatchObject({ code: 'toolkit.busy' });
    zope.silent = () => false;
    zope.code = 'user/a';
    await clock.advance(10_000);
    await eventually(() => expect(zope.code).toBeNull());
    await eventually(() => expect(lines.join('\n')).toContain('an entering that was broken off is undone'));
    await keeper.enter('main', 'b', 'ann');
    expect(zope.code).toBe('user/b');
  });

  test('that left by itself, or is in another snapshot, is lost at the next renewal', async () => {
    for (const code of [null, 'user/somebody-1']) {
      const { zope, keeper, lines } = await zopeKeeper();
      await keeper.enter('main', 'host-1', 'ann');
      zope.code = code;
      await expect(keeper.renew('main', 'host-1')).rejects.toMatchObject({ code: 'toolkit.not-in-snapshot' });
      expect(lines.join('\n')).toContain('warn: a snapshot was lost');
      expect(zope.code).toBe(code);
    }
  });

  test('goes on after the server was killed; one that left meanwhile is forgotten', async () => {
    const made = await zopeKeeper();
    await made.keeper.enter('main', 'host-1', 'ann');
    const next = await restarted(made, made.keeper, made.clock);
    expect(next.keeper.held('main')).toMatchObject({ code: 'host-1' });
    made.zope.code = null;
    const last = await restarted(made, next.keeper, next.clock);
    expect(last.keeper.held('main')).toBeUndefined();
  });

  test('does not answer when the server starts again: it is left when it does, and its life is over', async () => {
    const made = await zopeKeeper();
    await made.keeper.enter('main', 'host-1', 'ann');
    made.zope.silent = () => true;
    const next = await restarted(made, made.keeper, made.clock);
    await next.clock.advance(LIFE_MS);
    await eventually(() => expect(next.lines.join('\n')).toContain('it is tried again'));
    made.zope.silent = () => false;
    await next.clock.advance(10_000);
    await eventually(() => expect(made.zope.code).toBeNull());
  });

  test('a snapshot that the server did not enter is left by who knows its code', async () => {
    const { zope, keeper } = await zopeKeeper();
    zope.code = 'user/other-1';
    await expect(keeper.leave('main', 'a')).rejects.toMatchObject({ code: 'toolkit.wrong-code' });
    await keeper.leave('main', 'other-1');
    expect(zope.code).toBeNull();
    await expect(keeper.leave('main', 'other-1')).rejects.toMatchObject({ code: 'toolkit.not-in-snapshot' });
  });
});

describe('the keeper', () => {
  test('knows its storages alone, and takes no code that is none', async () => {
    const { keeper } = await fileKeeper();
    await expect(keeper.enter('other', 'a', 'ann')).rejects.toMatchObject({ code: 'toolkit.no-storage' });
    expect(() => keeper.held('other')).toThrow('no storage other');
    for (const code of ['', 'x'.repeat(256), 'a\nb']) {
      await expect(keeper.enter('main', code, 'ann')).rejects.toMatchObject({ code: 'toolkit.request' });
    }
  });

  test('leaves all when it is closed; one that fails does not keep the others', async () => {
    const zope = await startSmallZope();
    const dataFs = await makeFileStorage();
    const directory = await makeDirectoryStorage();
    const storages = [
      storageOf('zope', zopeSource(zope.url)),
      storageOf('ds', { kind: 'directorystorage', directory }),
      storageOf('fs', { kind: 'filestorage', dataFs }),
    ];
    const stateDirectory = await temporaryDirectory();
    const { keeper, clock } = await startKeeper({ storages, stateDirectory });
    for (const { name } of storages) await keeper.enter(name, `${name}-1`, 'ann');
    await using _reader = await KernelLock.acquire(join(directory, 'misc/sublock'));
    zope.busy = true;
    await keeper.close();
    expect(await frozenBeside(dataFs)).toEqual([]);
    expect(await locksOf(directory)).toEqual(['sublock']);
    await expect(keeper.enter('fs', 'b', 'ann')).rejects.toMatchObject({ code: 'toolkit.busy' });
    zope.busy = false;
    const next = await startKeeper({ storages, stateDirectory, clock: new MovedClock(clock.now()) });
    expect(next.keeper.held('zope')).toMatchObject({ code: 'zope-1' });
    await next.keeper.close();
    expect(zope.code).toBeNull();
  });

  test('sets a state that it cannot read aside, loudly, and starts', async () => {
    for (const text of [
      '',
      '{',
      '[]',
      '{"version":2,"snapshots":[]}',
      '{"version":1,"snapshots":[{"storage":1}]}',
      'x'.repeat(2 << 20),
    ]) {
      const stateDirectory = await temporaryDirectory();
      await writeFile(join(stateDirectory, 'snapshots.json'), text);
      const { keeper, lines } = await startKeeper({ storages: [], stateDirectory });
      expect(lines).toEqual([expect.stringMatching(/^error: the state of the snapshots cannot be read/)]);
      expect((await readFile(join(stateDirectory, 'snapshots.json.bad'))).length).toBe(text.length);
      await keeper.close();
    }
  });

  test('tells of a snapshot whose storage is not configured any more', async () => {
    const made = await zopeKeeper();
    await made.keeper.enter('main', 'host-1', 'ann');
    await made.keeper.drop();
    const { lines } = await startKeeper({ storages: [], stateDirectory: made.stateDirectory });
    expect(lines).toEqual([expect.stringMatching(/^warn: .*leave it by hand.*"host-1"/)]);
    expect(existsSync(join(made.stateDirectory, 'snapshots.json'))).toBe(false);
  });

  test('writes a state that could not be written when it can', async () => {
    const directory = await makeDirectoryStorage();
    const dataFs = await makeFileStorage();
    const storages = [
      storageOf('ds', { kind: 'directorystorage', directory }),
      storageOf('fs', { kind: 'filestorage', dataFs }),
    ];
    const fs = new FaultyFileSystem();
    const stateDirectory = await temporaryDirectory();
    const { keeper, clock, lines } = await startKeeper({ storages, stateDirectory, fs });
    await keeper.enter('ds', 'a', 'ann');
    await keeper.enter('fs', 'b', 'ann');
    fs.fail('write', 'ENOSPC', { times: Number.POSITIVE_INFINITY });
    await keeper.leave('fs', 'b');
    expect(lines.join('\n')).toContain('cannot be written; it is tried again');
    fs.clearFaults();
    const names = async () =>
      (
        JSON.parse(await readFile(join(stateDirectory, 'snapshots.json'), 'utf8')).snapshots as {
          storage: string;
        }[]
      ).map(({ storage }) => storage);
    expect(await names()).toEqual(['ds', 'fs']);
    await clock.advance(10_000);
    await eventually(async () => expect(await names()).toEqual(['ds']));
  });
});
