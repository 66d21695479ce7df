import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exists, nodeFileSystem } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import { FaultyFileSystem, SimulatedCrash, sweepCrashes, sweepFaults } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { closeTidily } from '../src/index.js';
import { expectTidy, unpackFixture } from './support/fixture.js';

const engine = { fs: nodeFileSystem };
const SCENES = ['crashed-in-snapshot-flat', 'crashed-journal-chunky'];

/** Never a file that says "this is a snapshot" beside a tree that is none. */
async function expectNoFalseSnapshot(directory: string, name: string): Promise<void> {
  if ((await exists(nodeFileSystem, join(directory, 'misc/snapshot'))) === false) return;
  if ((await readFile(join(directory, 'misc/snapshot'), 'utf8')) !== 'shutdown') return;
  await expectTidy(directory, name);
}

describe.each(SCENES)('direct access of %s', (name) => {
  test('killed at any call, is completed by the next one', async () => {
    const crashes = await sweepCrashes({
      prepare: () => unpackFixture(name),
      run: (fs, directory) => closeTidily({ fs }, directory),
      check: async (directory) => {
        await expectNoFalseSnapshot(directory, name);
        await closeTidily(engine, directory);
        await expectTidy(directory, name);
      },
    });
    expect(crashes).toBeGreaterThan(50);
  });
});

test.each(['ENOSPC', 'EIO'])('struck by %s at any call, is completed by the next one', async (fault) => {
  const name = 'crashed-in-snapshot-flat';
  await sweepFaults({
    fault,
    prepare: () => unpackFixture(name),
    run: (fs, directory) => closeTidily({ fs }, directory),
    check: async (directory, { error }) => {
      expect(isHoldfastError(error)).toBe(true);
      await expectNoFalseSnapshot(directory, name);
      await closeTidily(engine, directory);
      await expectTidy(directory, name);
    },
  });
});

test('killed in the completion of what was killed, is completed by the third', async () => {
  const name = 'crashed-in-snapshot-flat';
  for (let first = 3; first < 90; first += 29) {
    for (let second = 2; second < 60; second += 19) {
      const directory = await unpackFixture(name);
      for (const nth of [first, second]) {
        const fs = new FaultyFileSystem().crashAtMutation(nth);
        await closeTidily({ fs }, directory).catch((error: unknown) => {
          if (!(error instanceof SimulatedCrash)) throw error;
        });
      }
      await closeTidily(engine, directory);
      await expectTidy(directory, name);
    }
  }
});
