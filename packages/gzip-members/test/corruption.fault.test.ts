import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { codecs, noise, text } from './codecs.js';

const damage = { code: 'gzip.damaged' };

for (const { name, make, missing } of codecs) {
  describe.skipIf(missing !== undefined)(`the ${name} codec`, () => {
    const kinds: readonly [string, Buffer][] = [
      ['text', text(2000)],
      ['stored blocks', noise(600)],
      ['nothing', Buffer.alloc(0)],
    ];
    test.each(kinds)('finds each byte of a member that was flipped (%s)', async (_, input) => {
      const codec = make();
      const member = Buffer.from(await codec.compress(input));
      const passed: number[] = [];
      for (let at = 0; at < member.length; at++) {
        const bad = Buffer.from(member);
        bad[at]! ^= 0xff;
        const code = await codec.decompress(bad, input.length).catch((error: { code: string }) => error.code);
        if (code !== 'gzip.damaged') passed.push(at);
      }
      expect(passed).toEqual([]);
    });

    test('finds each bit of the header and the trailer that was flipped', async () => {
      const codec = make();
      const member = Buffer.from(await codec.compress(text(500)));
      const places = Array.from({ length: 28 }, (_, index) =>
        index < 20 ? index : member.length - 28 + index,
      );
      for (const at of places) {
        for (let bit = 0; bit < 8; bit++) {
          const bad = Buffer.from(member);
          bad[at]! ^= 1 << bit;
          await expect(codec.decompress(bad, 500)).rejects.toMatchObject(damage);
        }
      }
    });

    test('finds a member that was cut off, at every length', async () => {
      const codec = make();
      const member = Buffer.from(await codec.compress(text(300)));
      for (let length = 0; length < member.length; length++) {
        await expect(codec.decompress(member.subarray(0, length), 300)).rejects.toMatchObject(damage);
        // The same with a header that names the shorter size, and a trailer that names the right one.
        if (length < 30) continue;
        const cut = Buffer.from(member.subarray(0, length));
        cut.writeUInt32LE(length, 16);
        cut.writeUInt32LE(300, length - 4);
        await expect(codec.decompress(cut, 300)).rejects.toMatchObject(damage);
      }
    });

    test('finds bytes between the deflate stream and the trailer', async () => {
      const codec = make();
      const input = text(300);
      const member = Buffer.from(await codec.compress(input));
      for (const extra of [Buffer.alloc(1), Buffer.alloc(8), Buffer.from('1f8b', 'hex')]) {
        const longer = Buffer.concat([member.subarray(0, -8), extra, member.subarray(-8)]);
        longer.writeUInt32LE(longer.length, 16);
        await expect(codec.decompress(longer, 300)).rejects.toMatchObject(damage);
        const after = Buffer.concat([member, extra, member.subarray(-4)]);
        after.writeUInt32LE(after.length, 16);
        await expect(codec.decompress(after, 300)).rejects.toMatchObject(damage);
      }
    });

    test('finds a size that is not the recorded one', async () => {
      const codec = make();
      const member = Buffer.from(await codec.compress(text(300)));
      for (const size of [0, 299, 301, -1, Number.NaN])
        await expect(codec.decompress(member, size)).rejects.toMatchObject(damage);
      // Trailer and record agree, but the stream holds less or more.
      for (const size of [0, 299, 301]) {
        const bad = Buffer.from(member);
        bad.writeUInt32LE(size, bad.length - 4);
        bad.writeUInt32LE(crc32(text(size)), bad.length - 8);
        await expect(codec.decompress(bad, size)).rejects.toMatchObject(damage);
      }
    });

    test('makes no buffer for a size that the member cannot hold', async () => {
      const codec = make();
      const member = Buffer.from(await codec.compress(text(300)));
      for (const size of [0xffffffff, 0x7fffffff, (64 << 20) + 1, 10 << 20]) {
        member.writeUInt32LE(size, member.length - 4);
        const before = process.memoryUsage().arrayBuffers;
        await expect(codec.decompress(member, size)).rejects.toMatchObject(damage);
        expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20);
      }
    });
  });
}
