import { appendFile, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KernelLock } from '@holdfast/lockfile';
import { temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { eventually, locksOf, startKeeper, storageOf } from './support/keeper.js';
import { MovedClock } from './support/moved-clock.js';
import { directoryKeeper, LIFE_MS, restarted } from './support/one-storage-keeper.js';

describe('a DirectoryStorage that nothing else holds', () => {
  test('is told to be none where the directory is none', async () => {
    const directory = await temporaryDirectory();
    const storages = [storageOf('main', { kind: 'directorystorage', directory })];
    const { keeper } = await startKeeper({ storages, stateDirectory: await temporaryDirectory() });
    await expect(keeper.enter('main', 'a', 'ann')).rejects.toMatchObject({
      code: 'directorystorage.missing',
      message: expect.stringContaining('is not a DirectoryStorage'),
    });
  });

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
