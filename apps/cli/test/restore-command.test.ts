import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { EXIT } from '@holdfast/errors';
import { lockRepository, StorageLock } from '@holdfast/lockfile';
import { appendTransactions } from '@holdfast/test-kit';
import { beforeAll, describe, expect, test } from 'vitest';
import { BIN, copyOfSite, holdfast, makeSite, type Site, start } from './support/cli.js';

interface BackedUp extends Site {
  /** The bytes of the storage at its first backup, and at its second. */
  readonly first: Buffer;
  readonly second: Buffer;
}

let made: BackedUp;

beforeAll(async () => {
  const site = await makeSite();
  const first = await readFile(site.datafs);
  await site.run('backup', '-q');
  await appendTransactions(nodeFileSystem, site.datafs, { transactions: 3 });
  const second = await readFile(site.datafs);
  await site.run('backup', '-q');
  made = { ...site, first, second };
});

/** A site with two backups. */
async function backedUp(): Promise<BackedUp> {
  return { ...made, ...(await copyOfSite(made.path)) };
}

/** What lies in a directory, but for ZODB's lock files. */
const files = async (directory: string) =>
  (await readdir(directory)).filter((name) => !name.endsWith('.lock')).sort();

const names = async (site: Site) =>
  (await readdir(site.repository)).filter((name) => /fsz?$/.test(name)).sort();

describe('holdfast restore', () => {
  test('restores the newest backup to another place without asking', async () => {
    const site = await backedUp();
    const { status, stdout, stderr } = await site.run('restore', '--output', 'restored.fs');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain(`Restored ${site.path}/restored.fs: `);
    const restored = join(site.path, 'restored.fs');
    expect((await readFile(restored)).equals(site.second)).toBe(true);
    expect((await stat(restored)).mode & 0o777).toBe(0o600);
    expect(await files(site.path)).toEqual(['restored.fs', 'restored.fs.index', 'var']);
  });

  test('restores what was backed up last at a date, given in one word, two words or as a file name', async () => {
    const site = await backedUp();
    const [full = ''] = await names(site);
    const [year, month, day, hour, minute, second] = full.slice(0, 19).split('-');
    for (const date of [
      [full],
      [full.slice(0, 19)],
      [`${year}-${month}-${day}`, `${hour}:${minute}:${second}`],
    ]) {
      const { status } = await site.run('restore', ...date, '-n', '-o', 'at.fs');
      expect(status).toBe(0);
      expect((await readFile(join(site.path, 'at.fs'))).equals(site.first)).toBe(true);
    }
  });

  test('puts the Data.fs of the site back, and keeps the file that was there', async () => {
    const site = await backedUp();
    await writeFile(site.datafs, 'broken');
    const { status, stdout } = await site.run('restore', '--no-prompt');
    expect(status).toBe(0);
    expect(stdout).toContain(`  The file that was there is now ${site.datafs}.old.`);
    expect((await readFile(site.datafs)).equals(site.second)).toBe(true);
    expect(await readFile(`${site.datafs}.old`, 'utf8')).toBe('broken');
  });

  test('--replace keeps nothing', async () => {
    const site = await backedUp();
    await site.run('restore', '-n', '--replace');
    expect(await files(join(site.path, 'var/filestorage'))).toEqual(['Data.fs', 'Data.fs.index']);
  });

  test('writes to standard output, and nothing else there', async () => {
    const site = await backedUp();
    const { bytes, stderr, status } = await site.run('restore', '--output', '-', '-v');
    expect({ status, whole: bytes.equals(site.second) }).toEqual({ status: 0, whole: true });
    expect(stderr).toContain(`restored ${site.second.length} bytes`);
  });

  test('works on a new machine that has only the backups', async () => {
    const site = await backedUp();
    await rm(join(site.path, 'var/filestorage'), { recursive: true });
    const missing = await site.run('restore');
    expect(missing.status).toBe(EXIT.system);
    expect(missing.stderr).toContain(`mkdir -p ${site.path}/var/filestorage`);
    await mkdir(join(site.path, 'var/filestorage'));
    expect((await site.run('restore')).status).toBe(0);
    expect((await readFile(site.datafs)).equals(site.second)).toBe(true);
  });
});

