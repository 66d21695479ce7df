import { describe, expect, test } from 'vitest';
import {
  HEADER_SIZE,
  iterateTransactions,
  type RecordHeader,
  readRecordData,
  readRecordStart,
  resolveRecord,
  scanFile,
} from '../src/index.js';
import { MemoryFile } from './support/memory-file.js';
import { sampleStorage } from './support/sample.js';

const many = Array.from({ length: 25_000 }, (_, i) => ({ oid: BigInt(i), content: Buffer.from([i & 0xff]) }));

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

async function allRecords(file: MemoryFile): Promise<RecordHeader[]> {
  const found: RecordHeader[] = [];
  await scanFile(file, { visitor: { record: (record) => void found.push(record) } });
  return found;
}

async function dataOf(file: MemoryFile, record: RecordHeader): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of readRecordData(file, record)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

describe('walking transactions', () => {
  const bytes = sampleStorage([
    { tid: 1n, user: 'u', description: 'dd', extension: 'eee', records: many.slice(0, 2) },
    { tid: 2n, status: 'u', records: many.slice(0, 2) },
    { tid: 3n, records: many },
    { tid: 4n, status: 'c' },
  ]);

  test('gives texts, records on demand, and the tail', async () => {
    const transactions = iterateTransactions(new MemoryFile(bytes));
    const { value: first } = await transactions.next();
    if (first === undefined || !('header' in first)) throw new Error('no transaction');
    expect(first.header.tid).toBe(1n);
    expect([first.user, first.description, first.extension].map(String)).toEqual(['u', 'dd', 'eee']);
    expect(await collect(first.records())).toHaveLength(2);
    expect(await collect(first.records())).toHaveLength(2);
    const { value: undone } = await transactions.next();
    if (undone === undefined || !('header' in undone)) throw new Error('no transaction');
    expect(await collect(undone.records())).toEqual([]);
    const { value: large } = await transactions.next();
    if (large === undefined || !('header' in large)) throw new Error('no transaction');
    const oids = (await collect(large.records())).map(({ oid }) => oid);
    expect(oids).toEqual(many.map(({ oid }) => oid));
    const end = await transactions.next();
    expect(end.done).toBe(true);
    expect(end.value).toMatchObject({ kind: 'unfinished', position: large.header.end });
  });

  test('does not read records that are not asked for', async () => {
    const file = new MemoryFile(bytes);
    for await (const _ of iterateTransactions(file));
    expect(file.bytesRead).toBeLessThan(300);
  });

  test('begins and ends where it is told', async () => {
    const file = new MemoryFile(bytes);
    const headers = (await collect(iterateTransactions(file))).map(({ header }) => header);
    const [, second, third] = headers;
    const limit = third?.position ?? 0;
    const found = await collect(iterateTransactions(file, { start: second?.position, limit }));
    expect(found.map(({ header }) => header.tid)).toEqual([2n]);
    const beyond = iterateTransactions(file, { start: 1000, limit: 999 }).next();
    await expect(beyond).rejects.toThrow(expect.objectContaining({ code: 'fs.short-read' }));
  });

  test('stops between transactions, and between reads of records, when it is told to', async () => {
    const cancelled = expect.objectContaining({ code: 'cancelled' });
    const controller = new AbortController();
    const transactions = iterateTransactions(new MemoryFile(bytes), { signal: controller.signal });
    const { value } = await transactions.next();
    if (value === undefined || !('header' in value)) throw new Error('no transaction');
    controller.abort();
    await expect(collect(value.records())).rejects.toThrow(cancelled);
    await expect(transactions.next()).rejects.toThrow(cancelled);
  });

  test('finds nothing in an empty file', async () => {
    expect(await collect(iterateTransactions(new MemoryFile(Buffer.alloc(0))))).toEqual([]);
  });

  test('reports damage where the walk meets it', async () => {
    const damagedBytes = Buffer.from(bytes);
    damagedBytes.fill(0xee, HEADER_SIZE + 23 + 6, HEADER_SIZE + 23 + 6 + 42);
    const transactions = iterateTransactions(new MemoryFile(damagedBytes));
    const { value } = await transactions.next();
    if (value === undefined || !('header' in value)) throw new Error('no transaction');
    const error = expect.objectContaining({ code: 'filestorage.damaged', offset: HEADER_SIZE + 29 + 24 });
    await expect(collect(value.records())).rejects.toThrow(error);
  });
});

