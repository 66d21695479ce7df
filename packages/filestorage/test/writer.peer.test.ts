import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem as fs } from '@holdfast/durable-fs';
import { describePeers, mappingRecord, pythonOutput, temporaryDirectory } from '@holdfast/test-kit';
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import {
  blobRecordPickle,
  decodeIndex,
  encodeIndex,
  FileStorageWriter,
  indexVisitor,
  StorageIndex,
  scanFile,
  tidToHex,
} from '../src/index.js';
import { transactionWishes } from './support/arbitrary.js';
import { Model } from './support/model.js';

const mapping = (n: number) => mappingRecord({ n });
const HOUR_AGO = Date.now() - 3_600_000;
let path: string;

beforeEach(async () => {
  path = join(await temporaryDirectory(), 'Data.fs');
});

/** The root and 99 objects; changes, an undo, a deletion, a blob, long texts. */
async function write(): Promise<FileStorageWriter> {
  const writer = await FileStorageWriter.create(fs, path);
  const first = writer.begin({ user: 'ädmin', description: 'create', timeMs: HOUR_AGO });
  const root = await first.store(0n, mapping(0));
  for (let oid = 1n; oid < 100n; oid++) await first.store(oid, mapping(Number(oid)));
  await first.commit();
  const second = writer.begin({ user: 'u'.repeat(65_535), description: 'd'.repeat(65_535) });
  await second.store(0n, mapping(200));
  await second.store(0x1234567n, mapping(7));
  await second.commit();
  const third = writer.begin({ extension: Buffer.from('\x80\x03}q\x00X\x01\0\0\0kK\x01s.', 'latin1') });
  await third.undoTo(0n, root);
  await third.delete(5n);
  await third.store(0xffffn, blobRecordPickle());
  await third.commit();
  return writer;
}

/** Opens the storage with every log message of ZODB's as an error, and prints what it finds as JSON. */
const INSPECT = `
  import json, logging, sys
  class Strict(logging.Handler):
      def emit(self, record):
          raise SystemExit('ZODB says: ' + record.getMessage())
  logging.getLogger('ZODB').addHandler(Strict(logging.WARNING))
  from ZODB.blob import is_blob_record
  from ZODB.FileStorage import FileStorage
  from ZODB.POSException import POSKeyError
  storage = FileStorage(sys.argv[1])
  missing, loaded, blobs = [], 0, []
  for oid, position in storage._index.items():
      try:
          data, tid = storage.load(oid)
          loaded += 1
          if is_blob_record(data): blobs.append(oid.hex())
      except POSKeyError:
          missing.append(oid.hex())
  transactions = [[t.user.decode(), t.description.decode(), t.extension, sum(1 for r in t)] for t in storage.iterator()]
  print(json.dumps({
      'used_index': storage._used_index, 'end': storage.getSize(), 'last': storage.lastTransaction().hex(),
      'loaded': loaded, 'missing': missing, 'blobs': blobs, 'transactions': transactions,
  }))
  storage.close()
`;