describe('the question before a file is replaced', () => {
  const answering = async (site: Site, input: string, ...args: readonly string[]) =>
    holdfast(['restore', ...args], { cwd: site.path, input });

  test.each(['yes\n', 'YES\n', 'perhaps\nYes\n'])('%j replaces it', async (input) => {
    const site = await backedUp();
    await writeFile(site.datafs, 'broken');
    const { status, stderr } = await answering(site, input);
    expect(status).toBe(0);
    expect(stderr).toContain(`This will replace the filestorage:\n    ${site.datafs} (6 B, changed `);
    expect((await readFile(site.datafs)).equals(site.second)).toBe(true);
  });

  test.each(['no\n', '\n', '', 'y\nno\n'])('%j changes nothing, and is no error', async (input) => {
    const site = await backedUp();
    await writeFile(site.datafs, 'mine');
    const { status, stdout, stderr } = await answering(site, input);
    expect({ status, stdout }).toEqual({ status: EXIT.ok, stdout: '' });
    expect(stderr).toContain('Nothing was changed.');
    expect(await readFile(site.datafs, 'utf8')).toBe('mine');
  });

  test('is asked with -q too, and --json tells the answer', async () => {
    const site = await backedUp();
    const { stdout, stderr } = await answering(site, 'no\n', '-q', '--json');
    expect(stderr).toContain('Are you sure? (yes/No)?');
    expect(JSON.parse(stdout)).toMatchObject({ command: 'restore', ok: true, restored: false });
  });

  test('tells what becomes of what is there', async () => {
    const site = await backedUp();
    const kept = 'What is there now will be kept, as .old or the next name that is free.\n';
    expect((await answering(site, 'no\n')).stderr).toContain(kept);
    const replaced = 'What is there now will not be kept.\n';
    expect((await answering(site, 'no\n', '--replace')).stderr).toContain(replaced);
  });

  test('of a single file tells that an older .old stays', async () => {
    const site = await backedUp();
    const into = ['-o', site.datafs];
    expect((await answering(site, 'yes\n', ...into)).stderr).toContain(`kept as ${site.datafs}.old.\n`);
    expect((await answering(site, 'no\n', ...into)).stderr).toContain('the next name that is free.\n');
  });

  test('Ctrl-C at the question changes nothing', async () => {
    const site = await backedUp();
    const waiting = start(['restore'], { cwd: site.path, command: [process.execPath, BIN] });
    await waiting.says('(yes/No)? ');
    waiting.kill('SIGINT');
    const { status, stderr } = await waiting.done;
    expect(status).toBe(EXIT.cancelled);
    expect(stderr).toContain('holdfast: stopped by Ctrl-C; nothing was published or replaced\n');
    expect((await readFile(site.datafs)).equals(site.second)).toBe(true);
  });
});

describe('holdfast restore that is refused before anything is asked', () => {
  test('by a ZODB that has the storage open', async () => {
    const site = await backedUp();
    await using _zodb = await StorageLock.acquire(site.datafs);
    const { status, stderr } = await site.run('restore', '-n');
    expect(status).toBe(EXIT.busy);
    const holder = `${site.datafs}.lock is locked by process ${process.pid}`;
    expect(stderr).toContain(`${site.datafs} is in use: ${holder}`);
    expect(await files(join(site.path, 'var/filestorage'))).toEqual(['Data.fs']);
  });

  test('by a ZODB that has it open under the name of a link', async () => {
    const site = await backedUp();
    const link = join(site.path, 'Link.fs');
    await symlink(site.datafs, link);
    await using _zodb = await StorageLock.acquire(site.datafs);
    expect((await site.run('restore', '-n', '-o', link)).status).toBe(EXIT.busy);
  });

  test('by a running backup, whose command is named', async () => {
    const site = await backedUp();
    await using _lock = await lockRepository(site.repository, { command: 'holdfast backup' });
    const { status, stderr } = await site.run('restore', '-n');
    expect(status).toBe(EXIT.busy);
    expect(stderr).toContain("is locked by 'holdfast backup'");
  });

  test.each([
    ['a directory', 'var', 'it is a directory'],
    ['a device', '/dev/null', 'it is not a regular file'],
    ['a place that is not there', 'no/such/place.fs', 'there is no directory'],
    ['a link that leads nowhere', 'dangling', 'it is a link to a file that does not exist'],
  ])('by %s', async (_what, output, message) => {
    const site = await backedUp();
    await symlink('nowhere', join(site.path, 'dangling'));
    const { status, stdout, stderr } = await site.run('restore', '-o', output);
    expect({ status, stdout }).toEqual({ status: EXIT.system, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('Are you sure');
  });

  test('by a date before the first backup', async () => {
    const site = await backedUp();
    const { status, stderr } = await site.run('restore', '2001-01-01', '-n');
    expect(status).toBe(EXIT.repository);
    expect(stderr).toContain('there is no set of backups at or before 2001-01-01-23-59-59; the oldest is 2');
    const alone = await site.run('restore', '2001-01-01', '-o', 'alone.fs');
    expect(alone.status).toBe(EXIT.repository);
    expect(alone.stderr).toContain('has no backup at or before 2001-01-01-23-59-59');
  });

  test('by a repository that is not there', async () => {
    const site = await makeSite();
    const { status, stderr } = await site.run('restore', '-n');
    expect(status).toBe(EXIT.repository);
    expect(stderr).toContain(`there is no repository at ${site.repository}`);
    expect((await site.run('ziprestore', '-n')).stderr).toContain('run `holdfast zipbackup` first');
  });
});
