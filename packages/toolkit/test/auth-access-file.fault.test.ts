import { chmod, chown, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem } from '@holdfast/durable-fs';
import type { HoldfastError } from '@holdfast/errors';
import { FaultyFileSystem } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { readAccessFile } from '../src/auth/access-file.js';
import { accessFile } from './support/auth-app.js';

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

describe('an access file that cannot be trusted is refused', () => {
  const refusal = (path: string) => readAccessFile(nodeFileSystem, path).then(() => 'taken', String);

  test.each([0o640, 0o604, 0o660, 0o601, 0o644, 0o777])('of mode %o', async (mode) => {
    const { path } = await accessFile('anna:geheim', mode);
    expect(await refusal(path)).toContain(
      `others than its owner may use it (mode ${mode.toString(8).padStart(4, '0')})`,
    );
  });

  test('a link, a directory, none', async () => {
    const { path, directory } = await accessFile('anna:geheim');
    const link = join(directory, 'link');
    await symlink(path, link);
    expect(await refusal(link)).toContain('not a regular file');
    expect(await refusal(directory)).toContain('not a regular file');
    expect(await refusal(join(directory, 'none'))).toContain('no such file');
    expect(await refusal(path)).toBe('taken');
  });

  test('in a directory where everybody can put another in its place', async () => {
    const { path, directory } = await accessFile('anna:geheim');
    await chmod(directory, 0o777);
    expect(await refusal(path)).toContain('every user can write to its directory');
    await chmod(directory, 0o1777);
    expect(await refusal(path)).toBe('taken');
  });

  test.skipIf(!isRoot)('of another user', async () => {
    const { path } = await accessFile('anna:geheim');
    await chown(path, NOBODY, NOBODY);
    expect(await refusal(path)).toContain('it belongs to another user');
  });

  test('and each is told with what to do about it', async () => {
    const { path, directory, write } = await accessFile('anna:geheim', 0o644);
    const hint = (of = path) =>
      readAccessFile(nodeFileSystem, of).then(
        () => 'taken',
        (error: HoldfastError) => error.hint,
      );
    expect(await hint()).toBe(`Run: chmod 600 ${path}`);
    expect(await hint(join(directory, 'none'))).toContain('passwd FILE USER --roles admin` makes it');
    await write('#'.repeat((1 << 20) + 1));
    expect(await hint()).toContain('remove users and comments');
    await writeFile(path, Buffer.from([0xe9]));
    expect(await hint()).toBe('Write it as UTF-8 text.');
    await chmod(directory, 0o777);
    expect(await hint()).toBe(`Run: chmod o-w ${directory}`);
  });

  test('too long, no text, unreadable', async () => {
    const { path, write } = await accessFile('#'.repeat((1 << 20) + 1));
    expect(await refusal(path)).toContain('it has 1048577 bytes');
    await write('#'.repeat(1 << 20));
    expect(await refusal(path)).toBe('taken');
    await writeFile(path, Buffer.from([0x61, 0x3a, 0xe9]));
    expect(await refusal(path)).toContain('it is not UTF-8');
    for (const error of ['EACCES', 'EIO', 'EMFILE']) {
      const fs = new FaultyFileSystem().fail('openRead', error);
      await expect(readAccessFile(fs, path)).rejects.toMatchObject({ code: 'toolkit.access' });
    }
    const fs = new FaultyFileSystem().fail('read', 'EIO');
    await expect(readAccessFile(fs, path)).rejects.toMatchObject({ code: 'toolkit.access' });
    expect(fs.openFiles).toEqual([]);
  });
});
