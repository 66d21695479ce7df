import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HEADER_LIMIT, parseMemberHeader } from '../src/index.js';

const plain = (flags: number, ...rest: Buffer[]) =>
  Buffer.concat([Buffer.from([0x1f, 0x8b, 8, flags, 1, 2, 3, 4, 2, 3]), ...rest, Buffer.from('deflate')]);
const extra = (...fields: Buffer[]) => {
  const all = Buffer.concat(fields);
  const length = Buffer.alloc(2);
  length.writeUInt16LE(all.length);
  return Buffer.concat([length, all]);
};
const field = (id: string, data: Buffer) =>
  Buffer.concat([Buffer.from(id), Buffer.from([data.length, 0]), data]);
const size = Buffer.from([200, 1, 0, 0]);

describe('the header of a member', () => {
  test('of a plain gzip file has 10 bytes and no size', () => {
    expect(parseMemberHeader(plain(0))).toEqual({ headerSize: 10, memberSize: undefined });
  });

  test('may have the name of a file, as Python writes it, and a comment', () => {
    const name = Buffer.from('tmp.tmp\0');
    expect(parseMemberHeader(plain(8, name))).toEqual({ headerSize: 18, memberSize: undefined });
    expect(parseMemberHeader(plain(24, name, Buffer.from('x\0'))).headerSize).toBe(20);
  });

  test('may have other subfields beside the size', () => {
    const fields = extra(field('BC', Buffer.from([1, 2])), field('HF', size));
    expect(parseMemberHeader(plain(4, fields))).toEqual({ headerSize: 26, memberSize: 456 });
  });

  test('has no size when the subfield is of another length or is broken', () => {
    expect(parseMemberHeader(plain(4, extra(field('HF', Buffer.from([1, 2]))))).memberSize).toBeUndefined();
    expect(
      parseMemberHeader(plain(4, extra(Buffer.from('HF\xff\xff1234', 'latin1')))).memberSize,
    ).toBeUndefined();
  });

  test('is checked against its own checksum where it has one', () => {
    const header = Buffer.from([0x1f, 0x8b, 8, 2, 0, 0, 0, 0, 0, 3]);
    const sum = Buffer.alloc(2);
    sum.writeUInt16LE(crc32(header) & 0xffff);
    expect(parseMemberHeader(Buffer.concat([header, sum])).headerSize).toBe(12);
    sum[0]! ^= 1;
    expect(() => parseMemberHeader(Buffer.concat([header, sum]))).toThrow('checksum');
  });

  test.each([
    ['nothing', Buffer.alloc(0), 'cut off'],
    ['another file', Buffer.from('PK\u0003\u0004 and so on'), '1f 8b'],
    ['another method', Buffer.from([0x1f, 0x8b, 7, 0, 0, 0, 0, 0, 0, 0]), 'method 7'],
    ['reserved flags', plain(0x80), 'reserved'],
    ['a name that does not end', plain(8, Buffer.alloc(10, 'n')), 'does not end'],
    ['a name of a mile', plain(8, Buffer.alloc(2 * HEADER_LIMIT, 'n')), 'does not end'],
    ['an extra field of a mile', plain(4, extra(Buffer.alloc(60_000))), `longer than ${HEADER_LIMIT}`],
    ['an extra field that is cut off', plain(4, Buffer.from([255, 0])), 'cut off'],
    [
      'a size smaller than its own header',
      plain(4, extra(field('HF', Buffer.from([5, 0, 0, 0])))),
      'less than any',
    ],
  ])('is refused: %s', (_, bytes, message) => {
    expect(() => parseMemberHeader(bytes)).toThrow(message);
    expect(() => parseMemberHeader(bytes)).toThrow(expect.objectContaining({ code: 'gzip.damaged' }));
  });

  test('is found or refused, whatever the bytes', () => {
    const property = fc.property(fc.nat(255), fc.uint8Array({ maxLength: 100 }), (flags, bytes) => {
      const input = Buffer.concat([plain(flags).subarray(0, 10), bytes]);
      try {
        expect(parseMemberHeader(input).headerSize).toBeLessThanOrEqual(input.length);
      } catch (error) {
        expect(error).toMatchObject({ code: 'gzip.damaged' });
      }
    });
    fc.assert(property, { numRuns: 500 });
  });
});
