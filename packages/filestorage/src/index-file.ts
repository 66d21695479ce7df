/** The bytes of a `Data.fs.index` (docs/formats/filestorage-index.md, sections 1 and 2). */
import { viewOf } from './format.js';
import { pickleBytes, pickleInteger, pickleNone, pickleTuple2 } from './pickle-write.js';
import type { IndexEntries, StorageIndex } from './storage-index.js';

export const PREFIX_SIZE = 6;
export const SUFFIX_SIZE = 2;
export const POSITION_SIZE = 6;

/**
 * The file in pieces, at most half a MiB each: byte for byte what ZODB 6 writes.
 *
 * @param end first byte after the last whole transaction that the index covers
 */
export function* encodeIndex(index: StorageIndex, end: number): Generator<Buffer> {
  yield pickleInteger(end);
  for (const entries of index.buckets()) {
    yield pickleTuple2(pickleBytes(encodePrefix(entries.prefix)), pickleBytes(encodeBucket(entries)));
  }
  yield pickleNone();
}

function encodePrefix(prefix: number): Buffer {
  const bytes = Buffer.alloc(PREFIX_SIZE);
  bytes.writeUIntBE(prefix, 0, PREFIX_SIZE);
  return bytes;
}

/** All suffixes, then all positions (section 1). */
function encodeBucket(entries: IndexEntries): Buffer {
  const { size } = entries;
  const bytes = Buffer.alloc(size * (SUFFIX_SIZE + POSITION_SIZE));
  const view = viewOf(bytes);
  let suffixAt = 0;
  let positionAt = size * SUFFIX_SIZE;
  entries.forEach((suffix, position) => {
    view.setUint16(suffixAt, suffix);
    view.setUint16(positionAt, Math.floor(position / 2 ** 32));
    view.setUint32(positionAt + 2, position % 2 ** 32);
    suffixAt += SUFFIX_SIZE;
    positionAt += POSITION_SIZE;
  });
  return bytes;
}
