import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FaultyFileSystem, temporaryDirectory } from '@holdfast/test-kit';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  CHUNK_SIZE,
  copyRange,
  nodeFileSystem,
  readExactly,
  readFully,
  readSmallFile,
  writeAll,
} from '../src/index.js';

let path: string;
let fs: FaultyFileSystem;

beforeEach(async () => {
  path = join(await temporaryDirectory(), 'file');
  fs = new FaultyFileSystem();
});

describe('writeAll', () => {
  test('goes on after short writes until all bytes are written', async () => {
    fs.shortWrite(3, { times: 4 });
    const file = await fs.create(path, 0o600);
    await writeAll(file, Buffer.from('0123456789abcdef'), 0);
    await file.close();
    expect(readFileSync(path, 'utf8')).toBe('0123456789abcdef');
    expect(fs.calls.filter(({ method }) => method === 'write').map(({ length }) => length)).toEqual([
      16, 13, 10, 7, 4,
    ]);
  });

  test('takes a write of no bytes for a full disk, and says how far it came', async () => {
    fs.shortWrite(3).shortWrite(0, { nth: 2 });
    const file = await fs.create(path, 0o600);
    const writing = writeAll(file, Buffer.from('0123456789'), 100);
    await expect(writing).rejects.toMatchObject({ code: 'fs.no-space', path, offset: 103 });
    await file.close();
  });

  test('writes at the position that it is given', async () => {
    writeFileSync(path, 'aaaaaaaa');
    const file = await fs.openWrite(path);
    await writeAll(file, Buffer.from('bb'), 3);
    await writeAll(file, Buffer.alloc(0), 7);
    await file.close();
    expect(readFileSync(path, 'utf8')).toBe('aaabbaaa');
  });
});

describe('reading', () => {
  beforeEach(() => writeFileSync(path, '0123456789'));

  test('readFully goes on after short reads', async () => {
    fs.shortRead(3, { times: 2 });
    const file = await fs.openRead(path);
    const target = Buffer.alloc(8);
    expect(await readFully(file, target, 1)).toBe(8);
    expect(target.toString()).toBe('12345678');
    await file.close();
  });

  test('readFully is short only at the end of the file', async () => {
    const file = await fs.openRead(path);
    expect(await readFully(file, Buffer.alloc(8), 6)).toBe(4);
    expect(await readFully(file, Buffer.alloc(8), 10)).toBe(0);
    expect(await readFully(file, Buffer.alloc(8), 99)).toBe(0);
    await file.close();
  });

  test('readExactly gives all bytes or says where the file ends', async () => {
    const file = await fs.openRead(path);
    expect((await readExactly(file, 2, 3)).toString()).toBe('234');
    await expect(readExactly(file, 6, 8)).rejects.toMatchObject({ code: 'fs.short-read', path, offset: 10 });
    await file.close();
  });

  test('readSmallFile refuses a file that is larger than it may be, and closes it', async () => {
    expect((await readSmallFile(fs, path, 10)).toString()).toBe('0123456789');
    await expect(readSmallFile(fs, path, 9)).rejects.toMatchObject({ code: 'fs.failed', path });
    expect(fs.openFiles).toEqual([]);
  });

  test('a read error is an error, never a shorter file', async () => {
    fs.fail('read', 'EIO', { nth: 2 }).shortRead(3);
    const file = await fs.openRead(path);
    await expect(readFully(file, Buffer.alloc(8), 0)).rejects.toMatchObject({ code: 'fs.io', path });
    await file.close();
  });
});

describe('copyRange', () => {
  const content = Buffer.alloc(2 * CHUNK_SIZE + 777, 'some bytes that repeat ');

  async function copy(start: number, length: number, options: { signal?: AbortSignal } = {}) {
    writeFileSync(path, content);
    const from = await fs.openRead(path);
    const to = await fs.create(`${path}.copy`, 0o600);
    const chunks: number[] = [];
    try {
      const onChunk = (chunk: Uint8Array) => chunks.push(chunk.length);
      await copyRange({ from, to, start, length, at: 5, onChunk, ...options });
    } finally {
      await from.close();
      await to.close();
    }
    return { chunks, result: readFileSync(`${path}.copy`) };
  }

  test('copies just the range, chunk by chunk, in spite of short counts', async () => {
    fs.shortRead(1000, { times: 3 }).shortWrite(1000, { times: 3 });
    const { chunks, result } = await copy(100, 2 * CHUNK_SIZE + 10);
    expect(Buffer.compare(result.subarray(5), content.subarray(100, 2 * CHUNK_SIZE + 110))).toBe(0);
    expect(chunks).toEqual([CHUNK_SIZE, CHUNK_SIZE, 10]);
  });

  test('copies nothing for an empty range', async () => {
    expect((await copy(100, 0)).result.length).toBe(0);
  });

  test('says so when the source ends before the range, also when it is cut meanwhile', async () => {
    fs.before('read', () => writeFileSync(path, content.subarray(0, CHUNK_SIZE + 50)), { nth: 2 });
    await expect(copy(0, content.length)).rejects.toMatchObject({
      code: 'fs.short-read',
      path,
      offset: CHUNK_SIZE + 50,
    });
  });

  test('stops when it is told to', async () => {
    const abort = new AbortController();
    fs.before('write', () => abort.abort(new Error('enough')));
    await expect(copy(0, content.length, { signal: abort.signal })).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(fs.calls.filter(({ method }) => method === 'write').length).toBe(1);
  });
});

test('the real file system passes the same bytes through', async () => {
  const file = await nodeFileSystem.create(path, 0o640);
  await writeAll(file, Buffer.from('hello'), 0);
  await file.truncate(4);
  await file.utimes(1000, 5000);
  const stat = await file.stat();
  expect(stat).toMatchObject({ kind: 'file', size: 4, mode: 0o640, links: 1, mtimeMs: 5000 });
  expect(stat.ino).toMatch(/^\d+$/);
  await file.close();
});
