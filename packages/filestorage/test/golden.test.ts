import { nodeFileSystem, type OpenFile } from '@holdfast/durable-fs';
import { afterEach, describe, expect, test } from 'vitest';
import {
  decodeIndex,
  encodeIndex,
  indexVisitor,
  isBlobRecord,
  iterateTransactions,
  joinOid,
  type RecordHeader,
  readMagic,
  readRecordStart,
  StorageIndex,
  type StoredTransaction,
  scanFile,
  tidToHex,
} from '../src/index.js';
import { type Golden, golden, goldenIndexes, goldenNames } from './support/golden.js';

const STATUS = { done: ' ', packed: 'p', undone: 'u' };
const opened: OpenFile[] = [];

async function open({ path }: Golden): Promise<OpenFile> {
  const file = await nodeFileSystem.openRead(path);
  opened.push(file);
  return file;
}

afterEach(async () => {
  for (const file of opened.splice(0)) await file.close();
});

describe.each(goldenNames)('the golden file %s', (name) => {
  const said = golden(name);

  test('has the magic, the end and the last tid that ZODB says', async () => {
    const file = await open(said);
    expect(await readMagic(file)).toBe(said.magic);
    const found = await scanFile(file);
    expect(found.end).toBe(said.end);
    // ZODB's own `lastTransaction` counts a tail too (section 3), so the last transaction's tid is taken.
    expect(found.lastTid === undefined ? undefined : tidToHex(found.lastTid)).toBe(
      said.transactions.at(-1)?.tid,
    );
    expect(found.transactions).toBe(said.transactions.length);
    expect(found.warnings).toBe(0);
    const bytes = said.size - said.end;
    expect(found.tail).toEqual({ kind: bytes === 0 ? 'none' : 'unfinished', position: said.end, bytes });
  });

  test('has the transactions and records that ZODB says', async () => {
    const file = await open(said);
    const found = [];
    for await (const transaction of iterateTransactions(file))
      found.push(await describeTransaction(file, transaction));
    expect(found).toEqual(said.transactions);
  });

  test('gives the index that ZODB saves, byte for byte', async () => {
    const index = new StorageIndex();
    const { end } = await scanFile(await open(said), { visitor: indexVisitor(index) });
    expect(entriesOf(index)).toEqual(said.index);
    expect(Buffer.concat([...encodeIndex(index, end)])).toEqual(said.indexBytes);
  });

  test('has an index that is read back whole', () => {
    const { end, index } = decodeIndex(said.indexBytes);
    expect(end).toBe(said.end);
    expect(entriesOf(index)).toEqual(said.index);
    expect(index.size).toBe(said.index.length);
  });
});

describe('index files that ZODB saved for storages of every size', () => {
  test.each(goldenIndexes)('end $end', ({ end, entries, hex }) => {
    const decoded = decodeIndex(Buffer.from(hex, 'hex'));
    expect(decoded.end).toBe(end);
    expect(entriesOf(decoded.index)).toEqual(entries);
    expect(Buffer.concat([...encodeIndex(decoded.index, end)]).toString('hex')).toBe(hex);
  });
});

async function describeTransaction(file: OpenFile, transaction: StoredTransaction) {
  const { header } = transaction;
  const records = [];
  for await (const record of transaction.records()) records.push(await describeRecord(file, record));
  return {
    tid: tidToHex(header.tid),
    position: header.position,
    length: header.end - header.position - 8,
    status: STATUS[header.status],
    user: transaction.user.toString('hex'),
    description: transaction.description.toString('hex'),
    extension: transaction.extension.toString('hex'),
    records,
  };
}

async function describeRecord(file: OpenFile, record: RecordHeader) {
  const start = await readRecordStart(file, record, 64);
  return {
    oid: tidToHex(record.oid),
    tid: tidToHex(record.tid),
    position: record.position,
    previous: record.previous,
    dataLength: record.dataLength,
    backPointer: record.backPointer ?? null,
    blob: start !== undefined && isBlobRecord(start),
  };
}

function entriesOf(index: StorageIndex): [string, number][] {
  const entries: [string, number][] = [];
  for (const { prefix, forEach } of index.buckets())
    forEach((suffix, position) => {
      entries.push([tidToHex(joinOid(prefix, suffix)), position]);
    });
  return entries;
}
