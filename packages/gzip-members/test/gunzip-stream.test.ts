import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { gunzipStream, zlibCodec } from '../src/index.js';
import { noise, text } from './codecs.js';

/** The bytes in chunks of one size. */
async function* chunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

function readAll(compressed: Buffer, size = 10_000): Promise<Buffer> {
  return collect(gunzipStream(chunks(compressed, size)));
}

const sizes = [1, 37, 65_536, 10 << 20];

describe('a gzip file read as a stream', () => {
  const one = text(12_000);
  const two = noise(3000);

  test.each(sizes)('may have one member (chunks of %i)', async (size) => {
    expect(Buffer.compare(await readAll(gzipSync(one), size), one)).toBe(0);
  });

  test.each(sizes)('may have many members, also empty ones (chunks of %i)', async (size) => {
    const file = Buffer.concat([one, Buffer.alloc(0), two, one].map((part) => gzipSync(part)));
    expect(Buffer.compare(await readAll(file, size), Buffer.concat([one, two, one]))).toBe(0);
  });

  test.each(sizes)('may end in zero bytes (chunks of %i)', async (size) => {
    const file = Buffer.concat([gzipSync(two), gzipSync(two), Buffer.alloc(Math.min(200_000, size * 1000))]);
    expect((await readAll(file, size)).length).toBe(6000);
  });

  test('may end in zero bytes that begin a chunk', async () => {
    async function* source() {
      yield gzipSync(two);
      yield Buffer.alloc(10);
      yield Buffer.alloc(10);
    }
    expect(Buffer.compare(await collect(gunzipStream(source())), two)).toBe(0);
  });

  test('is read in bounded memory, however much a few bytes expand to', async () => {
    const bomb = gzipSync(Buffer.alloc(64 << 20), { level: 9 });
    let total = 0;
    let largest = 0;
    for await (const part of gunzipStream(chunks(bomb, 1 << 20))) {
      total += part.length;
      largest = Math.max(largest, part.length);
    }
    expect(total).toBe(64 << 20);
    expect(largest).toBeLessThanOrEqual(256 << 10);
  });

  test('is not read further than it is wanted, and its source is closed', async () => {
    const file = gzipSync(noise(4 << 20));
    const source = { read: 0, closed: false };
    async function* slowly() {
      try {
        for await (const chunk of chunks(file, 64 << 10)) {
          source.read += chunk.length;
          yield chunk;
        }
      } finally {
        source.closed = true;
      }
    }
    for await (const part of gunzipStream(slowly())) {
      expect(part.length).toBeGreaterThan(0);
      break;
    }
    expect(source.closed).toBe(true);
    expect(source.read).toBeLessThan(2 << 20);
  });

  test('passes on the error of its source', async () => {
    async function* failing() {
      yield gzipSync(one).subarray(0, 900);
      throw new Error('the disk is gone');
    }
    await expect(collect(gunzipStream(failing()))).rejects.toThrow('the disk is gone');
  });
});

describe('damage to a gzip file read as a stream', () => {
  const data = text(30_000);
  const file = gzipSync(data);

  test.each(sizes)('a file cut off anywhere (chunks of %i)', async (size) => {
    for (const length of [0, 1, 9, 10, 11, 2000, file.length - 9, file.length - 8, file.length - 1]) {
      await expect(readAll(file.subarray(0, length), size)).rejects.toMatchObject({
        code: 'gzip.damaged',
        offset: length,
      });
    }
  });

  test.each(sizes)('a second member cut off in its header (chunks of %i)', async (size) => {
    for (const length of [1, 2, 5, 12]) {
      const cut = Buffer.concat([file, file.subarray(0, length)]);
      await expect(readAll(cut, size)).rejects.toMatchObject({ code: 'gzip.damaged', offset: cut.length });
    }
  });

  test.each(sizes)('bytes after the padding, with their offset (chunks of %i)', async (size) => {
    const bad = Buffer.concat([file, Buffer.alloc(50), Buffer.from('x')]);
    await expect(readAll(bad, size)).rejects.toMatchObject({
      code: 'gzip.damaged',
      offset: file.length + 50,
    });
  });

  test.each(sizes)('bytes after the last member (chunks of %i)', async (size) => {
    const bad = Buffer.concat([file, Buffer.from('this is not gzip')]);
    const error = await readAll(bad, size).catch((caught: { code: string; offset: number }) => caught);
    expect(error).toMatchObject({ code: 'gzip.damaged' });
    const { offset } = error as { offset: number };
    expect(offset).toBeLessThanOrEqual(file.length + 2);
    expect(offset).toBeGreaterThanOrEqual(file.length - (64 << 10));
  });

  test('flipped bytes, with an offset near by', async () => {
    const large = gzipSync(noise(500_000));
    for (let at = 10; at < large.length; at += Math.ceil(large.length / 40)) {
      const bad = Buffer.from(large);
      bad[at]! ^= 0xff;
      const error = await readAll(bad).catch((caught: { code: string; offset: number }) => caught);
      expect(error).toMatchObject({ code: 'gzip.damaged' });
      expect((error as { offset: number }).offset).toBeGreaterThanOrEqual(at - (64 << 10));
    }
  });

  test('a file that is not gzip', async () => {
    await expect(readAll(Buffer.from('FS30 and so on'))).rejects.toMatchObject({
      code: 'gzip.damaged',
      offset: 0,
    });
  });

  test('the same for members of Holdfast', async () => {
    const member = Buffer.from(await zlibCodec().compress(data));
    const bad = Buffer.concat([member, member]);
    bad[bad.length - 3]! ^= 1;
    await expect(readAll(bad)).rejects.toMatchObject({ code: 'gzip.damaged' });
  });
});
