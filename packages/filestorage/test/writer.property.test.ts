import { join } from 'node:path';
import { nodeFileSystem as fs } from '@holdfast/durable-fs';
import { temporaryDirectory } from '@holdfast/test-kit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FileStorageWriter, iterateTransactions, type RecordHeader, readRecordData } from '../src/index.js';
import { transactionWishes } from './support/arbitrary.js';
import { Model, type WrittenTransaction } from './support/model.js';

test('whatever is written is read back, and so after the storage was opened again', async () => {
  let count = 0;
  const directory = await temporaryDirectory();
  const property = fc.asyncProperty(transactionWishes, transactionWishes, async (some, more) => {
    const path = join(directory, `${count++}.fs`);
    const model = new Model();
    const writer = await FileStorageWriter.create(fs, path, { sync: false });
    for (const wish of some) await model.write(writer, wish);
    await writer.close();
    const again = await FileStorageWriter.open(fs, path, { sync: false });
    expect([again.end, again.lastTid]).toEqual([writer.end, writer.lastTid]);
    for (const wish of more) await model.write(again, wish);
    await again.close();
    expect(await readBack(path)).toEqual(model.expected);
  });
  await fc.assert(property, { numRuns: 60 });
});

async function readBack(path: string): Promise<WrittenTransaction[]> {
  const file = await fs.openRead(path);
  try {
    const found: WrittenTransaction[] = [];
    for await (const { header, user, description, extension, records } of iterateTransactions(file)) {
      const told = [];
      for await (const record of records()) told.push({ oid: record.oid, data: await dataOf(record) });
      found.push({ status: header.status, texts: [user, description, extension].map(String), records: told });
    }
    return found;
  } finally {
    await file.close();
  }

  async function dataOf(record: RecordHeader): Promise<string> {
    let data = '';
    for await (const chunk of readRecordData(file, record)) data += chunk.toString('hex');
    return data;
  }
}
