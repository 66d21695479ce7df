import { describe, expect, test } from 'vitest';
import { HEADER_SIZE, TransactionScanner } from '../src/index.js';
import {
  fieldOf,
  first,
  last,
  one,
  patched,
  path,
  scan,
  second,
  storage,
  three,
  two,
} from './support/three-transactions.js';

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
    ['a back pointer to itself', patched(two + 42, ...fieldOf(two)), two + 42, second],
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

  test('that is nothing but zeros comes with a hint', () => {
    const zeros = Buffer.concat([storage, Buffer.alloc(4096)]);
    const offset = storage.length + 16;
    expect(() => scan(zeros)).toThrow(
      expect.objectContaining({ offset, hint: expect.stringMatching(/power failure/) }),
    );
    expect(() => scan(patched(second + 16, 0))).toThrow(
      expect.objectContaining({ hint: expect.not.stringMatching(/power failure/) }),
    );
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
    expect(scan(patched(three + 16, ...fieldOf(three))).warnings).toBe(1);
  });
});
