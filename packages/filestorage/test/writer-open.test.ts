import { readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem as fs } from '@holdfast/durable-fs';
import { temporaryDirectory } from '@holdfast/test-kit';
import { beforeEach, describe, expect, test } from 'vitest';
import { encodeIndex, FileStorageWriter, indexVisitor, StorageIndex, scanFile } from '../src/index.js';
import { golden } from './support/golden.js';
import { inspect } from './support/inspect.js';

let path: string;
const data = Buffer.from('data');

beforeEach(async () => {
  path = join(await temporaryDirectory(), 'Data.fs');
});

describe('an existing storage', () => {
  test.each(['plain', 'packed', 'undo', 'undone-status', 'fs21', 'empty'])(
    'of ZODB is continued: %s',
    async (name) => {
      const { bytes, end, index } = golden(name);
      await writeFile(path, bytes);
      const writer = await FileStorageWriter.open(fs, path, { sync: false });
      expect(writer.end).toBe(end);
      expect(writer.index.size).toBe(index.length);
      const transaction = writer.begin();
      await transaction.store(0n, data);
      await transaction.commit();
      const file = await fs.openRead(path);
      const scanned = new StorageIndex();
      const found = await scanFile(file, { visitor: indexVisitor(scanned) });
      await file.close();
      expect(found).toMatchObject({ end: writer.end, warnings: 0, tail: { kind: 'none' } });
      const encoded = [writer.index, scanned].map((i) => Buffer.concat([...encodeIndex(i, found.end)]));
      expect(encoded[0]).toEqual(encoded[1]);
      await writer.close();
    },
  );

  test('of 0 bytes gets its magic', async () => {
    await writeFile(path, '');
    const writer = await FileStorageWriter.open(fs, path);
    await writer.begin().commit();
    await writer.close();
    expect((await readFile(path, 'latin1')).slice(0, 4)).toBe('FS30');
    expect((await inspect(path)).found.transactions).toBe(1);
  });

  test('loses a tail that was never finished', async () => {
    const { bytes, end } = golden('unfinished');
    await writeFile(path, bytes);
    await (await FileStorageWriter.open(fs, path)).close();
    expect(await readFile(path)).toEqual(bytes.subarray(0, end));
  });

  test('keeps a truncated tail unless told to cut it off', async () => {
    const { bytes } = golden('plain');
    await writeFile(path, bytes);
    await truncate(path, bytes.length - 1);
    const refused = FileStorageWriter.open(fs, path);
    await expect(refused).rejects.toThrow(expect.objectContaining({ code: 'filestorage.damaged', path }));
    expect((await stat(path)).size).toBe(bytes.length - 1);
    const writer = await FileStorageWriter.open(fs, path, { cut: 'any' });
    await writer.close();
    expect((await stat(path)).size).toBe(writer.end);
  });

  test('that is none is refused', async () => {
    await writeFile(path, 'no storage');
    const refused = FileStorageWriter.open(fs, path);
    await expect(refused).rejects.toThrow(expect.objectContaining({ code: 'filestorage.bad-magic' }));
  });
});
