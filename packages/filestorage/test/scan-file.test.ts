import { join } from 'node:path';
import { nodeFileSystem, type OpenFile } from '@holdfast/durable-fs';
import { temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { HEADER_SIZE, iterateTransactions, readMagic, readRecordData, scanFile } from '../src/index.js';
import { CountedFile, MemoryFile } from './support/memory-file.js';
import { recorder, type SampleTransaction, sampleStorage } from './support/sample.js';

const GIB = 2 ** 30;

function transaction(tid: bigint, size: number): SampleTransaction {
  return { tid, records: [{ oid: tid, content: Buffer.alloc(size, 1) }] };
}

describe('the magic', () => {
  test.each(['FS21', 'FS30'])('%s is known', async (magic) => {
    expect(await readMagic(new MemoryFile(Buffer.from(`${magic}and more`)))).toBe(magic);
  });

  test('of an empty file is that of a new storage', async () => {
    expect(await readMagic(new MemoryFile(Buffer.alloc(0)))).toBe('empty');
  });

  test.each(['FS2', 'FS31', 'SQLite', '\u0000\u0000\u0000\u0000'])('%j is refused', async (content) => {
    const error = expect.objectContaining({ code: 'filestorage.bad-magic', path: 'memory.fs', offset: 0 });
    await expect(readMagic(new MemoryFile(Buffer.from(content)))).rejects.toThrow(error);
  });
});

describe('scanning a file', () => {
  test('tells the same as pushing all its bytes', async () => {
    const sizes = [1, 4000, 70_000, 300_000, 1_500_000, 3_000_000, 10];
    const bytes = sampleStorage(sizes.map((size, i) => transaction(BigInt(i + 1), size)));
    const { events, visitor } = recorder();
    const file = new MemoryFile(bytes);
    const found = await scanFile(file, { visitor });
    expect(found).toMatchObject({ end: bytes.length, records: sizes.length, warnings: 0 });
    const lengths = events.flatMap((e) => (e.event === 'record' ? [e.record.dataLength] : []));
    expect(lengths).toEqual(sizes);
    expect(file.bytesRead).toBeLessThan(bytes.length / 2);
  });

  test('calls a tail unfinished when the file grew since its size was taken', async () => {
    const bytes = sampleStorage([transaction(1n, 10), transaction(2n, 10)]);
    const file = new MemoryFile(bytes);
    const half = new MemoryFile(bytes.subarray(0, bytes.length - 5));
    const truncated = await scanFile(half);
    expect(truncated.tail.kind).toBe('truncated');
    let looks = 0;
    file.stat = async () => (looks++ === 0 ? half : new MemoryFile(bytes)).stat();
    const grown = await scanFile(file);
    expect(grown).toEqual({ ...truncated, tail: { ...truncated.tail, kind: 'unfinished' } });
  });

  test('reports a file that shrinks meanwhile', async () => {
    const bytes = sampleStorage([transaction(1n, 10), transaction(2n, 10)]);
    const file = new MemoryFile(bytes.subarray(0, 100));
    const error = expect.objectContaining({ code: 'fs.short-read', path: 'memory.fs' });
    await expect(scanFile(file, { limit: bytes.length })).rejects.toThrow(error);
  });

  test('stops when it is told to', async () => {
    const file = new MemoryFile(sampleStorage([transaction(1n, 10)]));
    const signal = AbortSignal.abort();
    await expect(scanFile(file, { signal })).rejects.toThrow(expect.objectContaining({ code: 'cancelled' }));
  });
});

describe('a large file', () => {
  /** A transaction of `bytes` bytes, nearly all of them a hole, at every GiB of a sparse file of 10 GiB. */
  async function sparseFile(): Promise<OpenFile> {
    const file = await nodeFileSystem.create(join(await temporaryDirectory(), 'Data.fs'), 0o600);
    await file.write(Buffer.from('FS30'), 0);
    for (let i = 0; i < 10; i++) await writeHole(file, HEADER_SIZE + i * GIB, BigInt(i + 1));
    return file;
  }

  async function writeHole(file: OpenFile, position: number, tid: bigint): Promise<void> {
    const bytes = Buffer.alloc(23 + 42);
    bytes.writeBigUInt64BE(tid);
    bytes.writeBigUInt64BE(BigInt(GIB - 8), 8);
    bytes.write(' ', 16);
    bytes.writeBigUInt64BE(tid, 23 + 8);
    bytes.writeBigUInt64BE(BigInt(position), 23 + 24);
    bytes.writeBigUInt64BE(BigInt(GIB - 8 - bytes.length), 23 + 34);
    await file.write(bytes, position);
    await file.write(bytes.subarray(8, 16), position + GIB - 8);
  }

  test('of 10 GiB in records of a GiB is scanned at once, and walked from any transaction', async () => {
    const file = await sparseFile();
    try {
      const memory = process.memoryUsage().rss;
      const started = performance.now();
      const counted = new CountedFile(file);
      const found = await scanFile(counted);
      expect(performance.now() - started).toBeLessThan(1000);
      expect(process.memoryUsage().rss - memory).toBeLessThan(50e6);
      expect(counted.bytesRead).toBeLessThan(10 * 8192);
      expect(found).toMatchObject({ end: HEADER_SIZE + 10 * GIB, transactions: 10, records: 10 });
      for await (const { header, records } of iterateTransactions(file, { start: HEADER_SIZE + 9 * GIB })) {
        expect(header).toMatchObject({ tid: 10n, end: HEADER_SIZE + 10 * GIB });
        for await (const record of records()) {
          expect(record.dataLength).toBe(GIB - 8 - 65);
          const { value } = await readRecordData(file, record).next();
          expect(value?.equals(Buffer.alloc(1 << 20))).toBe(true);
        }
      }
    } finally {
      await file.close();
    }
  });
});
