import { openStorage } from '@holdfast/directorystorage';
import { type FileSystem, readFully } from '@holdfast/durable-fs';
import { errorLine, isHoldfastError } from '@holdfast/errors';
import type { StorageSource } from '../storages.js';

/** What a `Data.fs` begins with (docs/formats/filestorage.md, section 1). */
const MAGICS: readonly string[] = ['FS21', 'FS30'];

/**
 * Why a storage cannot be frozen or backed up where the configuration says that it is; undefined: it is one, as far as its
 * beginning tells. Only reads.
 */
export async function placeProblem(fs: FileSystem, source: StorageSource): Promise<string | undefined> {
  const place = source.kind === 'filestorage' ? source.dataFs : source.directory;
  try {
    const { kind } = await fs.stat(place);
    if (source.kind === 'filestorage') {
      return kind === 'file' ? await dataFsProblem(fs, place) : `${place} is no file, so no Data.fs`;
    }
    await openStorage(fs, place);
    return undefined;
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    return error.code === 'fs.not-found' ? `there is nothing at ${place}` : errorLine(error);
  }
}

async function dataFsProblem(fs: FileSystem, path: string): Promise<string | undefined> {
  const file = await fs.openRead(path);
  try {
    const bytes = Buffer.alloc(4);
    const count = await readFully(file, bytes, 0);
    if (count === 0) return `${path} is empty: it holds no storage yet`;
    return MAGICS.includes(bytes.toString('latin1', 0, count)) ? undefined : `${path} is no Data.fs`;
  } finally {
    await file.close();
  }
}
