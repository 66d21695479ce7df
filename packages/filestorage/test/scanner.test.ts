import { describe, expect, test } from 'vitest';
import { HEADER_SIZE, TransactionScanner } from '../src/index.js';
import { recorder, sampleStorage } from './support/sample.js';

const path = 'Data.fs';
const data = Buffer.from('some data');

/** Transactions at 4, 122 and 210; records at 27 (oid 1), 149 (oid 1, back pointer to 27), 233 (oid 2). */
const storage = sampleStorage([
  { tid: 10n, records: [{ oid: 1n, content: data }], user: '', extension: 'e'.repeat(36) },
  { tid: 11n, status: 'p', records: [{ oid: 1n, content: 63 }], description: 'dd' },
  { tid: 12n, records: [{ oid: 2n, content: data }] },
]);

function scan(bytes: Uint8Array, limit = bytes.length, visitor = {}) {
  const scanner = new TransactionScanner({ path, start: HEADER_SIZE, limit, visitor });
  scanner.push(bytes.subarray(HEADER_SIZE));
  return scanner.finish();
}

function patched(position: number, ...values: number[]): Buffer {
  const bytes = Buffer.from(storage);
  bytes.set(values, position);
  return bytes;
}

/** Positions in `storage`, taken from a scan. */
function positions() {
  const { events, visitor } = recorder();
  scan(storage, storage.length, visitor);
  return {
    transactions: events.flatMap((e) => (e.event === 'transaction' ? [e.header] : [])),
    records: events.flatMap((e) => (e.event === 'record' ? [e.record] : [])),
  };
}

const { transactions, records } = positions();
const [first, second, last] = transactions.map(({ position }) => position) as [number, number, number];
const [one, two, three] = records.map(({ position }) => position) as [number, number, number];

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

describe('damage', () => {
  const long = [0, 0, 0, 0, 0, 0, 0xff];
  test.each([
    ['a status that no transaction has', patched(second + 16, 0x78), second + 16, second],
    ['a length less than the header', patched(second + 15, 24), second + 8, second],
    ['a text longer than the transaction', patched(second + 19, 0xff), second + 8, second],
    ['a record of another transaction', patched(two + 24, 1), two + 24, second],
    ['a version length', patched(three + 33, 1), three + 32, last],
    ['a data length beyond the transaction', patched(one + 34, ...long), one + 34, first],
    ['a data length that no number holds', patched(one + 34, 0xff), one + 34, first],
    ['a data length that leaves less than a record', patched(one + 41, 8), one + 50, first],
    ['a data length that leaves no room for a back pointer', patched(three + 41, 0), three + 42, last],
    ['a back pointer to itself', patched(two + 42, ...Buffer.from(hex(two), 'hex')), two + 42, second],
    ['a back pointer that no number holds', patched(two + 42, 0xff), two + 42, second],
    ['a second length that differs', patched(last - 1, 0), last - 8, second],
  ])('%s is reported with the offset of the field', (_, bytes, offset, wholeUpTo) => {
    const error = expect.objectContaining({
      code: 'filestorage.damaged',
      path,
      offset,
      details: { wholeUpTo },
    });
    expect(() => scan(bytes)).toThrow(error);
  });

  test('is reported again by every later call', () => {
    const scanner = new TransactionScanner({ path, start: HEADER_SIZE, limit: storage.length });
    const error = expect.objectContaining({ offset: second + 16 });
    expect(() => scanner.push(patched(second + 16, 0).subarray(HEADER_SIZE))).toThrow(error);
    expect(() => scanner.push(Buffer.alloc(1))).toThrow(error);
    expect(() => scanner.finish()).toThrow(error);
  });

  test('is left alone where ZODB does not look: a back pointer of 0, user data, the tid', () => {
    expect(scan(patched(two + 42, 0, 0, 0, 0, 0, 0, 0, 0)).records).toBe(3);
  });
});

describe('what is only a warning', () => {
  test('a tid that does not grow', () => {
    expect(scan(patched(second + 7, 10)).warnings).toBe(2); // it is not its record's tid either
    expect(scan(patched(last + 7, 1)).warnings).toBe(2);
    const options = { path, start: HEADER_SIZE, limit: storage.length, previousTid: 10n };
    const scanner = new TransactionScanner(options);
    scanner.push(storage.subarray(HEADER_SIZE));
    expect(scanner.finish().warnings).toBe(1);
  });

  test('a record with a foreign tid, and a previous position that does not lead backward', () => {
    expect(scan(patched(one + 8, 1)).warnings).toBe(1);
    expect(scan(patched(one + 16, 0xff)).warnings).toBe(1);
    expect(scan(patched(three + 16, ...Buffer.from(hex(three), 'hex'))).warnings).toBe(1);
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

function hex(position: number): string {
  return position.toString(16).padStart(16, '0');
}
