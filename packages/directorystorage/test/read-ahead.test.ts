import { readdir, rm, writeFile } from 'node:fs/promises';
import { nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import { FixedClock } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { type CheckReport, checkStorage, closeTidily } from '../src/index.js';
import { currentName, revisionName } from '../src/names.js';
import { type BuiltStorage, buildStorage, oidOf, tidOf } from './support/build-storage.js';
import { FIXTURE_NAMES, unpackFixture } from './support/fixture.js';

/** After the fixtures were made. */
const engine = { fs: nodeFileSystem, clock: new FixedClock(Date.UTC(2027, 0, 1)) };

const check = (directory: string, threads: number) =>
  checkStorage({ ...engine, readAhead: { threads, after: 0 } }, directory);

/** What is found with threads is what is found without them. */
async function expectSame(directory: string): Promise<CheckReport> {
  const alone = await check(directory, 0);
  for (const threads of [1, 3]) expect(await check(directory, threads)).toEqual(alone);
  return alone;
}

describe('threads change nothing', () => {
  test.each(FIXTURE_NAMES)('in %s', async (name) => {
    const directory = await unpackFixture(name);
    await closeTidily(engine, directory);
    expect((await expectSame(directory)).sound).toBe(true);
  });

  const scenes: Readonly<Record<string, (storage: BuiltStorage) => Promise<unknown>>> = {
    'a sound storage': async () => {},
    'one with missing, cut, and foreign files': async (storage) => {
      for (let number = 20; number < 300; number += 7) {
        const name = number % 2 === 0 ? currentName(oidOf(number)) : revisionName(oidOf(number), tidOf(1));
        if (number % 3 === 0) await rm(storage.file(name));
        else await writeFile(storage.file(name), Buffer.alloc(number % 5 === 0 ? 0 : number, 'x'));
      }
      await writeFile(`${storage.file(currentName(oidOf(1)))}~`, '');
    },
    'one with files larger than the room of a thread': async (storage) => {
      for (const number of [50, 51, 52]) {
        await writeFile(storage.file(revisionName(oidOf(number), tidOf(1))), Buffer.alloc(1 << 20, number));
        await writeFile(storage.file(currentName(oidOf(number + 10))), Buffer.alloc(2 << 20, number));
      }
    },
  };

  test.each(Object.entries(scenes))('in %s', async (_what, spoil) => {
    const storage = await buildStorage({ objects: 300, transactions: 2, format: 'flat' });
    await spoil(storage);
    await expectSame(storage.directory);
  });
});

test('a check that is cancelled leaves no thread behind', async () => {
  const { directory } = await buildStorage({ objects: 300, transactions: 1 });
  const threads = async () => (await readdir('/proc/self/task')).length;
  await check(directory, 2);
  const before = await threads();
  for (let round = 0; round < 5; round++) {
    const signal = AbortSignal.timeout(1);
    let now = 0;
    const clock = { ...systemClock, monotonic: () => (now += 20) };
    const running = checkStorage(
      { ...engine, clock, signal, readAhead: { threads: 2, after: 0 } },
      directory,
    );
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
  }
  expect(await threads()).toBeLessThanOrEqual(before + 1);
});
