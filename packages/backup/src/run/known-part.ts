import { basename, join } from 'node:path';
import { listBlobBackups } from '@holdfast/blob-snapshot';
import { isHoldfastError } from '@holdfast/errors';
import type { BackedUpState } from '@holdfast/filestorage-backup';
import type { SetPart } from '../set-record.js';
import { findBlobs } from '../sets/find-parts.js';
import { parseSetFileName, SET_RECORD } from '../sets/names.js';
import { parseSetRecord } from '../sets/record-text.js';
import { readIfThere } from '../sets/set-store.js';
import { stampOfState } from './state-stamp.js';
import { blobEngine, type World } from './world.js';

export interface KnownPartRequest {
  readonly storage: string;
  readonly blobStorage: string;
  /** Where the records lie, and where the blob backups do. */
  readonly records: string;
  readonly blobs: string;
}

/** The part of the newest set, where it holds this very state and its blobs: then there is nothing to do for either. */
export async function knownPart(
  world: World,
  request: KnownPartRequest,
  state: BackedUpState,
): Promise<SetPart | undefined> {
  const newest = await newestRecordName(world, request.records);
  if (newest === undefined) return undefined;
  const text = await readIfThere(world.fs, join(request.records, newest));
  const record = text === undefined ? undefined : parseSetRecord(text).value;
  const part = record?.parts.find(({ storage }) => storage === request.storage);
  if (part?.blobs === undefined || part.filestorage?.name !== state.file.name) return undefined;
  if (part.filestorage.md5 !== state.file.md5) return undefined;
  const bases = [basename(request.blobStorage)];
  const { backups } = await listBlobBackups(blobEngine(world), request.blobs, { bases });
  return findBlobs(part.blobs, stampOfState(state), backups) === undefined ? undefined : part;
}

async function newestRecordName({ fs }: World, directory: string): Promise<string | undefined> {
  try {
    const names = (await fs.readDirectory(directory)).map(({ name }) => name);
    return names
      .filter((name) => parseSetFileName(name)?.kind === SET_RECORD)
      .sort()
      .at(-1);
  } catch (error) {
    if (isHoldfastError(error, 'fs.not-found')) return undefined;
    throw error;
  }
}
