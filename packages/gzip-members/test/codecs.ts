import type { GzipCodec } from '../src/codec.js';
import { zlibCodec } from '../src/index.js';
import { libdeflateCodec } from '../src/libdeflate-codec.js';

/** Every codec of this machine, by name; where libdeflate is missing its tests are skipped with the reason. */
export const codecs: readonly { name: string; make: () => GzipCodec; missing: string | undefined }[] = [
  { name: 'zlib', make: () => zlibCodec(), missing: undefined },
  {
    name: 'libdeflate',
    make: () => libdeflateCodec()!,
    missing: libdeflateCodec() === undefined ? 'koffi or libdeflate.so.0 is not installed' : undefined,
  },
];

for (const { name, missing } of codecs) {
  if (missing !== undefined) process.stderr.write(`skipped: tests of ${name}: ${missing}\n`);
}

/** Text-like bytes: compressible about three times. */
export function text(size: number, seed = 1): Buffer {
  const words = [
    'backup',
    'of',
    'the',
    'object',
    'database',
    'persistent',
    'mapping',
    '\0\u0001\u0002',
    'q\u0003',
  ];
  const parts: string[] = [];
  let state = seed;
  for (let length = 0; length <= size; ) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    const word = words[(state >>> 16) % words.length]! + (state >>> 26);
    parts.push(word);
    length += word.length;
  }
  return Buffer.from(parts.join(''), 'latin1').subarray(0, size);
}

/** Bytes that no compressor makes smaller. */
export function noise(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  let state = 0x9e3779b9;
  for (let at = 0; at < size; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state;
  }
  return bytes;
}
