import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeIndex, encodeIndex, StorageIndex } from '../src/index.js';
import { golden } from './support/golden.js';

const STOP = '.';

/** A file with one bucket: prefix 0, suffixes 1 and 2 at 100 and 200, end 300. */
function file(parts: { end?: string; pair?: string; none?: string; after?: string } = {}): Buffer {
  const { end = '\x80\x03M\x2c\x01.', pair = `\x80\x03${bytes(KEY)}${bytes(BUCKET)}\x86.` } = parts;
  const { none = '\x80\x03N.', after = '' } = parts;
  return Buffer.from(end + pair + none + after, 'latin1');
}

const KEY = '\0\0\0\0\0\0';
const BUCKET = bucket([1, 2], [100, 200]);

function bucket(suffixes: number[], positions: number[]): string {
  const parts = [
    ...suffixes.map((suffix) => suffix.toString(16).padStart(4, '0')),
    ...positions.map((position) => position.toString(16).padStart(12, '0')),
  ];
  return Buffer.from(parts.join(''), 'hex').toString('latin1');
}

function bytes(value: string, opcode = 'C'): string {
  return `${opcode}${String.fromCharCode(value.length)}${value}`;
}

function pairOf(suffixes: number[], positions: number[], key = KEY): string {
  return `\x80\x03${bytes(key)}${bytes(bucket(suffixes, positions))}\x86.`;
}

function expectWhole(content: Buffer): void {
  const { end, index } = decodeIndex(content);
  expect([end, index.size, index.get(0, 1), index.get(0, 2)]).toEqual([300, 2, 100, 200]);
}

