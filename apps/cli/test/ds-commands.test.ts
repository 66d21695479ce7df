import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT } from '@holdfast/errors';
import { KernelLock } from '@holdfast/lockfile';
import { temporaryDirectory } from '@holdfast/test-kit';
import { beforeEach, describe, expect, test } from 'vitest';
import { unpackFixture } from '../../../packages/directorystorage/test/support/fixture.js';
import { holdfast, type RunOptions } from './support/cli.js';
import { firstTable, page, section } from './support/markdown.js';

let storage: string;

beforeEach(async () => {
  storage = await unpackFixture('crashed-in-snapshot-chunky');
  await mkdir(join(storage, 'backups'));
});

const ds = (...args: readonly string[]) => holdfast(['ds', ...args]);
const onStorage = (command: string, ...args: readonly string[]) => ds(command, '--storage', storage, ...args);

/** The environment of a program under a snapshot that somebody else holds. */
const under = (directory: string): RunOptions => ({
  env: {
    SNAPSHOT_VERSION: '2',
    SNAPSHOT_DIRECTORY: directory,
    SNAPSHOT_TIMESTAMP: String(Math.floor(Date.now() / 1000)),
  },
});

/** Changes a byte of the pickle of a revision. */
async function damage(): Promise<string> {
  const [name = ''] = (await readdir(join(storage, 'A/o000/000/000/000'))).filter((file) =>
    /^0000\..{16}$/.test(file),
  );
  const path = join(storage, 'A/o000/000/000/000', name);
  const bytes = await readFile(path);
  bytes[100] = bytes[100]! ^ 0xff;
  await writeFile(path, bytes);
  return `A/o000/000/000/000/${name}`;
}

describe('holdfast ds check', () => {
  test('freezes a storage that crashed, checks it, and leaves it tidy', async () => {
    const { status, stdout, stderr } = await onStorage('check');
    expect({ status, stderr }).toEqual({ status: EXIT.ok, stderr: '' });
    expect(stdout).toMatch(/^Sound: .*, 8 objects in \d+ revisions and \d+ transactions/);
    expect(await readFile(join(storage, 'misc/snapshot'), 'utf8')).toBe('shutdown');
    await using _lock = await KernelLock.acquire(join(storage, 'misc/sublock'));
  });

  test('names what is wrong, and ends with the status of a damaged source', async () => {
    const path = await damage();
    const { status, stderr } = await onStorage('check');
    expect(status).toBe(EXIT.source);
    expect(stderr).toContain(`${path}: an object file does not match its checksum`);
    const failed = JSON.parse((await onStorage('check', '--json')).stdout);
    expect(failed).toMatchObject({
      ok: false,
      error: {
        code: 'directorystorage.check-failed',
        details: { problemCount: 1, counts: { 'object-md5': 1 }, problems: [{ kind: 'object-md5', path }] },
      },
    });
  });

  test('does nothing to a storage that is in use', async () => {
    await using _lock = await KernelLock.acquire(join(storage, 'misc/sublock'));
    const { status } = await onStorage('check');
    expect(status).not.toBe(EXIT.ok);
    expect(await readdir(join(storage, 'journal'))).not.toEqual([]);
  });

  test('uses the snapshot that it runs under, and takes no lock', async () => {
    expect((await onStorage('check')).status).toBe(EXIT.ok);
    await using _lock = await KernelLock.acquire(join(storage, 'misc/sublock'));
    expect((await holdfast(['ds', 'check'], under(storage))).status).toBe(EXIT.ok);
    const { status, stderr } = await holdfast(['ds', 'check'], under(`${storage}-other`));
    expect(status).not.toBe(EXIT.ok);
    expect(stderr).toContain('in no snapshot');
  });

  test('needs a storage', async () => {
    expect((await ds('check')).status).toBe(EXIT.usage);
  });
});

