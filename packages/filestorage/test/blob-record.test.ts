import { describe, expect, test } from 'vitest';
import { BLOB_RECORD_PROBE_SIZE, blobRecordPickle, isBlobRecord } from '../src/index.js';

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const state = '\x80\x03N.';

describe('the record of a blob', () => {
  test('is written as ZODB 6 does', () => {
    expect(blobRecordPickle().toString('hex')).toBe('8003635a4f44422e626c6f620a426c6f620a71002e80034e2e');
  });

  test.each([
    ['protocol 0', 'cZODB.blob\nBlob\np0\n.'],
    ['protocol 1', 'cZODB.blob\nBlob\nq\x01.'],
    ['protocol 2 with a high memo number', '\x80\x02cZODB.blob\nBlob\nr\x00\x01\x00\x00.'],
    ['protocol 3 without memo', '\x80\x03cZODB.blob\nBlob\n.'],
    ['protocol 4', '\x80\x04\x95\x15\0\0\0\0\0\0\0\x8c\x09ZODB.blob\x94\x8c\x04Blob\x94\x93\x94.'],
    ['long texts', '\x80\x04X\x09\0\0\0ZODB.blobX\x04\0\0\0Blob\x93.'],
  ])('is known in %s', (_, pickle) => {
    expect(isBlobRecord(latin1(pickle + state))).toBe(true);
    expect(isBlobRecord(latin1(pickle + state + 'x'.repeat(1000)).subarray(0, BLOB_RECORD_PROBE_SIZE))).toBe(
      true,
    );
  });

  test.each([
    ['nothing', ''],
    ['another class', '\x80\x03cZODB.blob\nBlobFile\nq\x00.'],
    ['a class of another module', '\x80\x03cZODB.blob2\nBlob\nq\x00.'],
    ['a module that only looks like it', '\x80\x03cZODBxblob\nBlob\nq\x00.'],
    ['the class in a tuple', '\x80\x03cZODB.blob\nBlob\nq\x00N\x86.'],
    ['the class later in the data', '\x80\x03capp\nThing\nq\x00.\x80\x03cZODB.blob\nBlob\nq\x00.'],
    ['a record that is cut off', '\x80\x03cZODB.blob\nBlob\nq\x00'],
  ])('is not %s', (_, pickle) => {
    expect(isBlobRecord(latin1(pickle))).toBe(false);
  });
});
