/** Reading a `Data.fs.index` (docs/formats/filestorage-index.md, section 3). */
import { HEADER_SIZE, viewOf } from './format.js';
import { POSITION_SIZE, PREFIX_SIZE, SUFFIX_SIZE } from './index-file.js';
import { PickleReader, type PickleValue } from './pickle-read.js';
import { StorageIndex } from './storage-index.js';

export interface DecodedIndex {
  /** First byte after the last whole transaction that the index covers. */
  readonly end: number;
  readonly index: StorageIndex;
}

/**
 * Reads the whole bytes of an index file. Whatever is not exactly an index, an older shape too, is
 * `filestorage.index-unreadable` with the offset; callers treat that as if there were none. Whether the index
 * belongs to a certain `Data.fs` is not known here.
 *
 * @param path for errors
 */
export function decodeIndex(bytes: Uint8Array, path?: string): DecodedIndex {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const reader = new PickleReader(buffer, path);
  const end = reader.next();
  if (typeof end !== 'number') throw reader.unreadable('it does not begin with a number (an older shape)', 0);
  if (end < HEADER_SIZE) throw reader.unreadable(`it covers ${end} bytes`, 0);
  const index = new StorageIndex();
  let previous = -1;
  for (let value = reader.next(); value !== null; value = reader.next()) {
    previous = addBucket(index, value, { end, previous, reader });
  }
  if (!reader.atEnd) throw reader.unreadable('bytes follow its end');
  return { end, index };
}

interface BucketContext {
  readonly end: number;
  /** Prefix of the bucket before. */
  readonly previous: number;
  readonly reader: PickleReader;
}

/** Adds one `(prefix, bucket)`; its prefix. */
function addBucket(
  index: StorageIndex,
  value: PickleValue,
  { end, previous, reader }: BucketContext,
): number {
  const { prefix, bucket } = partsOf(value, reader);
  if (prefix <= previous) throw reader.unreadable('its prefixes do not ascend');
  const size = bucket.length / (SUFFIX_SIZE + POSITION_SIZE);
  const view = viewOf(bucket);
  let last = -1;
  for (let i = 0; i < size; i++) {
    const suffix = view.getUint16(i * SUFFIX_SIZE);
    const at = size * SUFFIX_SIZE + i * POSITION_SIZE;
    const position = view.getUint16(at) * 2 ** 32 + view.getUint32(at + 2);
    if (suffix <= last) throw reader.unreadable('its suffixes do not ascend');
    if (position < HEADER_SIZE || position >= end) throw reader.unreadable('a position is outside its range');
    index.set(prefix, suffix, position);
    last = suffix;
  }
  return prefix;
}

function partsOf(value: PickleValue, reader: PickleReader): { prefix: number; bucket: Uint8Array } {
  const [key, bucket, ...more] = Array.isArray(value) ? (value as readonly PickleValue[]) : [];
  const right =
    key instanceof Uint8Array &&
    key.length === PREFIX_SIZE &&
    bucket instanceof Uint8Array &&
    bucket.length % (SUFFIX_SIZE + POSITION_SIZE) === 0 &&
    more.length === 0;
  if (!right) throw reader.unreadable('a pickle holds no prefix and bucket');
  return { prefix: Buffer.from(key).readUIntBE(0, PREFIX_SIZE), bucket };
}
