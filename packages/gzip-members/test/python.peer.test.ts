import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describePeers, pythonOutput, temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { gunzipStream, parseMemberHeader } from '../src/index.js';
import { codecs, text } from './codecs.js';

const pieces = [text(300_000), Buffer.alloc(0), text(70_000, 2), Buffer.alloc(1_000_000), text(1)];
const whole = Buffer.concat(pieces);

describePeers('gzip files between Python and Holdfast', () => {
  for (const { name, make, missing } of codecs) {
    describe.skipIf(missing !== undefined)(`members of ${name}`, () => {
      test('are one gzip file for Python', async () => {
        const codec = make();
        const path = join(await temporaryDirectory(), 'data.fsz');
        await writeFile(path, Buffer.concat(await Promise.all(pieces.map((piece) => codec.compress(piece)))));
        const script = `
          import gzip, hashlib, sys
          print(hashlib.sha256(gzip.open(sys.argv[1]).read()).hexdigest())
        `;
        const digest = await pythonOutput(script, [path]);
        expect(digest.trim()).toBe(sha256(whole));
      });
    });
  }

  test('a file that Python wrote as repozo does is read as a stream', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'plain'), whole);
    const script = `
      import gzip
      with open('plain', 'rb') as plain, gzip.open('tmp.tmp', 'wb') as packed:
          packed.write(plain.read())
    `;
    await pythonOutput(script, [], { cwd: directory });
    const packed = await readFile(join(directory, 'tmp.tmp'));
    expect(parseMemberHeader(packed)).toEqual({ headerSize: 18, memberSize: undefined });
    expect(Buffer.compare(await decompressed(packed), whole)).toBe(0);
  });

  test('damage that Python refuses is refused by the stream, and the reverse', async () => {
    const directory = await temporaryDirectory();
    const good = Buffer.from(await codecs[0]!.make().compress(text(400)));
    const variants = [
      good,
      ...Array.from({ length: good.length }, (_, at) => flipped(good, at)),
      ...[1, 9, 10, 19, 20, 21, 100].map((length) => good.subarray(0, good.length - length)),
      ...['00', '0000000000', '00ff', 'ff', '1f', '1f8b', '1f8b08'].map((tail) =>
        Buffer.concat([good, Buffer.from(tail, 'hex')]),
      ),
    ];
    await Promise.all(variants.map((bytes, index) => writeFile(join(directory, `${index}.gz`), bytes)));
    const script = `
      import gzip, sys, zlib
      for index in range(int(sys.argv[1])):
          try:
              print(len(gzip.open('%d.gz' % index).read()))
          except (OSError, EOFError, zlib.error):
              print('damaged')
    `;
    const theirs = (await pythonOutput(script, [String(variants.length)], { cwd: directory }))
      .trim()
      .split('\n');
    const ours = await Promise.all(variants.map(outcome));
    expect(ours).toEqual(theirs);
  });
});

async function outcome(bytes: Buffer): Promise<string> {
  try {
    return String((await decompressed(bytes)).length);
  } catch {
    return 'damaged';
  }
}

async function decompressed(bytes: Buffer): Promise<Buffer> {
  async function* source() {
    yield bytes;
  }
  const parts: Uint8Array[] = [];
  for await (const part of gunzipStream(source())) parts.push(part);
  return Buffer.concat(parts);
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at]! ^= 0xff;
  return copy;
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
