import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { recordRun } from '@holdfast/backup';
import { backupStorage } from '@holdfast/directorystorage';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { StorageLock } from '@holdfast/lockfile';
import { FixedClock } from '@holdfast/test-kit';
import { beforeEach, expect, test } from 'vitest';
import { unpackFixture } from '../../directorystorage/test/support/fixture.js';
import { UNDISTURBED } from '../../directorystorage/test/support/lock.js';
import { readArchiveStatus } from '../src/archives/read-archive-status.js';

const fs = nodeFileSystem;
const clock = new FixedClock();
let directory: string;

const backup = async (kind: 'full', prefix = 'backup') =>
  await backupStorage(
    { fs, clock },
    { directory, lock: UNDISTURBED, timestamp: Math.floor(clock.now() / 1000), commands: [{ kind, prefix }] },
  );
const status = async (prefix?: string) =>
  await readArchiveStatus({ fs, clock }, { name: 'ds', directory, prefix });

beforeEach(async () => {
  directory = await unpackFixture('crashed-in-snapshot-chunky');
  await mkdir(join(directory, 'backups'));
});

test('archives are sets, and the storage is known by its last transaction', async () => {
  const { serial, archives } = await backup('full');
  const { newest, sets, source, uncovered, verdict, problems } = await status();
  expect(problems).toEqual([]);
  expect(sets).toHaveLength(1);
  expect(newest).toMatchObject({ id: '1', part: 'full', whole: true, timeMs: clock.now() });
  expect(newest!.storedBytes).toBe(archives[0]!.size);
  expect(source).toMatchObject({ present: true, tid: serial.toLowerCase() });
  expect(uncovered?.bytes).toBe(0);
  expect(verdict.level).toBe('safe');
});

test('only archives of the prefix count', async () => {
  await backup('full', 'weekly');
  expect((await status('daily')).verdict.level).toBe('danger');
  expect((await status('weekly')).newest?.id).toBe('1');
});

test('without its archive a row of the index is no set', async () => {
  const { archives } = await backup('full');
  await rm(join(directory, 'backups', archives[0]!.name));
  const { sets, verdict } = await status();
  expect([sets.length, verdict.level]).toEqual([0, 'danger']);
});

test('a damaged index is told', async () => {
  await backup('full');
  await writeFile(join(directory, 'backups/tindex'), 'rubbish\nmore\n');
  const { problems, verdict } = await status();
  expect(problems).toEqual([expect.stringMatching(/^line 1 of (?!\/)/)]);
  expect(verdict.level).toBe('danger');
});

test('who holds it: the manager, and the snapshot with its code', async () => {
  const free = await status();
  expect(free.locks.map(({ what, state }) => [what, state])).toEqual([
    ['manager', 'free'],
    ['snapshot', 'free'],
    ['repository', 'free'],
  ]);
  const misc = (name: string) => join(directory, 'misc', name);
  await using _held = await StorageLock.acquireFiles([misc('lock'), misc('sublock')]);
  await writeFile(misc('snapshot'), 'user/code');
  const { locks } = await status();
  expect(locks.map(({ what, state }) => [what, state])).toEqual([
    ['manager', 'held'],
    ['snapshot', 'held'],
    ['repository', 'free'],
  ]);
  expect(locks[1]!.holder).toMatch(new RegExp(`^pid ${process.pid} .*, in the snapshot user/code$`));
});

test('its runs lie beside the archives', async () => {
  const run = { kind: 'backup', startedMs: 1, finishedMs: 2, result: 'failed', message: directory } as const;
  await recordRun(fs, join(directory, 'backups'), run);
  await backup('full');
  expect((await status()).runs).toEqual([{ ...run, message: 'the storage' }]);
});

test('a check of the storage that is written down is a reason of the verdict, and one that failed is attention', async () => {
  const { sequence } = await backup('full');
  const write = (result: 'done' | 'failed' | 'cancelled', kind: 'backup' | 'verify', set?: string) => {
    const time = { startedMs: clock.now(), finishedMs: clock.now() };
    return recordRun(fs, join(directory, 'backups'), {
      kind,
      ...time,
      result,
      ...(set !== undefined && { set }),
    });
  };
  await write('done', 'backup', String(sequence));
  expect((await status()).newest).toMatchObject({ origin: 'holdfast', seconds: 0 });
  expect((await status()).verdict.reasons.join(' ')).not.toContain('The storage itself');
  await write('done', 'verify');
  await write('cancelled', 'verify');
  const sound = await status();
  expect(sound.verdict.level).toBe('safe');
  expect(sound.verdict.reasons).toContainEqual(
    expect.stringMatching(/^The storage itself was checked .* sound\.$/),
  );
  await write('failed', 'verify');
  const damaged = await status();
  expect(damaged.verdict.level).toBe('attention');
  expect(damaged.verdict.reasons.join(' ')).not.toContain('The storage itself');
});