describe('reading an index', () => {
  const little = (value: number, size: number) => {
    const buffer = Buffer.alloc(size);
    buffer.writeUIntLE(value, 0, Math.min(size, 6));
    return buffer.toString('latin1');
  };

  test.each([
    ['protocol 0', { end: 'I300\n.', none: 'N.' }],
    ['a decimal long', { end: 'L300L\np1\n.' }],
    [
      'protocol 1 byte strings with memo',
      { pair: `(${bytes(KEY, 'U')}q\x01${bytes(BUCKET, 'U')}r\x01\0\0\0tq\x02.` },
    ],
    [
      'protocol 2 with a long string',
      { pair: `\x80\x02${bytes(KEY, 'U')}T${little(16, 4)}${BUCKET}\x86q\x03.` },
    ],
    [
      'protocol 4 with frames',
      { pair: `\x80\x04\x95${little(27, 8)}${bytes(KEY)}\x94${bytes(BUCKET)}\x94\x86\x94.` },
    ],
    ['an 8-byte length', { pair: `\x80\x05${bytes(KEY)}\x8e${little(16, 8)}${BUCKET}\x86.` }],
    ['a 4-byte int', { end: '\x80\x03J\x2c\x01\0\0.' }],
    ['a long with more bytes than it needs', { end: '\x80\x03\x8a\x05\x2c\x01\0\0\0.' }],
  ])('takes %s for the same values', (_, parts) => {
    expectWhole(file(parts));
  });

  test.each([
    ['a dict, the older shape', { end: '\x80\x03}q\x00.' }, 2],
    ['a class', { end: '\x80\x03cposix\nsystem\n.' }, 2],
    ['a class by name on the stack', { end: '\x80\x04\x8c\x05posix\x8c\x06system\x93.' }, 2],
    ['a call', { pair: `\x80\x03${bytes(KEY)}${bytes(KEY)}R.` }, 24],
    ['a persistent id', { pair: '\x80\x03N\x51.' }, 9],
    ['a memo reference', { pair: `\x80\x03${bytes(KEY)}q\0h\0\x86.` }, 18],
    ['a protocol of the future', { end: '\x80\x06K\x04.' }, 1],
    ['nothing on the stack', { end: STOP }, 0],
    ['two values', { end: 'K\x64K\x64.' }, 4],
    ['a mark as value', { end: '(.' }, 1],
    ['a tuple without mark', { end: 't.' }, 0],
    ['more values than an index holds at once', { end: `${'('.repeat(40)}.` }, 17],
    ['a negative end', { end: '\x80\x03J\xff\xff\xff\xff.' }, 0],
    ['a long of 9 bytes', { end: '\x80\x03\x8a\x09123456789.' }, 3],
    ['a long beyond a safe number', { end: '\x80\x03\x8a\x08\0\0\0\0\0\0\0\x7f.' }, 12],
    ['a number that is none', { end: 'I3x\n.' }, 4],
    ['a line that does not end', { end: `I${'3'.repeat(40)}\n.` }, 1],
    ['a byte string longer than the file', { pair: '\x80\x03B\xff\xff\xff\x7f.' }, 13],
    ['a byte string longer than any memory', { pair: '\x80\x03\x8e\xff\xff\xff\xff\xff\xff\xff\xff.' }, 17],
    ['bytes after its end', { after: '\x80\x03N.' }, 40],
  ])('refuses %s, with the offset', (_, parts, offset) => {
    const error = expect.objectContaining({ code: 'filestorage.index-unreadable', offset });
    expect(() => decodeIndex(file(parts))).toThrow(error);
  });

  test.each([
    ['a prefix of 5 bytes', pairOf([1], [100], '\0\0\0\0\0')],
    ['a bucket that is no whole number of entries', `\x80\x03${bytes(KEY)}${bytes(`${BUCKET}x`)}\x86.`],
    ['prefixes that do not ascend', pairOf([1], [100]) + pairOf([2], [200])],
    ['suffixes that do not ascend', pairOf([2, 1], [100, 200])],
    ['a suffix twice', pairOf([1, 1], [100, 200])],
    ['a position at its end', pairOf([1], [300])],
    ['a position in the magic', pairOf([1], [3])],
    ['three values', `\x80\x03(${bytes(KEY)}${bytes(BUCKET)}Nt.`],
    ['a number for a pair', '\x80\x03K\x01.'],
    ['a tuple of marks', `\x80\x03${'('.repeat(20)}t.`],
  ])('refuses %s', (_, pair) => {
    const error = expect.objectContaining({ code: 'filestorage.index-unreadable' });
    expect(() => decodeIndex(file({ pair }))).toThrow(error);
  });

  test('refuses every file that is cut off', () => {
    const whole = golden('far-oids').indexBytes;
    for (let size = 0; size < whole.length; size++) {
      const error = expect.objectContaining({ code: 'filestorage.index-unreadable' });
      expect(() => decodeIndex(whole.subarray(0, size))).toThrow(error);
    }
  });

  test('ends with an index or an error of its own, whatever the bytes', async () => {
    const whole = golden('far-oids').indexBytes;
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    const property = fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
      const content = Buffer.from(whole);
      for (const [at, value] of changes) content[at] = value;
      expectIndexOrError(content);
    });
    await fc.assert(property, { numRuns: 2000 });
    const noise = fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (content) =>
      expectIndexOrError(content),
    );
    await fc.assert(noise, { numRuns: 2000 });
  });
});

test('an index that is written is read back the same', async () => {
  const entry = fc.tuple(fc.nat(2 ** 48 - 1), fc.nat(0xffff), fc.integer({ min: 4, max: 2 ** 47 }));
  const property = fc.asyncProperty(fc.array(entry), async (entries) => {
    const index = new StorageIndex();
    for (const [prefix, suffix, position] of entries) index.set(prefix, suffix, position);
    const content = Buffer.concat([...encodeIndex(index, 2 ** 48)]);
    const decoded = decodeIndex(content);
    expect(Buffer.concat([...encodeIndex(decoded.index, decoded.end)])).toEqual(content);
    expect(decoded.index.size).toBe(index.size);
    for (const [prefix, suffix] of entries)
      expect(decoded.index.get(prefix, suffix)).toBe(index.get(prefix, suffix));
  });
  await fc.assert(property);
});

function expectIndexOrError(content: Uint8Array): void {
  try {
    decodeIndex(content);
  } catch (error) {
    expect(error).toMatchObject({ code: 'filestorage.index-unreadable', offset: expect.any(Number) });
  }
}
