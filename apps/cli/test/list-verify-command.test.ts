import { chmod, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { EXIT } from '@holdfast/errors';
import { lockRepository } from '@holdfast/lockfile';
import { appendTransactions } from '@holdfast/test-kit';
import { beforeAll, describe, expect, test } from 'vitest';
import { BIN, copyOfSite, holdfast, makeSite, type Site } from './support/cli.js';

let made: Site;
let full: string;
let increment: string;

beforeAll(async () => {
  made = await makeSite();
  await made.run('backup');
  await appendTransactions(nodeFileSystem, made.datafs, { transactions: 3 });
  await made.run('backup');
  const names = (await readdir(made.repository)).sort();
  full = names.find((name) => name.endsWith('.fsz')) ?? '';
  increment = names.find((name) => name.endsWith('.deltafsz')) ?? '';
});

const backedUp = () => copyOfSite(made.path);

async function damage(path: string): Promise<void> {
  const file = await open(path, 'r+');
  await file.write('damaged', (await file.stat()).size - 40);
  await file.close();
}

describe('holdfast list', () => {
  test('shows each set that can be restored, with what it holds', async () => {
    const { stdout, stderr, status } = await (await backedUp()).run('list');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [head, first, second, sum] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/^SET +KIND +DATA\.FS +NEW +TRANSACTIONS +STORED +BLOBS +NEW +CHECKED$/);
    expect(first).toMatch(new RegExp(`^${full.slice(0, 19)} +full +\\S+ kB +\\+\\S+ kB +10 +\\S+ kB$`));
    expect(second).toMatch(new RegExp(`^${increment.slice(0, 19)} +increment +.* 3 +\\S+ k?B$`));
    expect(sum).toMatch(/^2 sets, .* of filestorage backups\.$/);
  });

  test('says so where there is none', async () => {
    const site = await backedUp();
    for (const name of await readdir(site.repository)) await rm(join(site.repository, name));
    const { status, stdout } = await site.run('list');
    expect({ status, stdout: stdout.split(' or ')[0] }).toEqual({
      status: 0,
      stdout: `There is no backup in ${site.repository}`,
    });
  });

  test('warns of what does not fit together', async () => {
    const site = await backedUp();
    await rm(join(site.repository, `${full.slice(0, 19)}.dat`));
    const { status, stderr } = await site.run('list');
    expect(status).toBe(0);
    expect(stderr).toContain(`holdfast: warning: ${full.slice(0, 19)}.dat is missing\n`);
  });

  test('can be looked at while a backup runs', async () => {
    const site = await backedUp();
    await using _lock = await lockRepository(site.repository, { command: 'holdfast backup' });
    expect((await site.run('list')).status).toBe(0);
  });
});

describe('holdfast verify', () => {
  test.each([
    [[], 'every stored byte'],
    [['--quick'], 'names, ranges and sizes'],
    [['--deep'], 'every byte, every transaction and every blob'],
  ])('%j finds sound backups sound, and says what was checked', async (options, what) => {
    const { status, stdout, stderr } = await (await backedUp()).run('verify', ...options);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^Sound: 2 sets, 2 backup files, /);
    expect(stdout).toContain(`\nChecked: ${what}`);
  });

  test.each([[[]], [['--deep']]])('%j finds a changed byte', async (options) => {
    const site = await backedUp();
    await damage(join(site.repository, increment));
    const { status, stdout, stderr } = await site.run('verify', ...options);
    expect({ status, stdout }).toEqual({ status: EXIT.repository, stdout: '' });
    expect(stderr).toContain(increment);
    expect(stderr).toMatch(/\nholdfast: 1 problem in .*\n {10}Make a full backup now/);
  });

  test('finds a missing file, also with --json', async () => {
    const site = await backedUp();
    await rm(join(site.repository, increment));
    const { status, stdout } = await site.run('verify', '--quick', '--json');
    expect(status).toBe(EXIT.repository);
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'verify',
      ok: false,
      error: {
        code: 'repository.verify-failed',
        details: {
          level: 'quick',
          problems: [
            `${increment} is listed but missing`,
            expect.stringContaining(`${increment} is missing in`),
          ],
          unsound: [increment.slice(0, 19)],
        },
      },
    });
  });

  test('is not kept away by a running backup, and names it when something is wrong', async () => {
    const site = await backedUp();
    await using _lock = await lockRepository(site.repository, { command: 'holdfast backup' });
    expect((await site.run('verify')).status).toBe(0);
    await rm(join(site.repository, `${full.slice(0, 19)}.dat`));
    const { status, stderr } = await site.run('verify');
    expect(status).toBe(EXIT.repository);
    expect(stderr).toMatch(/Run it again when that has ended: .* is locked by 'holdfast backup'/);
  });

  test('makes no lock in a repository that knows none', async () => {
    const site = await backedUp();
    await rm(join(site.repository, '.holdfast.lock'));
    const before = (await readdir(site.repository)).sort();
    expect((await site.run('verify')).status).toBe(0);
    const after = (await readdir(site.repository)).sort();
    expect(after.filter((name) => !name.endsWith('.holdfast-verified'))).toEqual(before);
  });
});

const isRoot = process.getuid?.() === 0;
const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];

describe.skipIf(!isRoot)('another user [needs root to become one]', () => {
  test('reads a repository that is open for reading, and changes nothing in it', async () => {
    const site = await backedUp();
    await openUp(site);
    const run = (...args: readonly string[]) => asNobody(site, args);
    const before = await stat(site.repository);
    expect(await run('list')).toMatchObject({ status: 0, stderr: '' });
    expect(await run('verify')).toMatchObject({ status: 0, stderr: '' });
    const { status, bytes } = await run('restore', '-o', '-');
    expect({ status, whole: bytes.equals(await readFile(site.datafs)) }).toEqual({ status: 0, whole: true });
    expect((await stat(site.repository)).mtimeMs).toBe(before.mtimeMs);
  });

  test('is told what he may not do', async () => {
    const site = await backedUp();
    await openUp(site);
    const backup = await asNobody(site, ['backup']);
    expect(backup.status).toBe(EXIT.system);
    expect(backup.stderr).toMatch(/^holdfast: cannot open .*\.holdfast\.lock: permission denied\n {10}Give/);
    await chmod(site.repository, 0o700);
    for (const command of ['list', 'verify', 'restore']) {
      const { status, stdout, stderr } = await asNobody(site, [command]);
      expect({ status, stdout }).toEqual({ status: EXIT.system, stdout: '' });
      expect(stderr).toMatch(/^holdfast: cannot list .*: permission denied\n {10}Run as the user/);
    }
  });

  /** Lets everybody read. */
  async function openUp(site: Site): Promise<void> {
    const directories = ['', 'var', 'var/filestorage', 'var/backups'];
    for (const path of directories) await chmod(join(site.path, path), 0o755);
    for (const name of await readdir(site.repository)) await chmod(join(site.repository, name), 0o644);
    await chmod(site.datafs, 0o644);
  }

  function asNobody(site: Site, args: readonly string[]) {
    return holdfast(args, { cwd: site.path, command: [...nobody, process.execPath, BIN] });
  }
});
