import { HoldfastError } from '@holdfast/errors';
import type { GzipCodec } from './codec.js';
import { libdeflateCodec } from './libdeflate-codec.js';
import { zlibCodec } from './zlib-codec.js';

/**
 * The fastest codec of this machine, or the one that is asked for; `usage` when libdeflate is asked for and not
 * there. Native code is loaded by this call, not by importing the package.
 */
export function bestCodec(preferred: 'auto' | 'libdeflate' | 'zlib' = 'auto'): GzipCodec {
  if (preferred === 'zlib') return zlibCodec();
  const codec = libdeflateCodec();
  if (codec !== undefined) return codec;
  if (preferred === 'auto') return zlibCodec();
  throw new HoldfastError('usage', 'libdeflate is not available here', {
    hint: "Install the system's libdeflate (Debian: libdeflate0) and the npm package koffi, or use zlib.",
  });
}
