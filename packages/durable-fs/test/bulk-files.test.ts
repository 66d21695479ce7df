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
import { join } from 'node:path';
import { temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, it } from 'vitest';
import type { BulkFiles } from '../src/bulk-files.js';
import { copyLargeFile } from '../src/copy-large-file.js';
import { nodeBulkFiles } from '../src/node-bulk-files.js';
import { nodeFileSystem } from '../src/node-file-system.js';
import { syncFileSystem } from '../src/sync-file-system.js';

type Copy = (from: string, to: string) => Promise<unknown>;
const OPTIONS = { times: true };

const copies: readonly (readonly [string, Copy])[] = [
  ['copyFile', async (from, to) => nodeBulkFiles.copyFile(from, to, OPTIONS)],
  ['copyLargeFile', async (from, to) => await copyLargeFile(nodeFileSystem, from, to, OPTIONS)],
  [
    'beside',
    async (from, to) => {
      const [made] = await nodeBulkFiles.beside!.doTasks([{ kind: 'copy', from, to }], OPTIONS);
      if (made?.kind === 'failed') throw made.error;
      return made?.kind === 'copied' ? made.stat : made;
    },
  ],
];

describe.each(copies)('%s', (name, copy) => {
  it.each([0, 1, 65_536, 1 << 20, (3 << 20) + 7])('copies %i bytes with mode and time', async (size) => {
    const directory = await temporaryDirectory();
    const [from, to] = [join(directory, 'from'), join(directory, 'to')];
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
    const directory = await temporaryDirectory();
    for (const text of ['.123000', '.999999', '.000001', '.250000']) {
      const [from, to] = [join(directory, `from${text}`), join(directory, `to${text}`)];
      writeFileSync(from, 'x');
      execFileSync('touch', ['-d', `@1760000000${text}`, from]);
      await copy(from, to);
      expect(lstatSync(to, { bigint: true }).mtimeNs).toBe(lstatSync(from, { bigint: true }).mtimeNs);
    }
  });

  it('refuses a link, a FIFO, a directory, and a name that is taken, and leaves nothing', async () => {
    const directory = await temporaryDirectory();
    const at = (path: string) => join(directory, path);
    writeFileSync(at('file'), 'x');
    symlinkSync('file', at('link'));
    execFileSync('mkfifo', [at('pipe')]);
    mkdirSync(at('directory'));
    symlinkSync('nowhere', at('taken'));
    for (const from of ['link', 'pipe', 'directory']) {
      await expect(copy(at(from), at('to'))).rejects.toMatchObject({
        code: 'fs.not-a-regular-file',
        path: at(from),
      });
    }
    await expect(copy(at('none'), at('to'))).rejects.toMatchObject({
      code: 'fs.not-found',
      path: at('none'),
    });
    await expect(copy(at('file'), at('taken'))).rejects.toMatchObject({
      code: 'fs.exists',
      path: at('taken'),
    });
    expect(() => lstatSync(at('to'))).toThrow('ENOENT');
  });

  it.skipIf(name === 'beside')('keeps holes', async () => {
    const directory = await temporaryDirectory();
    const [from, to] = [join(directory, 'from'), join(directory, 'to')];
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
    writeFileSync(at('one'), 'x');
    writeFileSync(at('two'), 'four');
    const copy = (name: string) => ({ kind: 'copy', from: at(name), to: at(`made/${name}`) }) as const;
    const finish = { kind: 'finish', path: at('made'), mtimeMs: 1_234_567_891_123 } as const;
    const outcomes = await nodeBulkFiles.beside!.doTasks(
      [
        copy('one'),
        { kind: 'directory', path: at('made'), mode: 0o2751 },
        copy('none'),
        copy('one'),
        copy('two'),
        { kind: 'directory', path: at('made'), mode: 0o700 },
        finish,
        { ...finish, path: at('none') },
        copy('one'),
      ],
      { largest: 3 },
    );
    const error = (code: string, path: string) => ({ kind: 'failed', error: { code, path: at(path) } });
    const sha256 = createHash('sha256').update('x').digest('base64');
    expect(outcomes).toMatchObject([
      error('fs.not-found', 'made/one'),
      { kind: 'done' },
      error('fs.not-found', 'none'),
      { kind: 'copied', stat: { size: 1, mode: lstatSync(at('one')).mode & 0o7777 }, sha256 },
      { kind: 'too-large', size: 4 },
      error('fs.exists', 'made'),
      { kind: 'done' },
      error('fs.not-found', 'none'),
      error('fs.exists', 'made/one'),
    ]);
    expect(outcomes).toHaveLength(9);
    expect(readdirSync(at('made'))).toEqual(['one']);
    expect(lstatSync(at('made'))).toMatchObject({ mtimeMs: finish.mtimeMs });
    expect(lstatSync(at('made')).mode & 0o7777).toBe(0o2751);
  });

  it.runIf(process.getuid?.() === 0)('sets the owner where it is not that of new files', async () => {
    const directory = await temporaryDirectory();
    const at = (name: string) => join(directory, name);
    const ownerOfNew = { uid: 0, gid: process.getgid!() };
    mkdirSync(at('made'));
    for (const [name, uid, gid] of [
      ['own', 0, ownerOfNew.gid],
      ['group', 0, 1234],
      ['user', 1234, ownerOfNew.gid],
    ] as const) {
      writeFileSync(at(name), name);
      chownSync(at(name), uid, gid);
      const copy = { kind: 'copy', from: at(name), to: at(`made/${name}`) } as const;
      const [kept] = await nodeBulkFiles.beside!.doTasks([copy], { owner: true, ownerOfNew });
      expect(kept).toMatchObject({ kind: 'copied', stat: { uid, gid } });
      expect(lstatSync(copy.to)).toMatchObject({ uid, gid });
    }
    await nodeBulkFiles.beside!.doTasks(
      [{ kind: 'finish', path: at('made'), owner: { uid: 12, gid: 34 }, mtimeMs: 1000 }],
      {},
    );
    expect(lstatSync(at('made'))).toMatchObject({ uid: 12, gid: 34, mtimeMs: 1000 });
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
