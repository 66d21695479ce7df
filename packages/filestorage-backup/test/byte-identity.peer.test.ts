import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describePeers, repozo, temporaryDirectory } from '@holdfast/test-kit';
import { beforeAll, expect, test } from 'vitest';
import { chooseMoment, readRepository, restoreToFile } from '../src/index.js';
import { Scene } from './support/scene.js';
import { type CheckReport, ZodbDriver } from './support/zodb-driver.js';

type Program = 'Holdfast' | 'repozo';

const ORDERS: Readonly<Record<string, readonly Program[]>> = {
  repozo: ['repozo'],
  Holdfast: ['Holdfast'],
  'both in turns': ['Holdfast', 'repozo'],
  'both in turns, repozo first': ['repozo', 'Holdfast', 'Holdfast', 'repozo'],
};

/** What the storage was at each backup, by its name. */
type States = ReadonlyMap<string, Buffer>;

/** Two chains of three and more: the storage changes in every way that ZODB has, and is packed once. */
async function backUpALife(scene: Scene, programs: readonly Program[], gzip: boolean): Promise<States> {
  const { driver, source } = scene;
  const states = new Map<string, Buffer>();
  let turn = 0;
  const commit = (more = {}) =>
    driver.commit(source, { seed: turn, changes: 2, creates: 3, deletes: 0, size: 900, ...more });
  const save = async () => {
    scene.clock.advance(61_000);
    const name = await backUp(scene, programs[turn % programs.length]!, gzip);
    states.set(name, await scene.wholeBytes());
    turn += 1;
  };
  await driver.open(source, join(scene.directory, 'blobs'));
  await commit();
  await save();
  await commit({ blob: true });
  await commit({ deletes: 1 });
  await save();
  await driver.undo(source, 0);
  await driver.vote(source, 1);
  await save();
  await driver.endVote(source, true);
  await driver.pack(source, 0);
  await commit({ large: 5 << 20 });
  await save();
  await driver.deleteObject(source);
  await commit();
  await save();
  await commit();
  await driver.vote(source, 2);
  await save();
  await driver.endVote(source, false);
  await driver.close(source);
  return states;
}

async function backUp(scene: Scene, program: Program, gzip: boolean): Promise<string> {
  const before = await scene.dataFiles();
  if (program === 'Holdfast') {
    expect(await scene.attempt({ gzip })).toHaveProperty('name');
  } else {
    const options = gzip ? ['-B', '-Q', '-z'] : ['-B', '-Q'];
    expect(await scene.repozo(...options, '-f', scene.source)).toEqual({ status: 0, stderr: '' });
  }
  const added = (await scene.dataFiles()).filter((name) => !before.includes(name));
  expect(added).toHaveLength(1);
  expect(added[0]!.endsWith('z')).toBe(gzip);
  return added[0]!;
}

async function restoreByHoldfast(scene: Scene, stamp: string, output: string): Promise<void> {
  const moment = chooseMoment(await readRepository(scene.engine), stamp);
  const { warnings } = await restoreToFile(scene.engine, { moment, output });
  expect([...warnings, ...moment.warnings]).toEqual([]);
}

function expectLoaded(report: CheckReport): void {
  expect(report).toMatchObject({ missing: 0, warnings: [] });
  expect(report.loaded).toBeGreaterThan(3);
}

describePeers('every moment of a repository', () => {
  let driver: ZodbDriver;

  beforeAll(() => {
    driver = new ZodbDriver();
  });

  const cases = Object.keys(ORDERS).flatMap((by) => [true, false].map((gzip) => ({ by, gzip })));

  test.each(cases)('made by $by, gzip $gzip, is restored byte for byte by both', async ({ by, gzip }) => {
    // No blank in the path: repozo cannot read a .dat with one.
    const scene = await Scene.make(await temporaryDirectory(), driver, 1);
    scene.clock.set(Date.now() - 24 * 3600_000);
    const states = await backUpALife(scene, ORDERS[by]!, gzip);
    expect(states.size).toBe(6);
    for (const [name, bytes] of states) {
      const stamp = name.slice(0, 19);
      const output = join(scene.directory, 'restored.fs');
      await restoreByHoldfast(scene, stamp, output);
      expect((await readFile(output)).equals(bytes), `${name} by Holdfast`).toBe(true);
      const report = await driver.check(output);
      expectLoaded(report);
      expect(report.usedIndex).toBe(1);
      await rm(`${output}.index`);

      const result = await repozo(['-R', '-r', scene.repository, '-D', stamp, '-o', output, '-w']);
      expect(result).toEqual({ status: 0, stdout: '', stderr: '' });
      expect((await readFile(output)).equals(bytes), `${name} by repozo`).toBe(true);
      expectLoaded(await driver.check(output));
    }
  });
});