describe('the data of a record', () => {
  /** oid 1: data at 27; back pointers to it at 109 and, by way of that, at 190; deleted at 271. */
  const bytes = sampleStorage([
    { tid: 1n, records: [{ oid: 1n, content: Buffer.from('content') }] },
    { tid: 2n, records: [{ oid: 1n, content: 27 }] },
    { tid: 3n, records: [{ oid: 1n, content: 107 }] },
    { tid: 4n, records: [{ oid: 1n, content: 0 }] },
    { tid: 5n, records: [{ oid: 2n, content: 27 }] },
    { tid: 6n, records: [{ oid: 1n, content: 28 }] },
  ]);
  const file = new MemoryFile(bytes);

  test('are found through a chain of back pointers', async () => {
    const records = await allRecords(file);
    expect(records.map(({ position }) => position).slice(0, 2)).toEqual([27, 107]);
    for (const record of records.slice(0, 3)) {
      expect(await dataOf(file, record)).toBe('content');
      expect((await resolveRecord(file, record))?.position).toBe(27);
      expect(String(await readRecordStart(file, record, 3))).toBe('con');
    }
  });

  test('are nothing when the object does not exist', async () => {
    const record = (await allRecords(file))[3] as RecordHeader;
    expect(await resolveRecord(file, record)).toBeUndefined();
    expect(await readRecordStart(file, record, 3)).toBeUndefined();
    expect(await dataOf(file, record)).toBe('');
  });

  test.each([4, 5])('are not taken from where a back pointer must not lead (record %d)', async (i) => {
    const record = (await allRecords(file))[i] as RecordHeader;
    const offset = record.position + 42;
    const error = expect.objectContaining({ code: 'filestorage.damaged', offset });
    await expect(resolveRecord(file, record)).rejects.toThrow(error);
  });

  test('are not taken from a record that would lead beyond the one that points to it', async () => {
    const forged = Buffer.alloc(60, 1);
    forged.writeBigUInt64BE(1n);
    forged.writeBigUInt64BE(4n, 24);
    forged.writeUInt16BE(0, 32);
    forged.writeBigUInt64BE(10_000n, 34);
    const at = HEADER_SIZE + 23 + 42;
    const bytes = sampleStorage([
      { tid: 1n, records: [{ oid: 2n, content: forged }] },
      { tid: 2n, records: [{ oid: 1n, content: at }] },
    ]);
    const file = new MemoryFile(bytes);
    const record = (await allRecords(file))[1] as RecordHeader;
    const error = expect.objectContaining({ code: 'filestorage.damaged', offset: at + 34 });
    await expect(dataOf(file, record)).rejects.toThrow(error);
  });

  test('come in chunks of at most a MiB', async () => {
    const content = Buffer.alloc(2.5 * 2 ** 20, 'x');
    const large = new MemoryFile(sampleStorage([{ tid: 1n, records: [{ oid: 1n, content }] }]));
    const [record] = (await allRecords(large)) as [RecordHeader];
    const sizes: number[] = [];
    for await (const chunk of readRecordData(large, record)) sizes.push(chunk.length);
    expect(sizes).toEqual([2 ** 20, 2 ** 20, 2 ** 19]);
    large.bytes = large.bytes.subarray(0, 2 ** 20);
    await expect(dataOf(large, record)).rejects.toThrow(expect.objectContaining({ code: 'fs.short-read' }));
  });
});
