import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isHoldfastError } from '@holdfast/errors';
import { KernelLock } from '@holdfast/lockfile';
import { sampleFile, sweepCrashes, sweepFaults, temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { enterSnapshot, freezeFileStorage } from '../../src/index.js';
import { expectTidy, unpackFixture } from '../support/fixture.js';
import { makeEngine } from './support/zope.js';

const NAME = 'quick-shutdown-lawn';

async function expectUnlocked(directory: string): Promise<void> {
  for (const name of ['lock', 'sublock']) {
    expect(await KernelLock.isHeld(join(directory, 'misc', name))).toBe(false);
  }
}

describe('entering a DirectoryStorage directly', () => {
  test.each(['ENOSPC', 'EIO'])(
    'struck by %s at any call, keeps no lock; the next one enters',
    async (fault) => {
      const points = await sweepFaults({
        fault,
        prepare: () => unpackFixture(NAME),
        run: async (fs, directory) =>
          (await enterSnapshot(makeEngine({ fs }).engine, { directory })).release(),
        check: async (directory, { error }) => {
          if (error !== undefined) expect(isHoldfastError(error)).toBe(true);
          await expectUnlocked(directory);
          await (await enterSnapshot(makeEngine().engine, { directory })).release();
          await expectTidy(directory, NAME);
        },
      });
      expect(points).toBeGreaterThan(10);
    },
  );

  test('killed at any call, is completed by the next one', async () => {
    const crashes = await sweepCrashes({
      prepare: () => unpackFixture(NAME),
      run: async (fs, directory) => (await enterSnapshot(makeEngine({ fs }).engine, { directory })).release(),
      check: async (directory) => {
        await (await enterSnapshot(makeEngine().engine, { directory })).release();
        await expectTidy(directory, NAME);
      },
    });
    expect(crashes).toBeGreaterThan(20);
  });
});

describe.each([false, true])('freezing a Data.fs (copy: %s)', (copy) => {
  async function prepare(): Promise<string> {
    const dataFs = join(await temporaryDirectory(), 'Data.fs');
    await sampleFile(dataFs);
    return dataFs;
  }
  async function expectNext(dataFs: string, before: Buffer): Promise<void> {
    const session = await freezeFileStorage(makeEngine().engine, { dataFs });
    expect(session.size).toBe(before.length);
    await session.release();
    expect(await readdir(dirname(dataFs))).toEqual(['Data.fs']);
    expect((await readFile(dataFs)).equals(before)).toBe(true);
  }
  const run = (dataFs: string) => ({ dataFs, copy });

  test.each(['ENOSPC', 'EIO'])(
    'struck by %s at any call, touches no byte, and is cleaned up by the next one',
    async (fault) => {
      let before = Buffer.alloc(0);
      await sweepFaults({
        fault,
        prepare: async () => {
          const dataFs = await prepare();
          before = await readFile(dataFs);
          return dataFs;
        },
        run: async (fs, dataFs) =>
          (await freezeFileStorage(makeEngine({ fs }).engine, run(dataFs))).release(),
        check: async (dataFs, { error }) => {
          if (error !== undefined) expect(isHoldfastError(error)).toBe(true);
          await expectNext(dataFs, before);
        },
      });
    },
  );

  test('killed at any call, is cleaned up by the next one', async () => {
    let before = Buffer.alloc(0);
    const crashes = await sweepCrashes({
      prepare: async () => {
        const dataFs = await prepare();
        before = await readFile(dataFs);
        return dataFs;
      },
      run: async (fs, dataFs) => (await freezeFileStorage(makeEngine({ fs }).engine, run(dataFs))).release(),
      check: (dataFs) => expectNext(dataFs, before),
    });
    expect(crashes).toBeGreaterThan(3);
  });
});
