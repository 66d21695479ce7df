import { nodeFileSystem } from '@holdfast/durable-fs';
import { FixedClock } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { checkStorage, closeTidily, FORMATS } from '../src/index.js';
import { NO_TID } from '../src/names.js';
import { buildStorage } from './support/build-storage.js';
import { digests, FIXTURE_NAMES, unpackFixture } from './support/fixture.js';

/** After the fixtures were made. */
const engine = { fs: nodeFileSystem, clock: new FixedClock(Date.UTC(2027, 0, 1)) };

describe('a sound storage', () => {
  test.each(FIXTURE_NAMES)('%s has no problem, and a check changes nothing', async (name) => {
    const directory = await unpackFixture(name);
    await closeTidily(engine, directory);
    const before = await digests(directory);
    const report = await checkStorage(engine, directory);
    expect(report).toMatchObject({ sound: true, problems: [], problemCount: 0 });
    expect(report.statistics).toMatchObject({ unreachableObjects: 0, leftovers: 0, foreignFiles: 0 });
    expect(report.statistics.revisions).toBeGreaterThan(10);
    expect(await digests(directory)).toEqual(before);
  });

  test.each(['chunky', 'bushy'])('%s that DirectoryStorage has packed is sound', async (name) => {
    const report = await checkStorage(engine, await unpackFixture(`packed/${name}`));
    expect(report).toMatchObject({ sound: true, problems: [], statistics: { objects: 11, leftovers: 0 } });
    expect(report.statistics.deletedFiles).toBeGreaterThan(50);
    expect(report.lastPack > NO_TID).toBe(true);
  });

  test.each(FORMATS)('%s is built by the tests as it should be', async (format) => {
    const { directory } = await buildStorage({ format });
    const report = await checkStorage(engine, directory);
    expect(report).toMatchObject({
      sound: true,
      problems: [],
      statistics: { objects: 6, revisions: 18, transactions: 3 },
    });
  });
});
