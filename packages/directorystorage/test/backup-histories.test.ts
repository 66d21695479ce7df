import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import { describe, expect, test } from 'vitest';
import { planRestore } from '../src/backup/restore-plan.js';
import { checkStorage } from '../src/index.js';
import { currentName, revisionName, transactionName } from '../src/names.js';
import { encodeObjectFile } from '../src/object-file.js';
import { encodeTransactionFile } from '../src/transaction-file.js';
import { backedUp, backUp, HOUR, NOON, restoreFrom } from './support/backups.js';
import { type BuiltStorage, buildStorage, oidOf, recordOf, tidOf } from './support/build-storage.js';
import { grow } from './support/grow-storage.js';

const REFUSED = { code: 'directorystorage.reference' };

/** The storage in another place. */
const at = (storage: BuiltStorage, directory: string): BuiltStorage => {
  const moved = (name: string) => storage.file(name).replace(storage.directory, directory);
  const { tids } = storage;
  return {
    directory,
    tids,
    file: moved,
    write: (name, content) => writeFile(moved(name), content),
    read: (name) => readFile(moved(name)),
  };
};

/** A transaction after the third, as if the fourth had never been. */
async function growPast(storage: BuiltStorage, number: number, object: number): Promise<void> {
  const tid = tidOf(number);
  const oid = oidOf(object);
  const fields = { oid, tid, previous: tidOf(2), data: recordOf([]) };
  await storage.write(revisionName(oid, tid), encodeObjectFile(fields));
  await storage.write(currentName(oid), Buffer.from(tid, 'hex'));
  await storage.write(transactionName(tid), encodeTransactionFile({ tid, previous: tidOf(2), oids: [oid] }));
  await storage.write('x.serial', Buffer.from(tid, 'hex'));
}

/**
 * A storage, backed up; it goes on, and an increment is made; then the first backup is restored, `backups` is kept, and the
 * restored storage goes on by itself.
 */
async function restoredAndKept(): Promise<BuiltStorage> {
  const storage = await buildStorage({ format: 'flat' });
  await backUp(storage.directory, 'full');
  await grow(storage, 3, [1]);
  await backUp(storage.directory, 'inc_now', NOON + HOUR);
  const { target } = await restoreFrom(storage.directory, { sequence: 1 });
  await rm(join(target, 'backups'), { recursive: true });
  await rename(join(storage.directory, 'backups'), join(target, 'backups'));
  const restored = at(storage, target);
  await growPast(restored, 5, 2);
  return restored;
}

describe('after an older backup was restored', () => {
  test('no increment goes on from a backup of the history that was given up', async () => {
    const { directory } = await restoredAndKept();
    await expect(backUp(directory, 'inc_now', NOON + 2 * HOUR)).rejects.toMatchObject(REFUSED);
    expect((await readdir(join(directory, 'backups'))).sort()).toEqual([
      'backup-1-to-2.tgz',
      'backup-1.tgz',
      'tindex',
    ]);
  });

  test('one that goes on from the backup that was restored brings back this history, and none of the other', async () => {
    const { directory } = await restoredAndKept();
    await backUp(directory, `inc_${NOON / 1000}`, NOON + 2 * HOUR);
    const { target, archives, warnings } = await restoreFrom(directory);
    expect(archives.map(({ name }) => name)).toEqual(['backup-1.tgz', 'backup-1-to-3.tgz']);
    expect(await backedUp(target)).toEqual(await backedUp(directory));
    expect(warnings).toEqual([]);
  });

  test('archives of two histories are not unpacked over each other, whoever made them', async () => {
    const { directory } = await restoredAndKept();
    await backUp(directory, `inc_${NOON / 1000}`, NOON + 2 * HOUR);
    const backups = join(directory, 'backups');
    await rename(join(backups, 'backup-1-to-3.tgz'), join(backups, 'backup-2-to-3.tgz'));
    await expect(restoreFrom(directory)).rejects.toMatchObject({
      code: 'directorystorage.archive',
      message: expect.stringMatching(/backup-2-to-3\.tgz is of another history/),
    });
    const { target } = await restoreFrom(directory, { sequence: 2 });
    const report = await checkStorage({ fs: nodeFileSystem, clock: systemClock }, target);
    expect(report.problems).toEqual([]);
  });
});

