import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { nodeFileSystem as fs } from '@holdfast/durable-fs';
import { temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import {
  BlobReferenceCollector,
  BlobReferences,
  blobRecordPickle,
  collectBlobReferences,
  HEADER_SIZE,
  isBlobData,
  type RecordHeader,
  TransactionScanner,
} from '../src/index.js';
import { sampleStorage } from './support/sample.js';

const BLOB = blobRecordPickle();
const OTHER = Buffer.from('\x80\x03cBTrees.OOBTree\nOOBTree\nq\x00.\x80\x03N.', 'latin1');
const hex = (n: number | bigint) => n.toString(16).padStart(16, '0');
/** Position of the only record of the first transaction. */
const FIRST = HEADER_SIZE + 23;

async function openSample(bytes: Uint8Array) {
  const path = join(await temporaryDirectory(), 'Data.fs');
  await writeFile(path, bytes);
  return fs.openRead(path);
}

describe('the start of the data', () => {
  test('is shown for every record that has data, whatever the pieces', () => {
    const long = Buffer.alloc(1000, 'x');
    const bytes = sampleStorage([
      {
        tid: 1n,
        records: [
          { oid: 1n, content: BLOB },
          { oid: 2n, content: long },
        ],
      },
      {
        tid: 2n,
        records: [
          { oid: 1n, content: FIRST },
          { oid: 3n, content: Buffer.from('z') },
        ],
      },
      { tid: 3n, status: 'u', records: [{ oid: 4n, content: BLOB }] },
    ]);
    const expected = [
      ['start', 1n, BLOB.toString('latin1')],
      ['record', 1n],
      ['start', 2n, 'x'.repeat(64)],
      ['record', 2n],
      ['record', 1n],
      ['start', 3n, 'z'],
      ['record', 3n],
    ];
    for (const piece of [1, 7, 63, 64, 65, bytes.length]) {
      const events: unknown[] = [];
      const scanner = new TransactionScanner({
        path: 'Data.fs',
        start: HEADER_SIZE,
        limit: bytes.length,
        visitor: {
          recordStart: (record: RecordHeader, start: Uint8Array) =>
            events.push(['start', record.oid, Buffer.from(start).toString('latin1')]),
          record: ({ oid }: RecordHeader) => events.push(['record', oid]),
        },
      });
      for (let at = HEADER_SIZE; at < bytes.length; at += piece)
        scanner.push(bytes.subarray(at, Math.min(at + piece, bytes.length)));
      expect(scanner.finish().records).toBe(4);
      expect(events).toEqual(expected);
    }
  });
});

describe('a collector', () => {
  test('follows chains of back pointers within its range without the file', () => {
    const first = sampleStorage([{ tid: 1n, records: [{ oid: 1n, content: BLOB }] }]);
    const second = first.length + 23;
    const bytes = sampleStorage([
      { tid: 1n, records: [{ oid: 1n, content: BLOB }] },
      { tid: 2n, records: [{ oid: 1n, content: FIRST }] },
      { tid: 3n, records: [{ oid: 1n, content: second }] },
      {
        tid: 4n,
        records: [
          { oid: 1n, content: 0 },
          { oid: 2n, content: OTHER },
        ],
      },
    ]);
    const collector = new BlobReferenceCollector();
    const scanner = new TransactionScanner({
      path: 'Data.fs',
      start: HEADER_SIZE,
      limit: bytes.length,
      visitor: collector,
    });
    scanner.push(bytes.subarray(HEADER_SIZE));
    scanner.finish();
    expect([...collector.references]).toEqual([1, 2, 3].map((tid) => ({ oid: hex(1), tid: hex(tid) })));
    expect(collector.unresolved).toEqual([]);
  });

  test('asks the file where back pointers lead before its range, also over records within it', async () => {
    const start = sampleStorage([
      {
        tid: 1n,
        records: [
          { oid: 1n, content: BLOB },
          { oid: 2n, content: OTHER },
        ],
      },
    ]);
    const other = FIRST + 42 + BLOB.length;
    const bytes = sampleStorage([
      {
        tid: 1n,
        records: [
          { oid: 1n, content: BLOB },
          { oid: 2n, content: OTHER },
        ],
      },
      {
        tid: 2n,
        records: [
          { oid: 1n, content: FIRST },
          { oid: 2n, content: other },
        ],
      },
      { tid: 3n, records: [{ oid: 1n, content: start.length + 23 }] },
    ]);
    await using file = disposable(await openSample(bytes));
    const references = await collectBlobReferences(file.file, { start: start.length });
    expect([...references]).toEqual([2, 3].map((tid) => ({ oid: hex(1), tid: hex(tid) })));
  });

  test('holds 300,000 references in a few tens of megabytes', () => {
    const references = new BlobReferences();
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 300_000; i++)
      references.add({ oid: hex(i), tid: hex(0x040d274a00000000n + BigInt(i)) });
    for (let i = 0; i < 10; i++) references.add({ oid: hex(i), tid: hex(0x040d274a00000000n + BigInt(i)) });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(40e6);
    expect(references.size).toBe(300_000);
    expect(references.indexOf({ oid: hex(299_999), tid: hex(0x040d274a00000000n + 299_999n) })).toBe(299_999);
    expect(references.has({ oid: hex(299_999), tid: hex(1) })).toBe(false);
    expect(references.at(77).oid).toBe(hex(77));
  });
});

describe('blob data', () => {
  test('are known through compression, and a bomb is not inflated', () => {
    const compressed = Buffer.concat([Buffer.from('.z'), deflateSync(BLOB)]);
    expect(isBlobData(compressed, compressed.length)).toBe(true);
    const other = Buffer.concat([Buffer.from('.z'), deflateSync(OTHER)]);
    expect(isBlobData(other, other.length)).toBe(false);
    const bomb = Buffer.concat([Buffer.from('.z'), deflateSync(Buffer.alloc(20_000))]);
    expect(bomb.length).toBeLessThan(64);
    expect(isBlobData(bomb, bomb.length)).toBe(false);
    expect(isBlobData(Buffer.from('.z and no more of it'), 20)).toBe(false);
  });
});

function disposable(file: Awaited<ReturnType<typeof openSample>>) {
  return { file, [Symbol.asyncDispose]: () => file.close() };
}
