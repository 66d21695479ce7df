import { availableParallelism } from 'node:os';
import { HoldfastError } from '@holdfast/errors';
import { type CodecOptions, checkInput, checkLevel, type GzipCodec } from './codec.js';
import { damaged } from './damaged.js';
import { asBuffer, checkMember, HEADER_SIZE, writeHeader } from './format.js';
import { type Libdeflate, loadLibdeflate, onThread, type Pointer } from './libdeflate.js';
import { NativePool } from './native-pool.js';

/** The fastest level whose files are at most 2 % larger than those of zlib's level 9 (README, Measurements). */
const DEFAULT_LEVEL = 5;
/** The header that libdeflate writes: RFC 1952 without an optional field. */
const PLAIN_HEADER_SIZE = 10;
/** libdeflate.h, enum libdeflate_result. */
const REASONS = ['', 'bad data', 'it holds less than it says', 'it holds more than it says'];

/** A compressor and the buffer it writes to; neither can be shared by two calls at once. */
interface Compressor {
  readonly pointer: Pointer;
  output: Buffer;
}

/** Members through the system's libdeflate, on koffi's threads; undefined where either is missing. */
export function libdeflateCodec(options: CodecOptions = {}): GzipCodec | undefined {
  const level = checkLevel(options.level ?? DEFAULT_LEVEL, 12);
  const library = loadLibdeflate();
  return library === undefined ? undefined : codecOf(library, level);
}

function codecOf(library: Libdeflate, level: number): GzipCodec {
  const atOnce = availableParallelism() + 1;
  const compressors = new NativePool<Compressor>(
    atOnce,
    () => ({ pointer: allocated(library.allocCompressor(level)), output: Buffer.alloc(0) }),
    ({ pointer }) => library.freeCompressor(pointer),
  );
  const decompressors = new NativePool<Pointer>(
    atOnce,
    () => allocated(library.allocDecompressor()),
    (pointer) => library.freeDecompressor(pointer),
  );
  return {
    name: 'libdeflate',
    compress: async (input) => {
      checkInput(input);
      return compressors.use((compressor) => deflate(library, compressor, asBuffer(input)));
    },
    decompress: async (member, rawSize, into) => {
      const bytes = asBuffer(member);
      checkMember(bytes, rawSize);
      const output =
        into === undefined ? Buffer.allocUnsafeSlow(rawSize) : asBuffer(into).subarray(0, rawSize);
      return decompressors.use((pointer) => inflate(library, pointer, bytes, output));
    },
    dispose: () => {
      compressors.close();
      decompressors.close();
    },
  };
}

/**
 * libdeflate writes its own plain header, stream and trailer so far behind the beginning of the buffer that our
 * longer header just covers the plain one. The copy of the result is small beside the work, and lets the large
 * buffer be used again.
 */
async function deflate(library: Libdeflate, compressor: Compressor, input: Buffer): Promise<Buffer> {
  const start = HEADER_SIZE - PLAIN_HEADER_SIZE;
  const room = library.compressBound(compressor.pointer, input.length);
  if (compressor.output.length < start + room) compressor.output = Buffer.allocUnsafeSlow(start + room);
  const output = compressor.output.subarray(start);
  const { pointer } = compressor;
  const size = await onThread(library.gzipCompress, pointer, input, input.length, output, output.length);
  if (size === 0) throw new HoldfastError('internal', `libdeflate did not compress ${input.length} bytes`);
  const member = Buffer.allocUnsafeSlow(start + size);
  compressor.output.copy(member, 0, 0, member.length);
  writeHeader(member);
  return member;
}

async function inflate(library: Libdeflate, pointer: Pointer, member: Buffer, output: Buffer) {
  const consumed: [number | null] = [null];
  const { gzipDecompress } = library;
  // Without a place for the size produced, anything but exactly as many bytes is an error.
  const result = await onThread(
    gzipDecompress,
    pointer,
    member,
    member.length,
    output,
    output.length,
    consumed,
    null,
  );
  if (result !== 0)
    throw damaged(`a gzip member does not decompress: ${REASONS[result] ?? `error ${result}`}`);
  if (consumed[0] !== member.length)
    throw damaged('a gzip member goes on after its end', consumed[0] ?? undefined);
  return output;
}

function allocated(pointer: Pointer): Pointer {
  if (pointer === null || pointer === 0n)
    throw new HoldfastError('internal', 'libdeflate found no memory for its state');
  return pointer;
}