test('an increment since a transaction that never was is refused', async () => {
  const { directory } = await buildStorage();
  const between = `${tidOf(1).slice(0, -1)}${tidOf(1).endsWith('F') ? 'E' : 'F'}`;
  await writeFile(join(directory, 'backups/tindex'), `1     1770000000   ${between}\n`);
  await expect(backUp(directory, 'inc_now')).rejects.toMatchObject(REFUSED);
  expect(await readdir(join(directory, 'backups'))).toEqual(['tindex']);
});

describe('a hole in a chain of backups', () => {
  async function chain(): Promise<string> {
    const storage = await buildStorage();
    await backUp(storage.directory, 'full');
    for (const number of [3, 4]) {
      await grow(storage, number, [1]);
      await backUp(storage.directory, 'inc_now', NOON + number * HOUR);
    }
    await grow(storage, 5, [2]);
    return storage.directory;
  }

  test('is told when the newest backup is not what is restored', async () => {
    const directory = await chain();
    expect((await restoreFrom(directory)).warnings).toEqual([]);
    await rm(join(directory, 'backups/backup-1-to-2.tgz'));
    const { sequence, warnings } = await restoreFrom(directory);
    expect(sequence).toBe(1);
    expect(warnings).toEqual([expect.stringMatching(/^backup 1 is restored and not backup 3/)]);
    expect((await restoreFrom(directory, { sequence: 1 })).warnings).toEqual([]);
    await rm(join(directory, 'backups/backup-2-to-3.tgz'));
    expect((await restoreFrom(directory)).warnings).toHaveLength(1);
  });

  test('is told when an increment is made that needs what is not there', async () => {
    const directory = await chain();
    expect((await backUp(directory, 'prefix_a_inc_now', NOON + 6 * HOUR)).warnings).toEqual([]);
    await rm(join(directory, 'backups/a-3-to-4.tgz'));
    await rm(join(directory, 'backups/backup-1.tgz'));
    const report = await backUp(directory, `inc_${NOON / 1000 + 4 * 3600}`, NOON + 7 * HOUR);
    expect(report.archives.map(({ name }) => name)).toEqual(['backup-3-to-5.tgz']);
    expect(report.warnings).toEqual([expect.stringMatching(/^backup-3-to-5\.tgz goes on from backup 3/)]);
  });

  test('is bridged by an increment that begins before it', async () => {
    const directory = await chain();
    await backUp(directory, `prefix_wide_inc_${NOON / 1000}`, NOON + 6 * HOUR);
    await rm(join(directory, 'backups/backup-1-to-2.tgz'));
    const { target, warnings } = await restoreFrom(directory);
    expect(await backedUp(target)).toEqual(await backedUp(directory));
    expect(warnings).toEqual([]);
  });
});

test('a restore takes increments that go on from just what was reached, where it can', () => {
  const names = (files: readonly string[]) => planRestore(files).map(({ name }) => name);
  // Backup 2 was restored after backup 3 was made: 4 goes on from it, and 3 is of a history that was given up.
  expect(names(['b-1.tgz', 'b-1-to-2.tgz', 'b-1-to-3.tgz', 'b-2-to-4.tgz'])).toEqual([
    'b-1.tgz',
    'b-1-to-2.tgz',
    'b-2-to-4.tgz',
  ]);
  expect(names(['b-1.tgz', 'b-1-to-3.tgz', 'b-2-to-4.tgz'])).toEqual([
    'b-1.tgz',
    'b-1-to-3.tgz',
    'b-2-to-4.tgz',
  ]);
});
