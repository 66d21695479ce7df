import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { FixedClock, temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { backupStorage, checkStorage, closeTidily, parseBackupWords, restoreStorage } from '../src/index.js';
import { type BuiltStorage, buildStorage, tidOf } from './support/build-storage.js';
import { digests, FIXTURE_NAMES, unpackFixture } from './support/fixture.js';
import { grow } from './support/grow-storage.js';
import { UNDISTURBED } from './support/lock.js';

const NOW = Date.UTC(2026, 5, 1, 12);
const HOUR = 3_600_000;
const clockAt = (ms: number) => new FixedClock(ms);

const backup = (directory: string, words: string, at = NOW) =>
  backupStorage(
    { fs: nodeFileSystem, clock: clockAt(at) },
    {
      directory,
      lock: UNDISTURBED,
      timestamp: Math.floor(at / 1000),
      commands: parseBackupWords(words.split('_'), at),
    },
  );

const restore = (directory: string, target: string, choice: { sequence?: number; prefix?: string } = {}) =>
  restoreStorage({ fs: nodeFileSystem }, { backups: join(directory, 'backups'), target, ...choice });

/** What of a storage is backed up. */
async function contents(directory: string): Promise<Readonly<Record<string, string>>> {
  const all = Object.entries(await digests(directory));
  return Object.fromEntries(all.filter(([path]) => /^(A|config)\//.test(path)));
}

const tindex = ({ directory }: { directory: string }) => readFile(join(directory, 'backups/tindex'), 'utf8');
const rows = async (storage: { directory: string }) =>
  (await tindex(storage)).split('\n').filter((line) => /^\d/.test(line));

describe('a full backup', () => {
  test.each(FIXTURE_NAMES)('of %s restores to the same tree', async (name) => {
    const directory = await unpackFixture(name);
    await closeTidily({ fs: nodeFileSystem }, directory);
    await mkdir(join(directory, 'backups'));
    await backup(directory, 'full', Date.UTC(2026, 11, 1));
    const target = join(await temporaryDirectory(), 'restored');
    await restore(directory, target);
    expect(await contents(target)).toEqual(await contents(directory));
    const report = await checkStorage({ fs: nodeFileSystem, clock: clockAt(Date.UTC(2026, 11, 1)) }, target);
    expect(report.problems).toEqual([]);
    expect(await closeTidily({ fs: nodeFileSystem }, target)).toMatchObject({ unchanged: true });
  });

  test('holds every top name, the configuration and the files of A, as GNU tar sees it', async () => {
    const { directory, file, write } = await buildStorage({ format: 'lawn' });
    await writeFile(`${file('o0000000000000001.c')}-1700000000-deleted`, '');
    await writeFile(`${file('o0000000000000001.c')}.mark`, '');
    await write('x.packed', Buffer.alloc(8));
    await writeFile(join(directory, 'config/access'), 'user:secret', { mode: 0o600 });
    await writeFile(join(directory, 'README'), 'hello');
    const report = await backup(directory, 'prefix_site_full');
    expect(report.archives).toMatchObject([{ kind: 'full', name: 'site-1.tgz', since: undefined }]);
    const archive = join(directory, 'backups/site-1.tgz');
    const listing = execFileSync('tar', ['tzf', archive], { encoding: 'utf8' }).trim().split('\n');
    const top = ['A', 'B', 'README', 'backups', 'config', 'journal', 'misc'];
    expect(listing.slice(0, 10)).toEqual([...top, 'config/access', 'config/identity', 'config/settings']);
    const main = Object.keys(await digests(directory)).filter((path) =>
      /^A\/.*(?<!-deleted|\.mark)$/.test(path),
    );
    expect(listing.slice(10).sort()).toEqual(main.sort());
    expect((await stat(archive)).mode & 0o777).toBe(0o600);
    expect((await stat(archive)).size).toBe(report.archives[0]?.size);
  });

  test('keeps modes and times, and files larger than a buffer', async () => {
    const storage = await buildStorage();
    const large = Buffer.alloc(3_500_000, 'lorem ipsum ');
    await writeFile(join(storage.directory, 'A', 'large'), large, { mode: 0o640 });
    await backup(storage.directory, 'full');
    const target = join(await temporaryDirectory(), 'restored');
    await restore(storage.directory, target);
    expect((await readFile(join(target, 'A/large'))).equals(large)).toBe(true);
    const [before, after] = [
      await stat(join(storage.directory, 'A/large')),
      await stat(join(target, 'A/large')),
    ];
    expect(after.mode).toBe(before.mode);
    expect(Math.floor(after.mtimeMs / 1000)).toBe(Math.floor(before.mtimeMs / 1000));
  });

  test('of a storage whose main directory is a link holds what is behind it', async () => {
    const { directory } = await buildStorage();
    const before = await contents(directory);
    const elsewhere = join(await temporaryDirectory(), 'main');
    execFileSync('mv', [join(directory, 'A'), elsewhere]);
    await symlink(elsewhere, join(directory, 'A'));
    await backup(directory, 'full');
    const target = join(await temporaryDirectory(), 'restored');
    await restore(directory, target);
    expect(await contents(target)).toEqual(before);
  });
});

test.skipIf(process.geteuid?.() !== 0)(
  'a restore by the superuser gives everything to its owner',
  async () => {
    const storage = await buildStorage({ objects: 2, transactions: 1 });
    execFileSync('chown', ['-R', '1234:1235', storage.directory]);
    await backup(storage.directory, 'full');
    const target = join(await temporaryDirectory(), 'restored');
    await restore(storage.directory, target);
    const owners = execFileSync('find', [target, '-printf', '%U:%G\\n'], { encoding: 'utf8' });
    expect([...new Set(owners.trim().split('\n'))]).toEqual(['1234:1235']);
  },
);

describe('increments', () => {
  async function history(): Promise<{ storage: BuiltStorage; states: Readonly<Record<string, string>>[] }> {
    const storage = await buildStorage();
    const states: Readonly<Record<string, string>>[] = [];
    const day = async (number: number, words: string) => {
      states.push(await contents(storage.directory));
      await backup(storage.directory, words, NOW + number * 24 * HOUR);
    };
    await day(0, 'full');
    for (let number = 1; number <= 5; number++) {
      await grow(storage, 2 + number, [1 + (number % 5)]);
      await day(number, 'prefix_daily_inc_36 hours ago');
    }
    return { storage, states };
  }

  test('each go on from the last backup of 36 hours ago, and restore to every day', async () => {
    const { storage, states } = await history();
    expect((await readdir(join(storage.directory, 'backups'))).sort()).toEqual([
      'backup-1.tgz',
      'daily-1-to-2.tgz',
      'daily-1-to-3.tgz',
      'daily-2-to-4.tgz',
      'daily-3-to-5.tgz',
      'tindex',
    ]);
    // On the first day there was no backup of 36 hours ago: none was made, and no number used.
    expect((await rows(storage)).map((row) => row.slice(0, 5).trim())).toEqual(['1', '2', '3', '4', '5']);
    for (const [sequence, day] of [
      [1, 0],
      [2, 2],
      [3, 3],
      [4, 4],
      [5, 5],
    ] as const) {
      const target = join(await temporaryDirectory(), 'restored');
      await restore(storage.directory, target, { sequence });
      expect(await contents(target), `backup ${sequence}`).toEqual(states[day]);
    }
    const newest = join(await temporaryDirectory(), 'restored');
    expect((await restore(storage.directory, newest)).archives.map(({ name }) => name)).toEqual([
      'backup-1.tgz',
      'daily-1-to-3.tgz',
      'daily-3-to-5.tgz',
    ]);
  });

  test('without a backup before that moment are a message, not a failure', async () => {
    const storage = await buildStorage();
    expect(await backup(storage.directory, 'inc_1 hour ago')).toMatchObject({
      sequence: undefined,
      archives: [],
      skipped: ['no-reference'],
    });
    expect(await readdir(join(storage.directory, 'backups'))).toEqual([]);
  });

  test('with nothing new are skipped', async () => {
    const storage = await buildStorage();
    await backup(storage.directory, 'full');
    const before = await tindex(storage);
    expect(await backup(storage.directory, 'inc_now', NOW + HOUR)).toMatchObject({
      skipped: ['nothing-new'],
    });
    expect(await tindex(storage)).toBe(before);
  });

  test('since a transaction that was packed away, or is later than the storage, are refused', async () => {
    const storage = await buildStorage();
    await backup(storage.directory, 'full');
    await grow(storage, 3, [1]);
    await storage.write('x.packed', Buffer.from(tidOf(3), 'hex'));
    const code = 'directorystorage.reference';
    await expect(backup(storage.directory, 'inc_now', NOW + HOUR)).rejects.toMatchObject({ code });
    await storage.write('x.packed', Buffer.alloc(8));
    await storage.write('x.serial', Buffer.from(tidOf(1), 'hex'));
    await expect(backup(storage.directory, 'inc_now', NOW + HOUR)).rejects.toMatchObject({ code });
    expect((await readdir(join(storage.directory, 'backups'))).sort()).toEqual(['backup-1.tgz', 'tindex']);
  });

  test('and a full one in one run have one number', async () => {
    const storage = await buildStorage();
    await backup(storage.directory, 'full');
    await grow(storage, 3, [2]);
    const report = await backup(storage.directory, 'prefix_a_inc_now_prefix_b_full', NOW + HOUR);
    expect(report.archives.map(({ name }) => name)).toEqual(['a-1-to-2.tgz', 'b-2.tgz']);
    expect(await rows(storage)).toHaveLength(2);
    for (const prefix of ['b', undefined]) {
      const target = join(await temporaryDirectory(), 'restored');
      await restore(storage.directory, target, prefix === undefined ? {} : { prefix });
      expect(await contents(target)).toEqual(await contents(storage.directory));
    }
  });
});

describe('a backup', () => {
  test('needs a directory backups', async () => {
    const storage = await buildStorage();
    await rm(join(storage.directory, 'backups'), { recursive: true });
    await expect(backup(storage.directory, 'full')).rejects.toMatchObject({ code: 'repository.missing' });
  });

  test('of a snapshot older than twelve hours or later than the clock is refused', async () => {
    const storage = await buildStorage();
    const at = (ms: number) =>
      backupStorage(
        { fs: nodeFileSystem, clock: clockAt(NOW) },
        {
          directory: storage.directory,
          lock: UNDISTURBED,
          timestamp: ms / 1000,
          commands: parseBackupWords(['full'], NOW),
        },
      );
    const code = 'directorystorage.old-snapshot';
    await expect(at(NOW - 12 * HOUR - 1000)).rejects.toMatchObject({ code });
    await expect(at(NOW + 1000)).rejects.toMatchObject({ code });
    expect((await at(NOW - 11 * HOUR)).archives).toHaveLength(1);
  });

  test('writes the list of backups as DirectoryStorage reads it, and goes on with one that it wrote', async () => {
    const storage = await buildStorage();
    const theirs =
      '\n# a comment, caf\u00e9\n\n1     1770000000   0405ED5A15555555\n7     1770000100   0405ED5A15555555 # one more\n';
    await writeFile(join(storage.directory, 'backups/tindex'), theirs);
    const report = await backup(storage.directory, 'full');
    expect(report.archives[0]?.name).toBe('backup-8.tgz');
    const seconds = String(NOW / 1000).padEnd(12);
    expect(await tindex(storage)).toBe(`${theirs}8     ${seconds} ${report.serial}\n`);
  });

  test('leaves out a row that a crash has torn, and refuses a list with another line that is none', async () => {
    const storage = await buildStorage();
    const path = join(storage.directory, 'backups/tindex');
    await writeFile(path, '1     1770000000   0405ED5A15555555\n2     17700');
    expect((await backup(storage.directory, 'full')).archives[0]?.name).toBe('backup-2.tgz');
    expect(await rows(storage)).toHaveLength(2);
    await writeFile(path, 'rubbish\n1     1770000000   0405ED5A15555555\n');
    await expect(backup(storage.directory, 'full')).rejects.toMatchObject({
      code: 'directorystorage.index',
      message: expect.stringContaining('line 1'),
    });
  });

  test.each([
    [''],
    ['prefix'],
    ['prefix_.hidden_full'],
    ['prefix_a/b_full'],
    ['prefix_a\nb_full'],
    ['inc'],
    ['weekly'],
    ['prefix_x'],
  ])('does not understand %j', (words) => {
    expect(() => parseBackupWords(words.split('_'), NOW)).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});
