export { bestCodec } from './best-codec.js';
export type { CodecOptions, GzipCodec } from './codec.js';
export {
  HEADER_LIMIT,
  MAX_MEMBER_SIZE,
  MEMBER_SIZE,
  type MemberHeader,
  parseMemberHeader,
  rawSizeOf,
} from './format.js';
export { gunzipStream } from './gunzip-stream.js';
export { libdeflateCodec } from './libdeflate-codec.js';
export { zlibCodec } from './zlib-codec.js';
