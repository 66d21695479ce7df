import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FaultyFileSystem, temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { eventually, frozenBeside, makeFileStorage, startKeeper, storageOf } from './support/keeper.js';
import { MovedClock } from './support/moved-clock.js';

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
