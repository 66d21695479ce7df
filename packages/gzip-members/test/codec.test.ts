import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import {
  bestCodec,
  libdeflateCodec,
  MAX_MEMBER_SIZE,
  MEMBER_SIZE,
  parseMemberHeader,
  rawSizeOf,
  zlibCodec,
} from '../src/index.js';
import { codecs, noise, text } from './codecs.js';

const inputs: readonly [string, Buffer][] = [
  ['nothing', Buffer.alloc(0)],
  ['one byte', Buffer.from([7])],
  ['a small text', text(1000)],
  ['a whole member of text', text(MEMBER_SIZE)],
  ['bytes that cannot be compressed', noise(300_000)],
  ['zeros, a thousand times smaller', Buffer.alloc(MEMBER_SIZE)],
  ['a Uint8Array that is a part of a larger one', text(5000).subarray(100, 4000)],
];

for (const { name, make, missing } of codecs) {
  describe.skipIf(missing !== undefined)(`the ${name} codec`, () => {
    test.each(inputs)('brings back %s', async (_, input) => {
      const codec = make();
      const member = await codec.compress(input);
      expect(Buffer.compare(await codec.decompress(member, input.length), input)).toBe(0);
      codec.dispose?.();
    });

    test.each(inputs)('writes %s as gzip whose header names the size of the member', async (_, input) => {
      const member = Buffer.from(await make().compress(input));
      expect(parseMemberHeader(member)).toEqual({ headerSize: 20, memberSize: member.length });
      expect(member.subarray(0, 16).toString('hex')).toBe('1f8b08040000000000ff080048460400');
      expect(rawSizeOf(member)).toBe(input.length);
      expect(Buffer.compare(gunzipSync(member), input)).toBe(0);
    });

    test('reads the members of every other codec', async () => {
      const input = text(200_000);
      for (const other of codecs.filter((codec) => codec.missing === undefined)) {
        const member = await other.make().compress(input);
        expect(Buffer.compare(await make().decompress(member, input.length), input)).toBe(0);
      }
    });

    test('gives results that later calls do not change', async () => {
      const codec = make();
      const first = await codec.compress(text(50_000));
      const copy = Buffer.from(first);
      await Promise.all([2, 3, 4, 5].map((seed) => codec.compress(text(50_000, seed))));
      expect(Buffer.compare(first, copy)).toBe(0);
    });

    test('takes many calls at once', async () => {
      const codec = make();
      const pieces = Array.from({ length: 300 }, (_, index) => text(3000 + index, index + 1));
      const members = await Promise.all(pieces.map((piece) => codec.compress(piece)));
      const back = await Promise.all(
        members.map((member, at) => codec.decompress(member, pieces[at]!.length)),
      );
      expect(back.every((bytes, at) => Buffer.compare(bytes, pieces[at]!) === 0)).toBe(true);
    });

    test('refuses more input than a member may hold', async () => {
      await expect(make().compress(new Uint8Array(MAX_MEMBER_SIZE + 1))).rejects.toMatchObject({
        code: 'internal',
      });
    });
  });
}

test('a level that does not exist is refused before anything is compressed', () => {
  expect(() => zlibCodec({ level: 10 })).toThrow('1 to 9');
  expect(() => zlibCodec({ level: 1.5 })).toThrow('1 to 9');
  expect(() => libdeflateCodec({ level: 0 })).toThrow('1 to 12');
});

test('the best codec is the one asked for, or else the fastest there is', () => {
  expect(bestCodec('zlib').name).toBe('zlib');
  const native = libdeflateCodec() !== undefined;
  expect(bestCodec().name).toBe(native ? 'libdeflate' : 'zlib');
  if (native) expect(bestCodec('libdeflate').name).toBe('libdeflate');
  else expect(() => bestCodec('libdeflate')).toThrow('not available');
});

test.skipIf(libdeflateCodec() === undefined)(
  'a disposed codec finishes its calls and takes no new ones',
  async () => {
    const codec = libdeflateCodec()!;
    const running = codec.compress(text(500_000));
    codec.dispose?.();
    expect(gunzipSync(await running).length).toBe(500_000);
    await expect(codec.compress(text(10))).rejects.toMatchObject({ code: 'internal' });
    codec.dispose?.();
  },
);