test('backup, whatsnew, info and restore go together', async () => {
  expect((await onStorage('info')).stdout).toMatch(/state +not in use, not closed tidily/);
  const full = await onStorage('backup', 'prefix', 'site', 'full');
  expect(full.stdout).toMatch(
    /^Made a full backup of .*: backups\/site-1\.tgz, \d+ files, .*\n {2}backup 1, up to/,
  );
  expect((await onStorage('backup', 'inc', '1 day ago')).stdout).toContain('No backup is that old');
  expect((await onStorage('backup', 'inc', 'now')).stdout).toContain('Nothing was committed');
  const info = JSON.parse((await onStorage('info', '--json')).stdout);
  expect(info).toMatchObject({
    journal: 0,
    secondary: false,
    snapshotCode: 'shutdown',
    lastBackup: { sequence: 1 },
  });
  const nothing = await onStorage('whatsnew', info.serial);
  expect({ status: nothing.status, stdout: nothing.stdout }).toEqual({ status: EXIT.ok, stdout: '' });
  expect((await onStorage('whatsnew', '0'.repeat(16))).stdout).toMatch(/^A\/x\/serial\nA\/x\/oid\nA\/t040\//);
  const target = join(await temporaryDirectory(), 'restored');
  expect((await onStorage('restore', '--output', target)).stdout).toContain(
    `Restored backup 1 to ${target}.`,
  );
  expect((await ds('check', '--storage', target)).status).toBe(EXIT.ok);
  expect((await onStorage('restore', '--output', target)).status).toBe(EXIT.system);
});

test('a list that tells of another history: the restore says what is missing, and no increment is made', async () => {
  expect((await onStorage('backup', 'full')).status).toBe(EXIT.ok);
  const path = join(storage, 'backups/tindex');
  const list = await readFile(path, 'utf8');
  const { serial } = JSON.parse((await onStorage('info', '--json')).stdout);
  const never = `${serial.slice(0, -1)}${serial.endsWith('0') ? '1' : '0'}`;
  // Earlier than the last transaction, and none.
  const before = `${serial.slice(0, 8)}00000001`;
  await writeFile(
    path,
    `${list}2     ${Math.floor(Date.now() / 1000)}   ${never < serial ? never : before}\n`,
  );
  const refused = await onStorage('backup', 'inc', 'now');
  expect(refused.status).toBe(EXIT.refused);
  expect(refused.stderr).toContain('is not in the history of');
  expect(await readdir(join(storage, 'backups'))).not.toContain('backup-2-to-3.tgz');
  const target = join(await temporaryDirectory(), 'restored');
  const { status, stderr } = await onStorage('restore', '--quiet', '--output', target);
  expect(status).toBe(EXIT.ok);
  expect(stderr).toContain('warning: backup 1 is restored and not backup 2');
});

test.each([
  ['backup', 'weekly'],
  ['backup', 'inc', 'soon'],
  ['whatsnew', 'zzz'],
  ['restore'],
  ['restore', '--output', 'x', 'seven'],
])('%s %s is a mistake of the command line', async (command, ...words) => {
  expect((await onStorage(command, ...words)).status).toBe(EXIT.usage);
});

test('two backups at once: one is busy', async () => {
  expect((await onStorage('check')).status).toBe(EXIT.ok);
  await using _frozen = await KernelLock.acquire(join(storage, 'misc/sublock'));
  await using _lock = await KernelLock.acquire(join(storage, 'backups/.holdfast.lock'));
  expect((await holdfast(['ds', 'backup', 'full'], under(storage))).status).toBe(EXIT.busy);
});

describe('what --json prints is what docs/json.md says', () => {
  const documented = (heading: string) =>
    firstTable(section(page('json.md'), heading)).map(([field = '']) => field);

  const run = async (command: string, ...args: readonly string[]) =>
    JSON.parse((await onStorage(command, '--json', ...args)).stdout) as Readonly<Record<string, unknown>>;

  test.each([
    ['check', []],
    ['backup', ['full']],
    ['info', []],
    ['whatsnew', ['0'.repeat(16)]],
  ] as const)('ds %s', async (command, args) => {
    const value = await run(command, ...args);
    expect(value).toMatchObject({ command: `ds ${command}`, ok: true });
    expect(Object.keys(value).sort()).toEqual(
      [...documented('Every object'), ...documented(`ds ${command}`)].sort(),
    );
    const { statistics, archives } = value as { statistics?: object; archives?: readonly object[] };
    if (statistics !== undefined)
      expect(Object.keys(statistics).sort()).toEqual(documented('statistics').sort());
    if (archives !== undefined)
      expect(Object.keys(archives[0] ?? {}).sort()).toEqual(documented('archive').sort());
  });

  test('ds restore', async () => {
    await onStorage('backup', 'full');
    const target = join(await temporaryDirectory(), 'restored');
    const value = await run('restore', '--output', target);
    expect(Object.keys(value).sort()).toEqual(
      [...documented('Every object'), ...documented('ds restore')].sort(),
    );
  });
});

test('a storage may be given by a path with blanks and a slash at its end', async () => {
  const odd = join(await temporaryDirectory(), 'my storage');
  await cp(storage, odd, { recursive: true });
  expect((await ds('check', '--storage', `${odd}/`)).status).toBe(EXIT.ok);
});
