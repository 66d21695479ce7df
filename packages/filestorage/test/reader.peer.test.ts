import { join } from 'node:path';
import { nodeFileSystem as fs } from '@holdfast/durable-fs';
import { describePeers, pythonOutput, temporaryDirectory } from '@holdfast/test-kit';
import { expect, test } from 'vitest';
import {
  decodeIndex,
  formatTid,
  isBlobRecord,
  iterateTransactions,
  laterTid,
  readRecordStart,
  scanFile,
  tidFromHex,
  tidToHex,
  tidToTime,
  timeToTid,
} from '../src/index.js';

describePeers('what the real ZODB pickles', () => {
  test('is known as a blob record in every protocol', async () => {
    const output = await pythonOutput(`
      import io, zodbpickle.pickle, pickle
      from ZODB.blob import Blob, is_blob_record
      for module in (pickle, zodbpickle.pickle):
          for protocol in range(module.HIGHEST_PROTOCOL + 1):
              for fast in (False, True):
                  file = io.BytesIO()
                  pickler = module.Pickler(file, protocol)
                  pickler.fast = fast
                  pickler.dump(Blob)
                  pickler.dump(None)
                  # ZODB 6.3 itself reads up to protocol 3; a later one may go on.
                  assert protocol > 3 or is_blob_record(file.getvalue())
                  print(file.getvalue().hex())
    `);
    const records = output.trim().split('\n');
    expect(records.length).toBeGreaterThan(10);
    expect(records.filter((hex) => !isBlobRecord(Buffer.from(hex, 'hex')))).toEqual([]);
  });

  test('is read as an index in every protocol', async () => {
    const output = await pythonOutput(`
      import pickle, sys
      bucket = bytes(range(0, 2)) + (100).to_bytes(6, 'big')
      for protocol in range(3, pickle.HIGHEST_PROTOCOL + 1):
          print(b''.join(pickle.dumps(v, protocol) for v in (2**40, (bytes(6), bucket), None)).hex())
    `);
    for (const hex of output.trim().split('\n')) {
      const { end, index } = decodeIndex(Buffer.from(hex, 'hex'));
      expect([end, index.size, index.get(0, 1)]).toEqual([2 ** 40, 1, 100]);
    }
  });
});

describePeers('a reader beside a live ZODB', () => {
  test('finds at every moment whole transactions only', async () => {
    const path = join(await temporaryDirectory(), 'Data.fs');
    const script = `
      import sys, transaction, ZODB
      from ZODB.FileStorage import FileStorage
      from persistent.mapping import PersistentMapping
      db = ZODB.DB(FileStorage(sys.argv[1]))
      root = db.open().root()
      for i in range(300):
          root[i % 7] = PersistentMapping({'x': 'y' * (i * 137 % 20000)})
          transaction.commit()
      db.close()
    `;
    let running = true;
    const writing = pythonOutput(script, [path]).finally(() => {
      running = false;
    });
    let scans = 0;
    let transactions = 0;
    while (running) {
      const file = await fs.openRead(path).catch(() => undefined);
      if (file === undefined) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        continue;
      }
      const found = await scanFile(file);
      expect(found.tail.kind).not.toBe('truncated');
      expect(found.transactions).toBeGreaterThanOrEqual(transactions);
      transactions = found.transactions;
      scans++;
      for await (const { records } of iterateTransactions(file, { start: found.end }))
        for await (const record of records()) await readRecordStart(file, record, 10);
      await file.close();
    }
    await writing;
    expect(scans).toBeGreaterThan(5);
    const file = await fs.openRead(path);
    expect((await scanFile(file)).transactions).toBe(301);
    await file.close();
  });
});

describePeers('tids', () => {
  test('have the time and the text that TimeStamp gives them', async () => {
    const output = await pythonOutput(`
      import json, random
      from persistent.TimeStamp import TimeStamp
      random.seed(7)
      told = []
      for i in range(500):
          second = random.choice([0, 59.999999, random.random() * 60, random.randrange(60000) / 1000])
          stamp = TimeStamp(random.randrange(1970, 2100), random.randrange(1, 13), random.randrange(1, 29),
                            random.randrange(24), random.randrange(60), second)
          later = TimeStamp(stamp.raw()).laterThan(TimeStamp(stamp.raw()))
          told.append([stamp.raw().hex(), str(stamp), stamp.timeTime(), later.raw().hex()])
      print(json.dumps(told))
    `);
    const told = JSON.parse(output) as [hex: string, text: string, seconds: number, later: string][];
    for (const [hex, text, seconds, later] of told) {
      const tid = tidFromHex(hex) as bigint;
      if (!text.endsWith('60.000000')) expect(formatTid(tid)).toBe(text);
      expect(tidToTime(tid) / 1000).toBeCloseTo(seconds, 5);
      // A number of milliseconds is good to a quarter of a microsecond, 18 units of a tid.
      expect(Math.abs(Number(timeToTid(tidToTime(tid)) - tid))).toBeLessThan(40);
      expect(tidToHex(laterTid(tid, 0))).toBe(later);
    }
  });
});
