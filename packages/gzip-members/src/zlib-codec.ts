import { type Gunzip, gunzip, gzip, type ZlibOptions } from 'node:zlib';
import { type CodecOptions, checkInput, checkLevel, type GzipCodec } from './codec.js';
import { damaged } from './damaged.js';
import { asBuffer, checkMember, HEADER_SIZE, writeHeader } from './format.js';

/** The fastest level whose files are at most 2 % larger than those of level 9 (README, Measurements). */
const DEFAULT_LEVEL = 5;
/** The header that zlib writes: RFC 1952 without an optional field. */
const PLAIN_HEADER_SIZE = 10;
/** Room behind the expected output, so that zlib sees the end of the stream without a second buffer. */
const SLACK = 64;

/** Members through node:zlib, on Node's thread pool (UV_THREADPOOL_SIZE, 4 threads by default). */
export function zlibCodec(options: CodecOptions = {}): GzipCodec {
  const level = checkLevel(options.level ?? DEFAULT_LEVEL, 9);
  return {
    name: 'zlib',
    compress: async (input) => {
      checkInput(input);
      return withSize(await deflate(input, level));
    },
    decompress: async (member, rawSize) => {
      checkMember(asBuffer(member), rawSize);
      return inflate(member, rawSize);
    },
  };
}

function deflate(input: Uint8Array, level: number): Promise<Buffer> {
  // One buffer that most inputs fit into: each further one is another trip to the thread pool.
  const chunkSize = Math.max(1024, Math.ceil(input.length / 2));
  return new Promise((resolve, reject) => {
    gzip(input, { level, memLevel: 9, chunkSize }, (error, output) =>
      error === null ? resolve(output) : reject(error),
    );
  });
}

/** Puts the header that names the size in the place of the plain one. */
function withSize(plain: Buffer): Buffer {
  const member = Buffer.allocUnsafeSlow(HEADER_SIZE - PLAIN_HEADER_SIZE + plain.length);
  plain.copy(member, HEADER_SIZE, PLAIN_HEADER_SIZE);
  writeHeader(member);
  return member;
}

async function inflate(member: Uint8Array, rawSize: number): Promise<Buffer> {
  const options: ZlibOptions = {
    chunkSize: rawSize + SLACK,
    maxOutputLength: Math.max(1, rawSize),
    info: true,
  };
  const { buffer, engine } = await new Promise<{ buffer: Buffer; engine: Gunzip }>((resolve, reject) => {
    // With `info`, the result is the output and the engine that made it.
    gunzip(member, options, (error, result) => {
      if (error === null) resolve(result as unknown as { buffer: Buffer; engine: Gunzip });
      else reject(damaged(`a gzip member does not decompress: ${error.message}`, undefined, error));
    });
  });
  if (buffer.length !== rawSize)
    throw damaged(`a gzip member holds ${buffer.length} bytes where it says ${rawSize}`);
  if (engine.bytesWritten !== member.length)
    throw damaged(`a gzip member goes on after its end`, engine.bytesWritten);
  return buffer;
}
