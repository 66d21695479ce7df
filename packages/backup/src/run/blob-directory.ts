import { type FileSystem, statIfThere } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import { MAIN } from '../config/resolve-storages.js';
import type { StorageConfig } from '../config.js';

/** @throws HoldfastError `blobs.missing` where the blob directory of a storage, or what it is a link to, is not there */
export async function needBlobDirectory(
  fs: FileSystem,
  { name, blobStorage: path }: StorageConfig,
): Promise<void> {
  if (path === undefined || (await statIfThere(fs, path)) !== undefined) return;
  const option = name === MAIN ? 'blob_storage' : `blob_storage of ${name}`;
  throw new HoldfastError('blobs.missing', `there is no blob directory at ${path} (${option})`, { path });
}
