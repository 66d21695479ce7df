import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, rename, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import { FaultyFileSystem, temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { checkStorage, openStorage } from '../src/index.js';
import { currentName } from '../src/names.js';
import { backUp, HOUR, NOON, restoreFrom } from './support/backups.js';
import { type BuiltStorage, buildStorage, oidOf } from './support/build-storage.js';
import { grow } from './support/grow-storage.js';

/** Moves something away and puts a link in its place. */
async function replaceByLink(path: string): Promise<string> {
  const elsewhere = join(await temporaryDirectory(), basename(path));
  await rename(path, elsewhere);
  await symlink(elsewhere, path);
  return elsewhere;
}

const kinds: Readonly<Record<string, (storage: BuiltStorage) => Promise<unknown>>> = {
  'a link to a directory': ({ directory }) => replaceByLink(join(directory, 'A/o000')),
  'a link to a file': ({ file }) => replaceByLink(file(currentName(oidOf(1)))),
  'a link that leads nowhere': ({ file }) => symlink('nowhere', file('more')),
  'a pipe': async ({ file }) => execFileSync('mkfifo', [file('pipe')]),
};

describe.each(Object.entries(kinds))('%s in A', (_what, plant) => {
  test('is left out of no full backup: there is none', async () => {
    const storage = await buildStorage();
    await plant(storage);
    await expect(backUp(storage.directory, 'full')).rejects.toMatchObject({
      code: 'directorystorage.damaged',
      message: expect.stringContaining('neither a file nor a directory'),
    });
    expect(await readdir(join(storage.directory, 'backups'))).toEqual([]);
  });

  test('is a problem of a check', async () => {
    const storage = await buildStorage();
    await plant(storage);
    const report = await checkStorage({ fs: nodeFileSystem, clock: systemClock }, storage.directory);
    expect(report.counts).toMatchObject({ 'not-a-file': 1 });
    expect(report.statistics.foreignFiles).toBe(0);
  });
});

describe('a full backup holds', () => {
  test('what links in config lead to; the storage may have its settings there', async () => {
    const { directory } = await buildStorage();
    await writeFile(join(directory, 'config/snapshot.conf'), 'direct\n');
    for (const name of ['settings', 'identity', 'snapshot.conf'])
      await replaceByLink(join(directory, 'config', name));
    expect((await openStorage(nodeFileSystem, directory)).settings.format).toBe('chunky');
    expect((await backUp(directory, 'full')).warnings).toEqual([]);
    const { target } = await restoreFrom(directory);
    for (const name of ['settings', 'identity', 'snapshot.conf']) {
      expect((await nodeFileSystem.lstat(join(target, 'config', name))).kind).toBe('file');
      expect(await readFile(join(target, 'config', name))).toEqual(
        await readFile(join(directory, 'config', name)),
      );
    }
  });

  test('nothing of dangling links, directories in config and names that are not UTF-8, and says so', async () => {
    const { directory } = await buildStorage();
    const odd = (below: string) => Buffer.concat([Buffer.from(`${directory}/${below}caf`), Buffer.of(0xe9)]);
    await mkdir(join(directory, 'config/deep'));
    await symlink('nowhere', join(directory, 'config/access'));
    await symlink('nowhere', join(directory, 'top'));
    await symlink('config/settings', join(directory, 'to-a-file'));
    for (const below of ['', 'config/', 'A/']) await writeFile(odd(below), '');
    await writeFile(join(directory, 'config/back\\slash'), 'x');
    const { warnings } = await backUp(directory, 'full');
    const told = warnings.map((text) => text.slice(directory.length + 1).split(' is not backed up')[0]);
    expect(told.sort()).toEqual([
      'A/caf\ufffd',
      'caf\ufffd',
      'config/access',
      'config/caf\ufffd',
      'config/deep',
      'to-a-file',
      'top',
    ]);
    const { target } = await restoreFrom(directory);
    expect((await readdir(join(target, 'config'))).sort()).toEqual(['back\\slash', 'identity', 'settings']);
  });

  test('times before 1970 and after 2038', async () => {
    const { directory } = await buildStorage();
    const times = { old: -86_400, new: 2 ** 31 + 86_400 };
    for (const [name, seconds] of Object.entries(times)) {
      await writeFile(join(directory, 'config', name), '');
      await utimes(join(directory, 'config', name), new Date(seconds * 1000), new Date(seconds * 1000));
    }
    await backUp(directory, 'full');
    const { target } = await restoreFrom(directory);
    // Node sets no time before 1970: the archive has it all the same.
    expect((await stat(join(target, 'config/new'))).mtimeMs).toBe(times.new * 1000);
    const archive = join(directory, 'backups/backup-1.tgz');
    const listing = execFileSync('tar', ['--utc', '-tvzf', archive], { encoding: 'utf8' });
    expect(listing).toMatch(/ 1969-12-31 00:00 config\/old$/m);
  });

  test.skipIf(process.geteuid?.() !== 0)(
    'owners whose numbers are as large as those of a directory service',
    async () => {
      const { directory } = await buildStorage({ objects: 2, transactions: 1 });
      execFileSync('chown', ['-R', '1854601234:1854600513', directory]);
      await backUp(directory, 'full');
      const { target } = await restoreFrom(directory);
      const owners = execFileSync('find', [target, '-printf', '%U:%G\\n'], { encoding: 'utf8' });
      expect([...new Set(owners.trim().split('\n'))]).toEqual(['1854601234:1854600513']);
      const archive = join(directory, 'backups/backup-1.tgz');
      const listing = execFileSync('tar', ['--numeric-owner', '-tvzf', archive], { encoding: 'utf8' });
      expect(
        listing
          .trim()
          .split('\n')
          .every((line) => line.includes(' 1854601234/1854600513 ')),
      ).toBe(true);
    },
  );
});

describe('a backup whose row cannot be written', () => {
  /** Fails from the first call after the archives have their names. */
  async function failing(code: string) {
    const storage = await buildStorage();
    await backUp(storage.directory, 'full');
    await grow(storage, 3, [1]);
    const fs = new FaultyFileSystem().fail('create', 'ENOSPC', { nth: 2 });
    const run = backUp(storage.directory, 'inc_now', NOON + HOUR, fs);
    await expect(run).rejects.toMatchObject({ code });
    return storage.directory;
  }

  test('takes its archives back', async () => {
    const directory = await failing('fs.no-space');
    const names = (await readdir(join(directory, 'backups'))).filter((name) => !name.startsWith('.'));
    expect(names.sort()).toEqual(['backup-1.tgz', 'tindex']);
    expect((await backUp(directory, 'inc_now', NOON + HOUR)).archives[0]?.name).toBe('backup-1-to-2.tgz');
  });
});
