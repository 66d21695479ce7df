import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { scanFile, tidToHex } from '@holdfast/filestorage';
import { appendTransactions, FixedClock, sampleFile, temporaryDirectory } from '@holdfast/test-kit';
import { beforeEach, expect, test } from 'vitest';
import { findStorageEnd, transactionBefore } from '../src/reading/storage-end.js';

let path: string;

beforeEach(async () => {
  path = join(await temporaryDirectory(), 'Data.fs');
  await sampleFile(path);
});

async function withFile<T>(use: (file: Awaited<ReturnType<typeof nodeFileSystem.openRead>>) => Promise<T>) {
  const file = await nodeFileSystem.openRead(path);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

const clock = new FixedClock();
const endOf = () => withFile((file) => findStorageEnd(file, clock));

/** Start and status place of the last transaction. */
async function lastStart(): Promise<number> {
  return await withFile(async (file) => (await transactionBefore(file, (await file.stat()).size))!.start);
}

async function patch(position: number, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'r+');
  await file.write(bytes, 0, bytes.length, position);
  await file.close();
}

test('is what a scan of the whole file finds', async () => {
  const scanned = await withFile((file) => scanFile(file));
  expect(await endOf()).toEqual({ end: scanned.end, tid: tidToHex(scanned.lastTid!) });
});

test('a transaction that is not finished is not counted', async () => {
  const before = await endOf();
  await appendTransactions(nodeFileSystem, path, { transactions: 1 });
  await patch((await lastStart()) + 16, Buffer.from('c'));
  expect(await endOf()).toEqual(before);
});

test.each([1, 7, 8, 100])('an end that was torn by %i bytes is none', async (torn) => {
  await appendTransactions(nodeFileSystem, path, { transactions: 1, bodySize: 3000 });
  await writeFile(path, (await readFile(path)).subarray(0, -torn));
  expect(await endOf()).toBeUndefined();
});

test('bytes that only look like the end of a transaction are none', async () => {
  const bytes = await readFile(path);
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(200n);
  await writeFile(path, Buffer.concat([bytes, Buffer.alloc(300, 1), length]));
  expect(await endOf()).toBeUndefined();
});

test('a storage that has no transaction yet', async () => {
  await writeFile(path, (await readFile(path)).subarray(0, 4));
  expect(await endOf()).toEqual({ end: 4, tid: undefined });
});

test('no transaction ends inside another', async () => {
  const start = await lastStart();
  await withFile(async (file) => {
    const { size } = await file.stat();
    const ends: number[] = [];
    for (let end = start + 1; end <= size; end++)
      if ((await transactionBefore(file, end)) !== undefined) ends.push(end);
    expect(ends).toEqual([size]);
  });
});
