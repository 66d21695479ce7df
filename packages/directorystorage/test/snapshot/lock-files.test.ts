import { execFile } from 'node:child_process';
import { chmod, chown, link, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { isHoldfastError } from '@holdfast/errors';
import { describe, expect, test } from 'vitest';
import { managerLockPath, sublockPath, take } from '../../src/snapshot/locks.js';
import { unpackFixture } from '../support/fixture.js';

const SITE_USER = 12_345;
const asRoot = process.geteuid?.() === 0;

/** A storage of another user, without lock files: as `ds restore` leaves one. */
async function storageOf(uid: number): Promise<string> {
  const directory = await unpackFixture('clean-flat');
  await promisify(execFile)('chown', ['-R', `${uid}:${uid}`, directory]);
  for (const path of [managerLockPath(directory), sublockPath(directory)]) await rm(path, { force: true });
  return directory;
}

async function takeWithUmask(path: string, umask: number) {
  const before = process.umask(umask);
  try {
    return await take(path);
  } finally {
    process.umask(before);
  }
}

test('a lock file that is made can be read by others, whatever the umask', async () => {
  const directory = await unpackFixture('clean-flat');
  const path = sublockPath(directory);
  await rm(path, { force: true });
  const taken = await takeWithUmask(path, 0o077);
  expect((await stat(path)).mode & 0o777).toBe(0o644);
  if (taken.kind === 'taken') await taken.lock.release();
});

describe.runIf(asRoot)('run by root', () => {
  test('a lock file that is made belongs to the user of the storage', async () => {
    const directory = await storageOf(SITE_USER);
    for (const path of [managerLockPath(directory), sublockPath(directory)]) {
      const taken = await takeWithUmask(path, 0o077);
      expect(await stat(path)).toMatchObject({ uid: SITE_USER, gid: SITE_USER });
      if (taken.kind === 'taken') await taken.lock.release();
    }
  });

  test('a file that was there, or has another name, is not given away', async () => {
    const directory = await storageOf(SITE_USER);
    const path = sublockPath(directory);
    const secret = join(dirname(directory), 'of-root');
    await writeFile(secret, '', { mode: 0o600 });
    await link(secret, path);
    const taken = await take(path);
    expect(await stat(secret)).toMatchObject({ uid: 0, gid: 0 });
    expect((await stat(secret)).mode & 0o777).toBe(0o600);
    if (taken.kind === 'taken') await taken.lock.release();
  });

  test('a lock file that another user cannot open is told with its owner and what to do', async () => {
    const directory = await storageOf(SITE_USER);
    await chmod(dirname(directory), 0o755);
    const path = sublockPath(directory);
    await writeFile(path, '', { mode: 0o600 });
    await chown(path, 0, 0);
    process.seteuid?.(SITE_USER);
    let thrown: unknown;
    try {
      await take(path);
    } catch (error) {
      thrown = error;
    } finally {
      process.seteuid?.(0);
    }
    expect(isHoldfastError(thrown, 'lock.permission') && thrown.hint).toBe(
      `It belongs to the user with the id 0: give it to the user of the storage with \`chown ${SITE_USER}:${SITE_USER} ${path}\`.`,
    );
  });
});
