import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { EXIT } from '@holdfast/errors';
import { KernelLock, lockRepository } from '@holdfast/lockfile';
import { appendTransactions, temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { holdfast, makeSite } from './support/cli.js';

const dataFiles = async (repository: string) =>
  (await readdir(repository)).filter((name) => /\.(delta)?fsz?$/.test(name)).sort();

describe('holdfast backup', () => {
  test('makes a full backup, then increments, and nothing where nothing is new', async () => {
    const site = await makeSite();
    const full = await site.run('backup');
    expect(full.stdout).toContain(`Made a full backup of ${site.datafs}: the repository has no backup yet.`);
    await appendTransactions(nodeFileSystem, site.datafs, { transactions: 2 });
    const increment = await site.run('backup');
    expect(increment.stdout).toContain(`Made an incremental backup of ${site.datafs}: the source has grown.`);
    expect(increment.stdout).toContain('  2 transactions, ');
    const nothing = await site.run('backup');
    expect(nothing.stdout).toContain(`Nothing to back up in ${site.datafs}`);
    expect([full, increment, nothing].map(({ status, stderr }) => [status, stderr])).toEqual(
      Array(3).fill([0, '']),
    );
    const [first, second, ...more] = await dataFiles(site.repository);
    expect([first?.slice(19), second?.slice(19), more]).toEqual(['.fsz', '.deltafsz', []]);
  });

  test('finds the site from a directory below', async () => {
    const site = await makeSite();
    await mkdir(join(site.path, 'src/deep'), { recursive: true });
    expect((await holdfast(['backup'], { cwd: join(site.path, 'src/deep') })).status).toBe(0);
    expect(await dataFiles(site.repository)).toHaveLength(1);
  });

  test('takes relative paths, with blanks, and makes the directory for this user only', async () => {
    const site = await makeSite();
    const args = ['backup', '--datafs', 'var/filestorage/Data.fs', '--repository', 'my backups/of the site'];
    expect((await site.run(...args)).status).toBe(0);
    const repository = join(site.path, 'my backups/of the site');
    expect((await stat(repository)).mode & 0o777).toBe(0o700);
    const [name = ''] = await dataFiles(repository);
    expect((await stat(join(repository, name))).mode & 0o777).toBe(0o600);
  });

  test('makes plain files with --no-gzip and a full one with --full or fullbackup', async () => {
    const site = await makeSite();
    await writeFile(join(site.path, 'holdfast.toml'), 'keep = 0\n');
    await site.run('backup', '--no-gzip');
    await site.run('backup', '--full', '--codec', 'zlib');
    await site.run('fullbackup', '--no-gzip');
    const files = await dataFiles(site.repository);
    expect(files.map((name) => name.slice(19))).toEqual(['.fs', '.fsz', '.fs']);
  });

  test('removes at its end what no rule keeps, and says so', async () => {
    const site = await makeSite();
    await site.run('backup');
    await site.run('fullbackup');
    const [first = '', ...later] = await dataFiles(site.repository);
    const { status, stdout } = await site.run('fullbackup');
    expect(status).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Removed set ${first.slice(0, 19)}: .+\\.$`, 'm'));
    expect((await dataFiles(site.repository)).slice(0, -1)).toEqual(later);
  });

  test('-q prints nothing, --json one object', async () => {
    const site = await makeSite();
    expect(await site.run('-q', 'backup')).toMatchObject({ status: 0, stdout: '', stderr: '' });
    const { stdout } = await site.run('backup', '--json');
    expect(stdout.split('\n')).toHaveLength(2);
    expect(JSON.parse(stdout)).toMatchObject({ format: 'holdfast/1', command: 'backup', ok: true });
  });

  test('a dry run tells the plan and writes nothing, not even a directory or a lock', async () => {
    const site = await makeSite();
    const first = await site.run('backup', '--dry-run');
    expect(first.stdout).toBe(
      `Would make a full backup of ${site.datafs}: the repository has no backup yet.\n`,
    );
    await expect(readdir(site.repository)).rejects.toThrow('ENOENT');
    await site.run('backup');
    await rm(join(site.repository, '.holdfast.lock'));
    await appendTransactions(nodeFileSystem, site.datafs, { transactions: 1 });
    const before = await readdir(site.repository);
    expect((await site.run('backup', '--dry-run')).stdout).toContain('Would make an incremental backup');
    expect(await readdir(site.repository)).toEqual(before);
  });
});

describe('holdfast backup that cannot go on', () => {
  test('names the missing storage, and leaves no directory of a wrong path behind', async () => {
    const directory = await temporaryDirectory();
    const { status, stderr } = await holdfast(
      ['backup', '--datafs', 'typo/Data.fs', '--repository', 'repo'],
      {
        cwd: directory,
      },
    );
    expect(status).toBe(EXIT.source);
    expect(stderr).toContain(`holdfast: there is no Data.fs at ${directory}/typo/Data.fs\n`);
    expect(await readdir(directory)).toEqual([]);
  });

  test('outside of any site says what was looked for', async () => {
    const { status, stderr } = await holdfast(['backup'], { cwd: await temporaryDirectory() });
    expect(status).toBe(EXIT.usage);
    expect(stderr).toContain('no site found');
  });

  test('refuses a file that is no storage', async () => {
    const site = await makeSite();
    await writeFile(site.datafs, 'garbage\n');
    const { status, stderr } = await site.run('backup');
    expect(status).toBe(EXIT.source);
    expect(stderr).toContain('not with FS30 or FS21');
    expect(await dataFiles(site.repository)).toEqual([]);
  });

  test('refuses the storage of another history until that is accepted', async () => {
    const site = await makeSite();
    await site.run('backup');
    await rm(site.datafs);
    const other = await makeSite();
    await writeFile(site.datafs, (await readFile(other.datafs)).subarray(0, 2000));
    const refused = await site.run('backup');
    expect(refused.status).toBe(EXIT.refused);
    expect(refused.stderr).toContain('--accept-new-history');
  });

  test('says who is at work in the repository', async () => {
    const site = await makeSite();
    await site.run('backup');
    await using _lock = await lockRepository(site.repository, { command: 'the other one' });
    const { status, stderr } = await site.run('backup');
    expect(status).toBe(EXIT.busy);
    expect(stderr).toContain(`is locked by 'the other one' (process ${process.pid}`);
  });

  test('backs a storage up once at a time, also into different repositories', async () => {
    const site = await makeSite();
    await using lock = await KernelLock.acquire(site.datafs, { create: false });
    const busy = await site.run('backup', '--repository', 'elsewhere');
    expect(busy.status).toBe(EXIT.busy);
    expect(busy.stderr).toContain('is being backed up by another process');
    await lock.release();
    expect((await site.run('backup', '--repository', 'elsewhere')).status).toBe(EXIT.ok);
  });
});
