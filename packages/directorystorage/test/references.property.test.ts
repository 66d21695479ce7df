import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { idOf } from '../src/check/id-list.js';
import { BadPickle, findReferences } from '../src/pickle/references.js';
import { oidOf, recordOf } from './support/build-storage.js';

function references(data: Buffer): string[] {
  const found: string[] = [];
  findReferences(data, (high, low) => found.push(idOf(high, low)));
  return found;
}

test('references are found in the order in which they are written', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1 << 30).map(oidOf)), (oids) => {
      expect(references(recordOf(oids))).toEqual(oids);
    }),
  );
});

test('so they are in data that zlibstorage compressed', () => {
  const data = recordOf([1, 2, 3].map(oidOf));
  expect(references(Buffer.concat([Buffer.from('.z'), deflateSync(data)]))).toEqual([1, 2, 3].map(oidOf));
  expect(() => references(Buffer.from('.zgarbage'))).toThrow(BadPickle);
});

test('a record that is cut anywhere is a bad pickle', () => {
  const data = recordOf([1, 2].map(oidOf));
  for (let length = 0; length < data.length; length++)
    expect(() => references(data.subarray(0, length))).toThrow(BadPickle);
});

test('of whatever bytes, something is found or they are a bad pickle; nothing else happens, and soon', () => {
  const opcodes = fc.array(
    fc.oneof(fc.constantFrom(...Buffer.from('(.02NQRUXcehjqrtu}])\x80\x85\x86\x94\x95')), fc.nat(255)),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(opcodes, (bytes) => {
      try {
        references(Buffer.from(bytes));
      } catch (error) {
        expect(error).toBeInstanceOf(BadPickle);
      }
    }),
    { numRuns: 2000 },
  );
});

test('a length that is beyond the data takes no memory', () => {
  for (const head of [
    '\x80\x03B\xff\xff\xff\x7f',
    '\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7f',
    '\x80\x03r\xff\xff\xff\xff',
  ])
    expect(() => references(Buffer.from(head, 'latin1'))).toThrow(BadPickle);
});
