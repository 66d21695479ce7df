import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codecs } from './codecs.js';

/** Runs of equal bytes between random ones: both what compresses and what does not. */
const input = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc.tuple(fc.nat(255), fc.nat(5000)).map(([byte, length]) => new Uint8Array(length).fill(byte)),
    ),
    { maxLength: 12 },
  )
  .map((parts) => Buffer.concat(parts));

for (const { name, make, missing } of codecs) {
  describe.skipIf(missing !== undefined)(`the ${name} codec`, () => {
    const codec = missing === undefined ? make() : undefined;

    test('decompress(compress(x)) is x', async () => {
      const property = fc.asyncProperty(input, async (bytes) => {
        const member = await codec!.compress(bytes);
        expect(Buffer.compare(await codec!.decompress(member, bytes.length), bytes)).toBe(0);
      });
      await fc.assert(property, { numRuns: 150 });
    });

    test('a changed byte is damage, or changes nothing', async () => {
      const property = fc.asyncProperty(
        input,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (bytes, at, flip) => {
          const member = Buffer.from(await codec!.compress(bytes));
          const index = at % member.length;
          member[index]! ^= flip;
          const outcome = await codec!
            .decompress(member, bytes.length)
            .catch((error: { code: string }) => error.code);
          // Padding bits between the last block and the trailer mean nothing.
          if (typeof outcome === 'string') expect(outcome).toBe('gzip.damaged');
          else expect(Buffer.compare(outcome, bytes)).toBe(0);
        },
      );
      await fc.assert(property, { numRuns: 300 });
    });

    test('garbage in the place of a member is damage', async () => {
      const property = fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.nat(), async (bytes, size) => {
        await expect(codec!.decompress(bytes, size)).rejects.toMatchObject({ code: 'gzip.damaged' });
      });
      await fc.assert(property, { numRuns: 200 });
    });
  });
}
