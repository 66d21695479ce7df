import { type OpenFile, readFully } from '@holdfast/durable-fs';
import { HoldfastError, printable } from '@holdfast/errors';
import { HEADER_SIZE, MAGIC_FS21, MAGIC_FS30, type Magic } from './format.js';

/**
 * The magic of an open `Data.fs` (docs/formats/filestorage.md, section 1); `empty` for a file of 0 bytes, which ZODB
 * takes for a new storage. Anything else is `filestorage.bad-magic`.
 */
export async function readMagic(file: OpenFile): Promise<Magic | 'empty'> {
  const bytes = Buffer.alloc(HEADER_SIZE);
  const count = await readFully(file, bytes, 0);
  if (count === 0) return 'empty';
  const found = bytes.toString('latin1', 0, count);
  if (found === MAGIC_FS30 || found === MAGIC_FS21) return found;
  const message = `${file.path} begins with "${printable(found)}", not with ${MAGIC_FS30} or ${MAGIC_FS21}`;
  throw new HoldfastError('filestorage.bad-magic', message, { path: file.path, offset: 0 });
}
