import { chmod, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '@holdfast/durable-fs';
import { FaultyFileSystem, sweepFaults, temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { CsrfTokens, openCsrfKey } from '../src/auth/csrf.js';
import { RecordedLog } from './support/auth-app.js';

describe('the key of the forms', () => {
  const open = (fs: FaultyFileSystem, path: string, log = new RecordedLog()) => openCsrfKey(fs, path, log);

  test('survives a restart: a token of before is good', async () => {
    const path = join(await temporaryDirectory(), 'state', 'csrf-key');
    const token = new CsrfTokens(await open(new FaultyFileSystem(), path), systemClock).make('anna');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const after = new CsrfTokens(await open(new FaultyFileSystem(), path), systemClock);
    expect(after.check('anna', token)).toBe(true);
    expect(after.check('bert', token)).toBe(false);
  });

  test.each([
    ['others may use it', (path: string) => chmod(path, 0o644)],
    ['it holds no key', (path: string) => writeFile(path, 'abc\n')],
    ['larger', (path: string) => writeFile(path, 'a'.repeat(5000))],
  ])('is made anew when it cannot be used: %s', async (reason, spoil) => {
    const path = join(await temporaryDirectory(), 'csrf-key');
    const key = await open(new FaultyFileSystem(), path);
    await spoil(path);
    const log = new RecordedLog();
    expect((await open(new FaultyFileSystem(), path, log)).equals(key)).toBe(false);
    expect(log.lines[0]!.fields.reason).toContain(reason);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test('a link in its place is replaced, not followed', async () => {
    const directory = await temporaryDirectory();
    const path = join(directory, 'csrf-key');
    await writeFile(join(directory, 'precious'), 'data', { mode: 0o600 });
    await symlink(join(directory, 'precious'), path);
    await open(new FaultyFileSystem(), path);
    expect(await readFile(join(directory, 'precious'), 'utf8')).toBe('data');
    expect((await readFile(path, 'utf8')).length).toBe(65);
  });

  test('a disk that is full or fails is told, and nothing is left', async () => {
    await sweepFaults({
      fault: 'ENOSPC',
      prepare: temporaryDirectory,
      run: (fs, directory) => open(fs, join(directory, 'csrf-key')),
      check: async (directory, { error, call }) => {
        if (error === undefined) return;
        expect(error).toMatchObject({ code: 'fs.no-space' });
        if (call.method !== 'syncDirectory') expect(await readdir(directory)).toEqual([]);
      },
    });
    const unreadable = new FaultyFileSystem().fail('openRead', 'EIO');
    const path = join(await temporaryDirectory(), 'csrf-key');
    const key = await open(new FaultyFileSystem(), path);
    await expect(open(unreadable, path)).rejects.toMatchObject({ code: 'fs.io' });
    expect((await open(new FaultyFileSystem(), path)).equals(key)).toBe(true);
  });
});
