import { createRequire } from 'node:module';

/** A pointer as koffi gives it. */
export type Pointer = unknown;
type Done<T> = (error: unknown, result: T) => void;

/** The calls of libdeflate that are used (libdeflate.h), as koffi binds them. */
export interface Libdeflate {
  allocCompressor(level: number): Pointer;
  freeCompressor(compressor: Pointer): void;
  compressBound(compressor: Pointer, size: number): number;
  gzipCompress: Threaded<
    [compressor: Pointer, input: Buffer, size: number, output: Buffer, room: number],
    number
  >;
  allocDecompressor(): Pointer;
  freeDecompressor(decompressor: Pointer): void;
  /** `consumed` is an array of one element that gets the number of bytes read; a result of 0 is success. */
  gzipDecompress: Threaded<
    [
      decompressor: Pointer,
      input: Buffer,
      size: number,
      output: Buffer,
      room: number,
      consumed: [number | null],
      produced: null,
    ],
    number
  >;
}

interface Threaded<Arguments extends unknown[], Result> {
  /** Runs on one of koffi's threads. */
  async(...args: [...Arguments, Done<Result>]): void;
}

interface Koffi {
  load(path: string): { func(prototype: string): never };
}

const NAMES: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: ['libdeflate.so.0'],
  freebsd: ['libdeflate.so.0', 'libdeflate.so'],
  darwin: ['libdeflate.0.dylib', '/opt/homebrew/lib/libdeflate.0.dylib', '/usr/local/lib/libdeflate.0.dylib'],
};

let loaded: Libdeflate | null | undefined;

/** The system's libdeflate; undefined where it or koffi is missing. Looked for once. */
export function loadLibdeflate(): Libdeflate | undefined {
  if (loaded === undefined) loaded = bindFirst(NAMES[process.platform] ?? []) ?? null;
  return loaded ?? undefined;
}

function bindFirst(names: readonly string[]): Libdeflate | undefined {
  for (const name of names) {
    try {
      return bind(name);
    } catch {
      // No koffi, no library of that name, or one without these functions: zlib does the work.
    }
  }
  return undefined;
}

function bind(name: string): Libdeflate {
  const koffi = createRequire(import.meta.url)('koffi') as Koffi;
  const library = koffi.load(name);
  return {
    allocCompressor: library.func('void *libdeflate_alloc_compressor(int level)'),
    freeCompressor: library.func('void libdeflate_free_compressor(void *compressor)'),
    compressBound: library.func('size_t libdeflate_gzip_compress_bound(void *compressor, size_t size)'),
    gzipCompress: library.func(
      'size_t libdeflate_gzip_compress(void *compressor, const void *in, size_t size, void *out, size_t room)',
    ),
    allocDecompressor: library.func('void *libdeflate_alloc_decompressor()'),
    freeDecompressor: library.func('void libdeflate_free_decompressor(void *decompressor)'),
    gzipDecompress: library.func(
      'int libdeflate_gzip_decompress_ex(void *decompressor, const void *in, size_t size, void *out, size_t room, _Out_ size_t *consumed, void *produced)',
    ),
  };
}

/** One call on a thread. The arguments are held by this closure until it is over. */
export function onThread<Arguments extends unknown[], Result>(
  call: Threaded<Arguments, Result>,
  ...args: Arguments
): Promise<Result> {
  return new Promise((resolve, reject) => {
    call.async(...args, (error, result) => {
      if (error === null || error === undefined) resolve(result);
      else reject(error);
    });
  });
}
