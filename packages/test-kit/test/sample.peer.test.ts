import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { tidToHex } from '@holdfast/filestorage';
import { describe, expect, test } from 'vitest';
import {
  appendTransactions,
  describePeers,
  generateStorage,
  objectRecord,
  pythonOutput,
  Random,
  Reference,
  sampleStorage,
  TextSource,
  temporaryDirectory,
} from '../src/index.js';

describePeers('samples for ZODB', () => {
  test('a sample storage opens, and each document loads', async () => {
    const path = join(await temporaryDirectory(), 'Data.fs');
    const made = await sampleStorage(nodeFileSystem, path, { documents: 5, transactions: 4, seed: 7 });
    const appended = await appendTransactions(nodeFileSystem, path, { transactions: 3, seed: 8 });
    const script = `
      import json, sys, ZODB
      from ZODB.FileStorage import FileStorage
      storage = FileStorage(sys.argv[1], read_only=True)
      root = ZODB.DB(storage).open().root()
      documents = sorted(root.items())
      print(json.dumps({
          'tids': [t.tid.hex() for t in storage.iterator()],
          'documents': [[name, d['number'], d['title'][:10], len(d['body']), type(d).__name__] for name, d in documents],
          'user': {t.user.decode() for t in storage.iterator()}.pop(),
      }))
    `;
    const seen = JSON.parse(await pythonOutput(script, [path]));
    expect(seen.tids).toEqual([...made, ...appended].map(({ tid }) => tidToHex(tid)));
    expect(seen.user).toBe(' admin');
    expect(seen.documents.length).toBe(5);
    for (const [index, [name, number, title, size, type]] of seen.documents.entries()) {
      expect(name).toBe(`document-${index}`);
      expect(number).toBeGreaterThanOrEqual(0);
      expect(title).toBe(`Document ${index}`);
      expect(size).toBeGreaterThanOrEqual(100);
      expect(type).toBe('PersistentMapping');
    }
  });

  test('a generated storage opens, passes fsck of its references, and packs to itself', async () => {
    const path = join(await temporaryDirectory(), 'Data.fs');
    const { objects, bytes } = await generateStorage(path, { bytes: 400_000, objectSize: 4000 });
    expect(Math.abs(bytes / 400_000 - 1)).toBeLessThan(0.1);
    const script = `
      import sys, time, ZODB
      db = ZODB.DB(sys.argv[1])
      def length():
          count, item = 0, db.open().root()['first']
          while item is not None:
              assert item['number'] == count and item['body']
              count, item = count + 1, item['next']
          return count
      print(length())
      db.pack(time.time())
      print(length())
    `;
    expect(await pythonOutput(script, [path])).toBe(`${objects}\n${objects}\n`);
  });

  test('pickles hold every kind of plain value', async () => {
    const state = {
      nothing: null,
      yes: true,
      no: false,
      small: -5,
      large: 2 ** 40,
      fraction: 0.25,
      text: 'schön',
      bytes: new Uint8Array([0, 255]),
      list: [1, [2, []], {}],
      link: new Reference(258n, 'some.module SomeClass'),
    };
    const script = `
      import io, pickle, sys
      class Unpickler(pickle.Unpickler):
          def find_class(self, module, name):
              return (module, name)
          def persistent_load(self, reference):
              return reference
      file = io.BytesIO(bytes.fromhex(sys.argv[1]))
      print(Unpickler(file).load())
      print(Unpickler(file).load())
      print(len(file.read()))
    `;
    const record = objectRecord('some.module Other', state);
    expect(await pythonOutput(script, [record.toString('hex')])).toBe(
      [
        "('some.module', 'Other')",
        "{'nothing': None, 'yes': True, 'no': False, 'small': -5, 'large': 1099511627776.0, 'fraction': 0.25, " +
          "'text': 'schön', 'bytes': b'\\x00\\xff', 'list': [1, [2, []], {}], " +
          "'link': (b'\\x00\\x00\\x00\\x00\\x00\\x00\\x01\\x02', ('some.module', 'SomeClass'))}",
        '0\n',
      ].join('\n'),
    );
  });
});

describe('samples', () => {
  test('are the same bytes for the same seed, and others for another', async () => {
    const directory = await temporaryDirectory();
    const sample = async (name: string, seed: number) => {
      await sampleStorage(nodeFileSystem, join(directory, name), { seed });
      return readFile(join(directory, name));
    };
    const [one, again, other] = [await sample('1', 3), await sample('2', 3), await sample('3', 4)];
    expect(Buffer.compare(one, again)).toBe(0);
    expect(Buffer.compare(one, other)).not.toBe(0);
  });

  test('name the end of each transaction', async () => {
    const path = join(await temporaryDirectory(), 'Data.fs');
    const transactions = await sampleStorage(nodeFileSystem, path, { transactions: 3 });
    expect(transactions.length).toBe(3);
    expect((await readFile(path)).length).toBe(transactions.at(-1)!.end);
  });

  test('have text that gzip makes about three times smaller', () => {
    const bytes = new TextSource(new Random(1)).take(2 << 20);
    const ratio = gzipSync(bytes, { level: 9 }).length / bytes.length;
    expect(ratio).toBeGreaterThan(0.3);
    expect(ratio).toBeLessThan(0.38);
  });
});
