import { spawnSync } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { temporaryDirectory } from '@holdfast/test-kit';
import { beforeEach, describe, expect, test } from 'vitest';
import { nodeFileSystem as fs, fsError } from '../src/index.js';

let directory: string;
const at = (name: string) => join(directory, name);

beforeEach(async () => {
  directory = await temporaryDirectory();
});

const notRegular = { code: 'fs.not-a-regular-file' };

describe('only regular files are opened', () => {
  const openings = [
    ['openRead', (path: string) => fs.openRead(path)],
    ['openWrite', (path: string) => fs.openWrite(path)],
  ] as const;

  test.each(openings)('%s does not wait on a FIFO', async (_, open) => {
    if (spawnSync('mkfifo', [at('pipe')]).status !== 0) throw new Error('mkfifo does not work here');
    await expect(open(at('pipe'))).rejects.toMatchObject({ ...notRegular, path: at('pipe') });
  });

  test.each(openings)('%s refuses a directory', async (_, open) => {
    await expect(open(directory)).rejects.toMatchObject(notRegular);
  });

  test.each(openings)('%s refuses a device', async (_, open) => {
    await expect(open('/dev/null')).rejects.toMatchObject(notRegular);
  });

  test.each(openings)('%s refuses a link, dangling or not', async (_, open) => {
    writeFileSync(at('file'), 'x');
    symlinkSync('file', at('link'));
    symlinkSync('nothing', at('dangling'));
    await expect(open(at('link'))).rejects.toMatchObject(notRegular);
    await expect(open(at('dangling'))).rejects.toMatchObject(notRegular);
  });

  test.each(openings)('%s refuses a socket', async (_, open) => {
    const server = createServer().listen(at('socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    await expect(open(at('socket'))).rejects.toMatchObject(notRegular);
    server.close();
  });

  test('openRead follows a link where it is asked to, but to nothing else than a file', async () => {
    writeFileSync(at('file'), 'x');
    symlinkSync('file', at('link'));
    symlinkSync('.', at('to-directory'));
    const file = await fs.openRead(at('link'), { followSymlinks: true });
    expect((await file.stat()).size).toBe(1);
    await file.close();
    const refused = fs.openRead(at('to-directory'), { followSymlinks: true });
    await expect(refused).rejects.toMatchObject(notRegular);
  });
});

describe('making files', () => {
  test('create takes no name that is taken, not even by a dangling link', async () => {
    writeFileSync(at('file'), 'precious');
    symlinkSync('elsewhere', at('dangling'));
    for (const name of ['file', 'dangling'])
      await expect(fs.create(at(name), 0o600)).rejects.toMatchObject({ code: 'fs.exists', path: at(name) });
    expect(readFileSync(at('file'), 'utf8')).toBe('precious');
  });

  test('openWrite does not truncate, and makes nothing', async () => {
    writeFileSync(at('file'), 'content');
    await (await fs.openWrite(at('file'))).close();
    expect(readFileSync(at('file'), 'utf8')).toBe('content');
    await expect(fs.openWrite(at('other'))).rejects.toMatchObject({ code: 'fs.not-found' });
  });

  test('rename replaces, link does not', async () => {
    for (const name of ['a', 'b', 'c']) writeFileSync(at(name), name);
    await expect(fs.link(at('a'), at('b'))).rejects.toMatchObject({ code: 'fs.exists', path: at('b') });
    await fs.rename(at('a'), at('b'));
    expect(readFileSync(at('b'), 'utf8')).toBe('a');
    await fs.link(at('b'), at('d'));
    expect(statSync(at('d')).nlink).toBe(2);
  });

  test('directories are made with their mode, and removed only when empty', async () => {
    await fs.makeDirectory(at('d'), 0o700);
    expect(statSync(at('d')).mode & 0o7777).toBe(0o700);
    await expect(fs.makeDirectory(at('d'), 0o700)).rejects.toMatchObject({ code: 'fs.exists' });
    writeFileSync(at('d/file'), '');
    await expect(fs.removeDirectory(at('d'))).rejects.toMatchObject({ code: 'fs.exists' });
    await fs.unlink(at('d/file'));
    await fs.syncDirectory(at('d'));
    await fs.removeDirectory(at('d'));
  });
});

describe('looking', () => {
  test('lstat sees the link, stat its target', async () => {
    writeFileSync(at('file'), '12345');
    symlinkSync('file', at('link'));
    expect(await fs.lstat(at('link'))).toMatchObject({ kind: 'symlink' });
    expect(await fs.stat(at('link'))).toMatchObject({ kind: 'file', size: 5 });
    expect(await fs.readLink(at('link'))).toBe('file');
    expect(await fs.realPath(at('link'))).toBe(await fs.realPath(at('file')));
  });

  test('tells where nothing may be made', async () => {
    await fs.expectWritable(at('.'));
    await expect(fs.expectWritable(at('none'))).rejects.toMatchObject({ code: 'fs.not-found' });
    // Not even root makes names there; in a container it may be mounted read-only.
    const code = expect.stringMatching(/^fs\.(permission|read-only)$/);
    await expect(fs.expectWritable('/proc/sys/kernel')).rejects.toMatchObject({ code });
  });

  test('two names of one file have one inode', async () => {
    writeFileSync(at('a'), '');
    linkSync(at('a'), at('b'));
    const [a, b] = [await fs.lstat(at('a')), await fs.lstat(at('b'))];
    expect([b.dev, b.ino, b.links]).toEqual([a.dev, a.ino, 2]);
  });

  test('readDirectory names the kind of each entry', async () => {
    writeFileSync(at('file'), '');
    mkdirSync(at('directory'));
    symlinkSync('nothing', at('link'));
    spawnSync('mkfifo', [at('pipe')]);
    const entries = [...(await fs.readDirectory(directory))].sort((a, b) => (a.name < b.name ? -1 : 1));
    expect(entries).toEqual([
      { name: 'directory', kind: 'directory' },
      { name: 'file', kind: 'file' },
      { name: 'link', kind: 'symlink' },
      { name: 'pipe', kind: 'other' },
    ]);
  });

  test('freeSpace is a number of bytes', async () => {
    expect((await fs.freeSpace(directory)).freeBytes).toBeGreaterThan(0);
  });

  test('what is not there is fs.not-found, also below a file', async () => {
    writeFileSync(at('file'), '');
    const calls = [
      () => fs.lstat(at('x')),
      () => fs.openRead(at('x')),
      () => fs.readDirectory(at('x')),
      () => fs.unlink(at('x')),
      () => fs.rename(at('x'), at('y')),
      () => fs.lstat(at('file/below')),
      () => fs.syncDirectory(at('x')),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'fs.not-found' });
  });
});

describe('fsError', () => {
  test('says what, where and why, and keeps the cause', () => {
    const cause = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES', errno: -13 });
    const error = fsError(cause, 'open', '/a/b');
    expect(error).toMatchObject({ code: 'fs.permission', path: '/a/b', cause });
    expect(error.message).toBe('cannot open /a/b: permission denied');
  });

  test('knows an error by its number where Node has no name for it', () => {
    const cause = Object.assign(new Error('Unknown system error -122'), { errno: -122 });
    expect(fsError(cause, 'write', '/a').code).toBe('fs.no-space');
  });

  test('keeps the message of an error that it does not know', () => {
    const error = fsError(Object.assign(new Error('EWEIRD: odd'), { code: 'EWEIRD' }), 'read', '/a');
    expect(error).toMatchObject({ code: 'fs.failed', message: 'cannot read /a: EWEIRD: odd' });
  });
});
