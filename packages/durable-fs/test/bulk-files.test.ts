import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, it } from 'vitest';
import type { BulkFiles } from '../src/bulk-files.js';
import { copyLargeFile } from '../src/copy-large-file.js';
import { nodeBulkFiles } from '../src/node-bulk-files.js';
import { nodeFileSystem } from '../src/node-file-system.js';
import { syncFileSystem } from '../src/sync-file-system.js';

/** Copies between two files of one name. */
type Copy = (from: string, to: string) => Promise<unknown>;
const OPTIONS = { times: true };

const copies: readonly (readonly [string, Copy])[] = [
  ['copyFile', async (from, to) => nodeBulkFiles.copyFile(from, to, OPTIONS)],
  ['copyLargeFile', async (from, to) => await copyLargeFile(nodeFileSystem, from, to, OPTIONS)],
  [
    'beside',
    async (from, to) => {
      const places = { from: dirname(from), to: dirname(to) };
      const [made] = await nodeBulkFiles.beside!.doTasks([{ kind: 'copy', path: basename(from) }], {
        ...OPTIONS,
        ...places,
      });
      if (made?.kind === 'failed') throw made.error;
      return made?.kind === 'copied' ? made.stat : made;
    },
  ],
];

/** The paths of a name in two new directories. */
async function twoDirectories(): Promise<(name: string) => readonly [from: string, to: string]> {
  const directory = await temporaryDirectory();
  for (const name of ['from', 'to']) mkdirSync(join(directory, name));
  return (name) => [join(directory, 'from', name), join(directory, 'to', name)];
}

describe.each(copies)('%s', (name, copy) => {
  it.each([0, 1, 65_536, 1 << 20, (3 << 20) + 7])('copies %i bytes with mode and time', async (size) => {
    const [from, to] = (await twoDirectories())('file');
    writeFileSync(from, Buffer.alloc(size, 'content '), { mode: 0o600 });
    chmodSync(from, 0o466);
    utimesSync(from, 1_700_000_000.123, 1_700_000_000.123);
    const stat = await copy(from, to);
    expect(readFileSync(to).equals(readFileSync(from))).toBe(true);
    const [before, after] = [lstatSync(from), lstatSync(to)];
    expect([after.mode & 0o7777, Math.round(after.mtimeMs)]).toEqual([0o466, Math.round(before.mtimeMs)]);
    expect(stat).toMatchObject({ size, mode: 0o466 });
  });

  it('keeps a whole millisecond and a whole microsecond as they are', async () => {
    const paths = await twoDirectories();
    for (const text of ['.123000', '.999999', '.000001', '.250000']) {
      const [from, to] = paths(text);
      writeFileSync(from, 'x');
      execFileSync('touch', ['-d', `@1760000000${text}`, from]);
      await copy(from, to);
      expect(lstatSync(to, { bigint: true }).mtimeNs).toBe(lstatSync(from, { bigint: true }).mtimeNs);
    }
  });

  it('refuses a link, a FIFO, a directory, and a name that is taken, and leaves nothing', async () => {
    const paths = await twoDirectories();
    const from = (name: string) => paths(name)[0];
    const to = (name: string) => paths(name)[1];
    writeFileSync(from('taken'), 'x');
    symlinkSync('taken', from('link'));
    execFileSync('mkfifo', [from('pipe')]);
    mkdirSync(from('directory'));
    symlinkSync('nowhere', to('taken'));
    for (const name of ['link', 'pipe', 'directory']) {
      await expect(copy(from(name), to(name))).rejects.toMatchObject({
        code: 'fs.not-a-regular-file',
        path: from(name),
      });
    }
    await expect(copy(from('none'), to('none'))).rejects.toMatchObject({
      code: 'fs.not-found',
      path: from('none'),
    });
    await expect(copy(from('taken'), to('taken'))).rejects.toMatchObject({
      code: 'fs.exists',
      path: to('taken'),
    });
    expect(readdirSync(dirname(to('taken')))).toEqual(['taken']);
  });

  it.skipIf(name === 'beside')('keeps holes', async () => {
    const [from, to] = (await twoDirectories())('file');
    writeFileSync(from, 'start');
    truncateSync(from, 5 << 20);
    await copy(from, to);
    expect(lstatSync(to).size).toBe(5 << 20);
    expect(lstatSync(to).blocks * 512).toBeLessThan(1 << 18);
    expect(readFileSync(to).equals(readFileSync(from))).toBe(true);
  });
});

