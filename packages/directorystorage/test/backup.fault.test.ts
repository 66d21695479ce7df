import { cp, readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import {
  FaultyFileSystem,
  FixedClock,
  SimulatedCrash,
  sweepCrashes,
  sweepFaults,
  temporaryDirectory,
} from '@holdfast/test-kit';
import { expect, test } from 'vitest';
import { backupStorage, parseBackupWords, parseIndex, restoreStorage } from '../src/index.js';
import { buildStorage } from './support/build-storage.js';
import { digests } from './support/fixture.js';
import { grow } from './support/grow-storage.js';
import { lockBackups, UNDISTURBED } from './support/lock.js';

const NOW = Date.UTC(2026, 5, 1, 12);
const HOUR = 3_600_000;

const backup = (directory: string, words: string, at: number, fs = nodeFileSystem) =>
  backupStorage(
    { fs, clock: new FixedClock(at) },
    { directory, lock: UNDISTURBED, timestamp: at / 1000, commands: parseBackupWords(words.split('_'), at) },
  );

/** A storage with one full backup and a transaction since then. */
async function scene(): Promise<string> {
  const storage = await buildStorage({ objects: 2, transactions: 1, format: 'flat' });
  await backup(storage.directory, 'full', NOW);
  await grow(storage, 1, [1]);
  return storage.directory;
}

async function copyOf(directory: string): Promise<string> {
  const copy = join(await temporaryDirectory(), 'storage');
  await cp(directory, copy, { recursive: true });
  return copy;
}

const main = async (directory: string) =>
  Object.fromEntries(Object.entries(await digests(directory)).filter(([path]) => path.startsWith('A/')));

/** The list is whole, every row's archive is there, and the next run succeeds and restores to what is there now. */
async function expectMended(directory: string): Promise<void> {
  const backups = join(directory, 'backups');
  const names = await readdir(backups);
  const rows = parseIndex(await readFile(join(backups, 'tindex'), 'utf8'), 'tindex');
  expect(rows[0]).toMatchObject({ sequence: 1 });
  for (const { sequence } of rows) expect(names.some((name) => name.endsWith(`-${sequence}.tgz`))).toBe(true);
  await backup(directory, 'prefix_again_full', NOW + 2 * HOUR);
  expect((await readdir(backups)).filter((name) => name.startsWith('.'))).toEqual([]);
  const target = join(await temporaryDirectory(), 'restored');
  await restoreStorage({ fs: nodeFileSystem }, { backups, target });
  expect(await main(target)).toEqual(await main(directory));
}

test('a run that is killed at any call never breaks the list of backups, and the next one succeeds', async () => {
  const before = await scene();
  const crashes = await sweepCrashes({
    prepare: () => copyOf(before),
    run: (fs, directory) => backup(directory, 'inc_now_prefix_f_full', NOW + HOUR, fs),
    check: expectMended,
  });
  expect(crashes).toBeGreaterThan(20);
});

test.each(['ENOSPC', 'EIO'])(
  'a run struck by %s at any call ends with a typed error and leaves what was there',
  async (fault) => {
    const before = await scene();
    const faults = await sweepFaults({
      fault,
      prepare: () => copyOf(before),
      run: (fs, directory) => backup(directory, 'inc_now', NOW + HOUR, fs),
      check: async (directory, { error }) => {
        if (error !== undefined) expect(isHoldfastError(error)).toBe(true);
        await expectMended(directory);
      },
    });
    expect(faults).toBeGreaterThan(8);
  },
);

test('a restore that is killed or fails at any call leaves no storage, or the whole one', async () => {
  const directory = await scene();
  const backups = join(directory, 'backups');
  const restore = (fs: FaultyFileSystem | typeof nodeFileSystem, target: string) =>
    restoreStorage({ fs }, { backups, target });
  const expectAllOrNothing = async (target: string) => {
    const there = await readdir(target).catch(() => []);
    if (there.length > 0) expect(Object.keys(await main(target)).length).toBe(Object.keys(whole).length);
    else {
      await restore(nodeFileSystem, target);
      expect(await main(target)).toEqual(whole);
    }
  };
  const first = join(await temporaryDirectory(), 'first');
  await restore(nodeFileSystem, first);
  const whole = await main(first);
  const prepare = async () => join(await temporaryDirectory(), 'restored');
  expect(await sweepCrashes({ prepare, run: restore, check: expectAllOrNothing })).toBeGreaterThan(50);
  await sweepFaults({
    fault: 'ENOSPC',
    prepare,
    run: restore,
    check: async (target, { error }) => {
      if (error !== undefined) expect(isHoldfastError(error)).toBe(true);
      const beside = await readdir(join(target, '..'));
      expect(beside.filter((name) => name.startsWith('.holdfast-restore'))).toEqual([]);
      await expectAllOrNothing(target);
    },
  });
});

test('a full disk in the middle of a large archive does not hang', async () => {
  const directory = await scene();
  const { writeFile } = await import('node:fs/promises');
  const { randomBytes } = await import('node:crypto');
  for (let file = 0; file < 40; file++)
    await writeFile(join(directory, 'A', `noise${file}`), randomBytes(300_000));
  await writeFile(join(directory, 'A', 'huge'), randomBytes(5_000_000));
  for (const nth of [1, 4, 40]) {
    const fs = new FaultyFileSystem().fail('write', 'ENOSPC', { nth });
    await expect(backup(directory, 'full', NOW + HOUR, fs)).rejects.toMatchObject({ code: 'fs.no-space' });
    const crash = new FaultyFileSystem().crashBefore('write', { nth });
    await expect(backup(directory, 'full', NOW + HOUR, crash)).rejects.toBeInstanceOf(SimulatedCrash);
  }
  expect((await readdir(join(directory, 'backups'))).filter((name) => /^[^.].*tgz$/.test(name))).toEqual([
    'backup-1.tgz',
  ]);
});

test.each([
  ['after:seal', []],
  ['after:publish', ['lost-2.tgz']],
])('a run whose lock is lost %s writes nothing more under its name', async (where, archives) => {
  const directory = await scene();
  const backups = join(directory, 'backups');
  await using lock = await lockBackups(backups);
  const index = await readFile(join(backups, 'tindex'));
  const failpoint = async (name: string) => {
    if (name === where) await unlink(join(backups, '.holdfast.lock'));
  };
  const commands = parseBackupWords(['prefix', 'lost', 'full'], NOW);
  const engine = { fs: nodeFileSystem, clock: new FixedClock(NOW), failpoint };
  const run = backupStorage(engine, { directory, lock, timestamp: NOW / 1000, commands });
  await expect(run).rejects.toMatchObject({ code: 'lock.lost' });
  expect((await readdir(backups)).filter((name) => name.startsWith('lost'))).toEqual(archives);
  expect(await readFile(join(backups, 'tindex'))).toEqual(index);
  await expectMended(directory);
});
