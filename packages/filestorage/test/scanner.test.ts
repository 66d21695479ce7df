import { describe, expect, test } from 'vitest';
import { HEADER_SIZE, TransactionScanner } from '../src/index.js';
import { recorder } from './support/sample.js';
import {
  data,
  last,
  one,
  patched,
  path,
  records,
  scan,
  second,
  storage,
  transactions,
  two,
} from './support/three-transactions.js';

describe('a scan of whole transactions', () => {
  test('tells of each transaction, its records and its end, in the order of the file', () => {
    const { events, visitor } = recorder();
    const found = scan(storage, storage.length, visitor);
    expect(events.map(({ event }) => event)).toEqual(
      Array.from({ length: 3 }, () => ['transaction', 'record', 'end']).flat(),
    );
    expect(transactions[1]).toEqual({
      tid: 11n,
      position: second,
      end: last,
      status: 'packed',
      userLength: 0,
      descriptionLength: 2,
      extensionLength: 0,
    });
    expect(records[1]).toMatchObject({ oid: 1n, tid: 11n, previous: one, dataLength: 0, backPointer: one });
    expect(found).toEqual({
      end: storage.length,
      lastTid: 12n,
      transactions: 3,
      records: 3,
      tail: { kind: 'none', position: storage.length, bytes: 0 },
      warnings: 0,
    });
  });

  test('can begin at any transaction', () => {
    const scanner = new TransactionScanner({ path, start: second, limit: storage.length });
    scanner.push(storage.subarray(second));
    expect(scanner.finish()).toMatchObject({ transactions: 2, end: storage.length });
  });

  test('ends at once in a storage without transactions, and in a file of 0 bytes', () => {
    for (const limit of [HEADER_SIZE, 0]) {
      const scanner = new TransactionScanner({ path, start: HEADER_SIZE, limit });
      expect(scanner.stopped).toBe(true);
      expect(scanner.finish()).toMatchObject({ end: HEADER_SIZE, tail: { kind: 'none', bytes: 0 } });
    }
  });

  test('keeps the tid before its start when it finds no transaction', () => {
    const scanner = new TransactionScanner({ path, start: 4, limit: 4, previousTid: 7n });
    expect(scanner.finish().lastTid).toBe(7n);
  });

  test('does not look into undone transactions', () => {
    const junk = Buffer.from(storage);
    junk.write('u', second + 16);
    junk.fill(0xff, two, last - 8);
    const { events, visitor } = recorder();
    const found = scan(junk, junk.length, visitor);
    expect(found).toMatchObject({ transactions: 3, records: 2, warnings: 0 });
    expect(events[3]).toMatchObject({ event: 'transaction', header: { status: 'undone' } });
    expect(events[4]).toMatchObject({ event: 'end' });
  });
});

describe('the bytes that may be forwarded', () => {
  test('reach the end of a transaction as soon as its header is known', () => {
    const scanner = new TransactionScanner({ path, start: HEADER_SIZE, limit: storage.length });
    scanner.push(storage.subarray(HEADER_SIZE, HEADER_SIZE + 22));
    expect(scanner.safeEnd).toBe(HEADER_SIZE);
    scanner.push(storage.subarray(HEADER_SIZE + 22, HEADER_SIZE + 23));
    expect(scanner.safeEnd).toBe(second);
    scanner.push(storage.subarray(HEADER_SIZE + 23, second));
    expect(scanner.safeEnd).toBe(second);
    scanner.push(storage.subarray(second, last + 23));
    expect(scanner.safeEnd).toBe(storage.length);
    expect(scanner.stopped).toBe(false);
  });

  test('do not include an unfinished transaction', () => {
    const scanner = new TransactionScanner({ path, start: HEADER_SIZE, limit: storage.length });
    scanner.push(patched(last + 16, 0x63).subarray(HEADER_SIZE));
    expect(scanner.safeEnd).toBe(last);
    expect(scanner.stopped).toBe(true);
  });
});

describe('the tail', () => {
  test('is unfinished at a status c, whatever the length says', () => {
    for (const length of [0, 0xff]) {
      const bytes = patched(last + 8, ...Array(7).fill(length), 1, 0x63);
      const tail = { kind: 'unfinished', position: last, bytes: storage.length - last };
      expect(scan(bytes)).toMatchObject({ end: last, lastTid: 11n, transactions: 2, tail });
    }
  });

  test('is unfinished where fewer bytes than a header are left', () => {
    for (let left = 1; left < 23; left++) {
      const found = scan(storage.subarray(0, last + left));
      expect(found).toMatchObject({ end: last, tail: { kind: 'unfinished', position: last, bytes: left } });
    }
  });

  test('is truncated where a finished transaction ends beyond the limit', () => {
    for (let size = last + 23; size < storage.length; size++) {
      const found = scan(storage.subarray(0, size));
      const tail = { kind: 'truncated', position: last, bytes: size - last };
      expect(found).toMatchObject({ end: last, lastTid: 11n, tail });
    }
  });

  test('is truncated at a length that no number holds', () => {
    const bytes = patched(last + 8, 0xff, 0xff, 0xff, 0xff);
    expect(scan(bytes)).toMatchObject({ end: last, tail: { kind: 'truncated' } });
  });

  test('is found by the limit, though more bytes are pushed', () => {
    expect(scan(storage, last)).toMatchObject({ end: last, tail: { kind: 'none' } });
    expect(scan(storage, last + 30)).toMatchObject({ end: last, tail: { kind: 'truncated', bytes: 30 } });
  });
});

describe('a file that became shorter', () => {
  test('is reported where the bytes end before the limit', () => {
    for (const size of [HEADER_SIZE, 20, one + 5, second, last + 22]) {
      const scanner = new TransactionScanner({ path, start: HEADER_SIZE, limit: storage.length });
      scanner.push(storage.subarray(HEADER_SIZE, size));
      expect(() => scanner.finish()).toThrow(expect.objectContaining({ code: 'fs.short-read', path }));
    }
  });

  test('is reported at once when the limit is before the start', () => {
    const make = () => new TransactionScanner({ path, start: second, limit: second - 1 });
    expect(make).toThrow(expect.objectContaining({ code: 'fs.short-read', offset: second - 1 }));
  });
});

test('what a visitor throws ends the scan', () => {
  const visitor = {
    record: () => {
      throw new Error('enough');
    },
  };
  const scanner = new TransactionScanner({ path, start: HEADER_SIZE, limit: storage.length, visitor });
  expect(() => scanner.push(storage.subarray(HEADER_SIZE))).toThrow('enough');
  expect(() => scanner.finish()).toThrow('enough');
});

test('data need not be pushed: a jump stands for them', () => {
  const scanner = new TransactionScanner({ path, start: HEADER_SIZE, limit: storage.length });
  let position = HEADER_SIZE;
  let jumped = 0;
  while (!scanner.stopped) {
    scanner.push(storage.subarray(position, position + 1));
    const jump = scanner.jump();
    position += 1 + jump;
    jumped += jump;
  }
  expect(scanner.finish().end).toBe(storage.length);
  expect(jumped).toBe(36 + 2 + 2 * data.length);
});