describe('nodeBulkFiles', () => {
  it('makes directories with the mode exactly', async () => {
    const path = join(await temporaryDirectory(), 'new');
    nodeBulkFiles.makeDirectory(path, 0o2777);
    expect(lstatSync(path).mode & 0o7777).toBe(0o2777);
  });

  it('shows every chunk of a copy', async () => {
    const directory = await temporaryDirectory();
    const content = Buffer.alloc((2 << 20) + 5, 'abcdefg');
    writeFileSync(join(directory, 'from'), content);
    const hash = createHash('sha256');
    const onChunk = (chunk: Uint8Array) => void hash.update(chunk);
    nodeBulkFiles.copyFile(join(directory, 'from'), join(directory, 'to'), { onChunk });
    expect(hash.digest('hex')).toBe(createHash('sha256').update(content).digest('hex'));
  });

  it('tells a link from what it leads to', async () => {
    const directory = await temporaryDirectory();
    symlinkSync(directory, join(directory, 'link'));
    expect(nodeBulkFiles.lstat(join(directory, 'link')).kind).toBe('symlink');
    expect(nodeBulkFiles.readDirectory(directory)).toEqual([{ name: 'link', kind: 'symlink' }]);
  });

  it.each<[keyof BulkFiles, (path: string) => unknown, string]>([
    ['readDirectory', (path) => nodeBulkFiles.readDirectory(path), 'fs.not-found'],
    ['lstat', (path) => nodeBulkFiles.lstat(path), 'fs.not-found'],
    ['unlink', (path) => nodeBulkFiles.unlink(path), 'fs.not-found'],
    ['link', (path) => nodeBulkFiles.link(path, `${path}2`), 'fs.not-found'],
    ['sync', (path) => nodeBulkFiles.sync(path), 'fs.not-found'],
  ])('gives errors with codes: %s', async (_, call, code) => {
    const path = join(await temporaryDirectory(), 'none');
    expect(() => call(path)).toThrow(expect.objectContaining({ code }));
  });

  it('syncs a tree', async () => {
    const directory = await temporaryDirectory();
    writeFileSync(join(directory, 'file'), 'x');
    await nodeBulkFiles.syncTree(directory);
    expect(await syncFileSystem(directory)).toBe(true);
    await expect(syncFileSystem(join(directory, 'none'))).rejects.toMatchObject({ code: 'fs.not-found' });
  });
});

describe('beside', () => {
  it('makes directories in order, and stops at the first that fails', async () => {
    const directory = await temporaryDirectory();
    const paths = ['a', 'a/b', 'c/d', 'e'].map((path) => join(directory, path));
    await expect(nodeBulkFiles.beside!.makeDirectories(paths)).rejects.toMatchObject({
      code: 'fs.not-found',
      path: paths[2],
    });
    expect(lstatSync(paths[1]!).mode & 0o777).toBe(0o700);
    expect(() => lstatSync(paths[3]!)).toThrow('ENOENT');
  });

  it('does tasks in order, and goes on with the others when one fails', async () => {
    const directory = await temporaryDirectory();
    const at = (name: string) => join(directory, name);
    for (const name of ['from/made', 'to']) mkdirSync(at(name), { recursive: true });
    writeFileSync(at('from/made/one'), 'x');
    writeFileSync(at('from/made/two'), 'four');
    const copy = (name: string) => ({ kind: 'copy', path: `made/${name}` }) as const;
    const finish = { kind: 'finish', path: 'made', mtimeMs: 1_234_567_891_123 } as const;
    const outcomes = await nodeBulkFiles.beside!.doTasks(
      [
        copy('one'),
        { kind: 'directory', path: 'made', mode: 0o2751 },
        copy('none'),
        copy('one'),
        copy('two'),
        { kind: 'directory', path: 'made', mode: 0o700 },
        finish,
        { ...finish, path: 'none' },
        copy('one'),
      ],
      { from: at('from'), to: at('to'), largest: 3 },
    );
    const error = (code: string, path: string) => ({ kind: 'failed', error: { code, path: at(path) } });
    const sha256 = createHash('sha256').update('x').digest('base64');
    expect(outcomes).toMatchObject([
      error('fs.not-found', 'to/made/one'),
      { kind: 'done' },
      error('fs.not-found', 'from/made/none'),
      { kind: 'copied', stat: { size: 1, mode: lstatSync(at('from/made/one')).mode & 0o7777 }, sha256 },
      { kind: 'too-large', size: 4 },
      error('fs.exists', 'to/made'),
      { kind: 'done' },
      error('fs.not-found', 'to/none'),
      error('fs.exists', 'to/made/one'),
    ]);
    expect(outcomes).toHaveLength(9);
    expect(readdirSync(at('to/made'))).toEqual(['one']);
    expect(lstatSync(at('to/made'))).toMatchObject({ mtimeMs: finish.mtimeMs });
    expect(lstatSync(at('to/made')).mode & 0o7777).toBe(0o2751);
  });

  it.runIf(process.getuid?.() === 0)('sets the owner where it is not that of new files', async () => {
    const [from, to] = (await twoDirectories())('.');
    const ownerOfNew = { uid: 0, gid: process.getgid!() };
    for (const [name, uid, gid] of [
      ['own', 0, ownerOfNew.gid],
      ['group', 0, 1234],
      ['user', 1234, ownerOfNew.gid],
    ] as const) {
      writeFileSync(join(from, name), name);
      chownSync(join(from, name), uid, gid);
      const copy = { kind: 'copy', path: name } as const;
      const [kept] = await nodeBulkFiles.beside!.doTasks([copy], { from, to, owner: true, ownerOfNew });
      expect(kept).toMatchObject({ kind: 'copied', stat: { uid, gid } });
      expect(lstatSync(join(to, name))).toMatchObject({ uid, gid });
    }
    const finish = { kind: 'finish', path: '.', owner: { uid: 12, gid: 34 }, mtimeMs: 1000 } as const;
    await nodeBulkFiles.beside!.doTasks([finish], { from, to });
    expect(lstatSync(to)).toMatchObject({ uid: 12, gid: 34, mtimeMs: 1000 });
  });

  it('does not keep a process alive', () => {
    const program = `
      import { nodeBulkFiles } from '@holdfast/durable-fs';
      await nodeBulkFiles.beside.makeDirectories([]);
      console.log('made');
    `;
    const cwd = join(import.meta.dirname, '..', '..', 'blob-snapshot');
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd,
      timeout: 20_000,
    });
    expect(String(said)).toBe('made\n');
  });
});
