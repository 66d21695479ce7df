import { chown, readdir, readFile, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import { KernelLock } from '@holdfast/lockfile';
import { FixedClock, sweepCrashes, sweepFaults, temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { parseUsers } from '../src/auth/access-text.js';
import { removeUser, setPassword } from '../src/auth/passwd.js';
import { verifyPassword } from '../src/auth/passwords.js';
import { accessFile } from './support/auth-app.js';

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

describe('passwd', () => {
  const OLD = '# ours\nanna:geheim:admin\nbert:x\n';

  const holds = async (path: string, password: string) => {
    const text = await readFile(path, 'utf8');
    const anna = parseUsers(text, path).find(({ name }) => name === 'anna')!;
    return (
      (await verifyPassword(password, anna.secret)) &&
      text.startsWith('# ours\nanna:') &&
      text.endsWith(':admin\nbert:x\n')
    );
  };

  test.each(['ENOSPC', 'EIO', 'EROFS'])('leaves the old file when a call fails with %s', async (fault) => {
    const count = await sweepFaults({
      fault,
      prepare: () => accessFile(OLD),
      run: (fs, { path }) => setPassword(fs, systemClock, path, 'anna', 'neu'),
      check: async ({ path, directory }, { error, call }) => {
        const old = (await readFile(path, 'utf8')) === OLD;
        expect(old || (await holds(path, 'neu'))).toBe(true);
        if (error === undefined) expect(old).toBe(false);
        if (old && call.method !== 'unlink')
          expect(await readdir(directory)).toEqual(['access', 'access.lock']);
      },
    });
    expect(count).toBeGreaterThan(4);
  });

  test('leaves the old or the new file when it is killed', async () => {
    await sweepCrashes({
      prepare: () => accessFile(OLD),
      run: (fs, { path }) => setPassword(fs, systemClock, path, 'anna', 'neu'),
      check: async ({ path }) => {
        const old = (await readFile(path, 'utf8')) === OLD;
        expect(old || (await holds(path, 'neu'))).toBe(true);
        expect((await stat(path)).mode & 0o777).toBe(0o600);
      },
    });
  });

  test('makes a file for its owner only, whatever the umask is', async () => {
    const path = join(await temporaryDirectory(), 'access');
    const before = process.umask(0);
    try {
      expect(await setPassword(nodeFileSystem, systemClock, path, 'anna', 'x', ['admin'])).toBe('added');
    } finally {
      process.umask(before);
    }
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(`${path}.lock`)).mode & 0o777).toBe(0o600);
    expect(await setPassword(nodeFileSystem, systemClock, path, 'anna', 'y')).toBe('changed');
    expect(parseUsers(await readFile(path, 'utf8'), path)[0]!.roles).toEqual(new Set(['admin']));
  });

  test.each([
    ['', 'x', 'no user name'],
    ['a:b', 'x', 'holds a colon'],
    ['#a', 'x', 'begins with #'],
    [' a', 'x', 'has blanks around it'],
    ['a\nroot', 'x', 'control characters'],
    ['a', '', 'no password'],
    ['a', 'x\ny', 'control characters'],
    ['a', 'x'.repeat(1025), 'more than 1024'],
    ['a', '\ud800', 'well-formed'],
  ])('refuses %j with the password %j before it writes anything', async (user, password, reason) => {
    const directory = await temporaryDirectory();
    const path = join(directory, 'access');
    await expect(setPassword(nodeFileSystem, systemClock, path, user, password)).rejects.toMatchObject({
      code: 'toolkit.access',
      message: expect.stringMatching(`^the user cannot be written to ${path}: .*${reason}`),
      hint: expect.stringMatching(
        user === 'a' ? /^Give a password of 1 to 1024/ : /^Give a name of 1 to 128/,
      ),
    });
    expect(await readdir(directory)).toEqual([]);
  });

  test('changes no file that it cannot read whole, and no other than that', async () => {
    const broken = await accessFile('anna:x\nnonsense\n');
    await expect(setPassword(nodeFileSystem, systemClock, broken.path, 'anna', 'neu')).rejects.toThrow(
      'line 2',
    );
    expect(await readFile(broken.path, 'utf8')).toBe('anna:x\nnonsense\n');
    const loose = await accessFile('anna:x\n', 0o644);
    await expect(setPassword(nodeFileSystem, systemClock, loose.path, 'anna', 'neu')).rejects.toThrow(
      'mode 0644',
    );
    const link = join(loose.directory, 'link');
    await symlink(loose.path, link);
    await expect(setPassword(nodeFileSystem, systemClock, link, 'anna', 'neu')).rejects.toThrow(
      'not a regular file',
    );
  });

  test('takes no last user out, and none that is not there', async () => {
    const { path } = await accessFile('anna:x\nbert:x\n');
    await expect(removeUser(nodeFileSystem, systemClock, path, 'carla')).rejects.toThrow('no such user');
    await removeUser(nodeFileSystem, systemClock, path, 'bert');
    await expect(removeUser(nodeFileSystem, systemClock, path, 'anna')).rejects.toThrow('last user');
    expect(await readFile(path, 'utf8')).toBe('anna:x\n');
  });

  test.skipIf(!isRoot)('leaves the file to its owner when root changes it', async () => {
    const { path } = await accessFile('anna:x\n');
    await chown(path, NOBODY, NOBODY);
    await setPassword(nodeFileSystem, systemClock, path, 'anna', 'neu');
    expect(await stat(path)).toMatchObject({ uid: NOBODY, gid: NOBODY });
  });

  test('run many times at once loses no user', async () => {
    const path = join(await temporaryDirectory(), 'access');
    const names = Array.from({ length: 6 }, (_, n) => `user${n}`);
    await Promise.all(names.map((name) => setPassword(nodeFileSystem, systemClock, path, name, 'x')));
    const users = parseUsers(await readFile(path, 'utf8'), path).map(({ name }) => name);
    expect(users.sort()).toEqual(names);
  });

  test('says when another one holds the file for long', async () => {
    const { path } = await accessFile('anna:x\n');
    await using _other = await KernelLock.acquire(`${path}.lock`);
    const setting = setPassword(nodeFileSystem, new FixedClock(), path, 'anna', 'neu');
    await expect(setting).rejects.toMatchObject({ code: 'lock.busy' });
  });
});