describePeers('what is written, to the real ZODB', () => {
  test('opens without a word, loads every object, and is saved with our index', async () => {
    const writer = await write();
    await writer.close();
    const said = JSON.parse(await pythonOutput(INSPECT, [path]));
    expect(said).toMatchObject({
      used_index: 0,
      end: writer.end,
      last: writer.lastTid?.toString(16).padStart(16, '0'),
      loaded: 101,
      missing: ['0000000000000005'],
      blobs: ['000000000000ffff'],
    });
    expect(said.transactions).toEqual([
      ['ädmin', 'create', {}, 100],
      ['u'.repeat(65_535), 'd'.repeat(65_535), {}, 2],
      ['', '', { k: 1 }, 3],
    ]);
    const ours = Buffer.concat([...encodeIndex(writer.index, writer.end)]);
    expect(await readFile(`${path}.index`)).toEqual(ours);
  });

  test('is opened by the index that we write beside it', async () => {
    const writer = await write();
    await writer.close();
    await writeFile(`${path}.index`, Buffer.concat([...encodeIndex(writer.index, writer.end)]));
    expect(JSON.parse(await pythonOutput(INSPECT, [path]))).toMatchObject({ used_index: 1, loaded: 101 });
  });

  test('can be changed, undone and packed there, and continued here', async () => {
    await (await write()).close();
    await pythonOutput(
      `
      import sys, time, transaction, ZODB
      from ZODB.FileStorage import FileStorage
      db = ZODB.DB(FileStorage(sys.argv[1]))
      root = db.open().root()
      assert root['n'] == 0, root
      root['n'] = 1
      transaction.commit()
      db.undo(db.undoLog(0, 1)[0]['id'])
      transaction.commit()
      db.undo(db.undoLog(2, 3)[0]['id'])
      transaction.commit()
      assert root['n'] == 200, root
      db.pack(time.time())
      root['n'] = 3
      transaction.commit()
      db.close()
      `,
      [path],
    );
    const index = new StorageIndex();
    const file = await fs.openRead(path);
    const found = await scanFile(file, { visitor: indexVisitor(index) });
    await file.close();
    expect(found).toMatchObject({ warnings: 0, tail: { kind: 'none' } });
    const saved = await readFile(`${path}.index`);
    expect(Buffer.concat([...encodeIndex(index, found.end)])).toEqual(saved);
    expect(decodeIndex(saved).end).toBe(found.end);
    const writer = await FileStorageWriter.open(fs, path);
    const transaction = writer.begin();
    await transaction.store(0n, mapping(77));
    await transaction.commit();
    await writer.close();
    expect(JSON.parse(await pythonOutput(INSPECT, [path]))).toMatchObject({ used_index: 1, end: writer.end });
  });

  test('is cut off there when it was voted and not finished', async () => {
    const writer = await write();
    const transaction = writer.begin();
    await transaction.store(0n, mapping(1));
    await transaction.vote();
    const bytes = await readFile(path);
    await writer.close();
    await writeFile(path, bytes);
    await pythonOutput(
      `import sys; from ZODB.FileStorage import FileStorage; FileStorage(sys.argv[1]).close()`,
      [path],
    );
    expect((await readFile(path)).length).toBe(writer.end);
    expect(await readFile(`${path}.tr0`)).toEqual(bytes.subarray(writer.end));
  });
});

describePeers('random storages, to the real ZODB', () => {
  test('hold what was written, and get the same index', async () => {
    const wishes = fc.sample(transactionWishes, { numRuns: 25 });
    const written = [];
    for (const [i, transactions] of wishes.entries()) {
      const file = `${path}.${i}`;
      const writer = await FileStorageWriter.create(fs, file, { sync: false });
      const model = new Model();
      // The iterator of ZODB 6.3 cannot pass an undone transaction.
      for (const wish of transactions) if (wish.status !== 'u') await model.write(writer, wish);
      await writer.close();
      const index = Buffer.concat([...encodeIndex(writer.index, writer.end)]).toString('hex');
      const told = model.expected.map(({ texts, records }) => ({
        texts: texts.slice(0, 2),
        records: records.map(({ oid, data }) => ({ oid: tidToHex(oid), data })),
      }));
      written.push({ file, index, transactions: told });
    }
    const output = await pythonOutput(
      READ_ALL,
      written.map(({ file }) => file),
    );
    expect(JSON.parse(output)).toEqual(written);
  });
});

/** What the storages hold, and the indexes that ZODB saves; no warning is allowed. */
const READ_ALL = `
  import json, logging, sys
  class Strict(logging.Handler):
      def emit(self, record):
          raise SystemExit('ZODB says: ' + record.getMessage())
  logging.getLogger('ZODB').addHandler(Strict(logging.WARNING))
  from ZODB.FileStorage import FileStorage
  def transactions(storage):
      for t in storage.iterator():
          records = [{'oid': r.oid.hex(), 'data': (r.data or b'').hex()} for r in t]
          yield {'texts': [t.user.decode(), t.description.decode()], 'records': records}
  found = []
  for path in sys.argv[1:]:
      storage = FileStorage(path)
      told = list(transactions(storage))
      storage.close()
      with open(path + '.index', 'rb') as file:
          found.append({'file': path, 'index': file.read().hex(), 'transactions': told})
  print(json.dumps(found))
`;
