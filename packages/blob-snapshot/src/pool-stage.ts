import { join } from 'node:path';
import { copyLargeFile } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import { Breather } from './breathe.js';
import type { BlobEngine } from './engine.js';
import { type BlobEntry, type BlobFile, fileEntry } from './entry.js';
import type { Tally } from './prepare-tally.js';
import { Digest, keep, LARGE } from './tree-copy.js';

interface Staging {
  readonly source: string;
  readonly staging: string;
  readonly entries: readonly BlobEntry[];
  readonly tally: Tally;
}

/** Up to so many files are synced one by one, more by one sync of the file system. */
const FEW = 64;

/**
 * Copies the files into the staging directory, under their numbers in what it returns: the entries as they were copied.
 * They are durable when it returns.
 */
export async function stagePool(
  engine: BlobEngine,
  { source, staging, entries, tally }: Staging,
): Promise<readonly BlobEntry[]> {
  const breather = new Breather(engine.signal, () => tally.progress());
  const made: BlobEntry[] = [];
  for (const entry of entries) {
    await breather.breathe();
    if (entry.kind === 'directory') {
      made.push(entry);
      continue;
    }
    const to = stagedName(staging, made.length);
    const file = await copyBlob(engine, entry, join(source, entry.path), to);
    if (file === undefined) {
      tally.refused(entry.path, 'it cannot be read', true);
      continue;
    }
    tally.file(file, 'copied', false);
    made.push(file);
  }
  await syncStaged(engine, staging, made);
  return made;
}

export function stagedName(staging: string, number: number): string {
  return join(staging, String(number));
}

async function syncStaged(
  { fs, bulk }: BlobEngine,
  staging: string,
  made: readonly BlobEntry[],
): Promise<void> {
  const numbers = made.flatMap(({ kind }, number) => (kind === 'file' ? [number] : []));
  if (numbers.length > FEW) return await bulk.syncTree(staging);
  // Together: the file system writes its journal once for several.
  const syncs = numbers.map(async (number) => {
    const file = await fs.openRead(stagedName(staging, number));
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  });
  const failed = (await Promise.allSettled(syncs)).find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** Undefined: it cannot be read. */
async function copyBlob(
  { fs, bulk, signal }: BlobEngine,
  { path, size }: BlobFile,
  from: string,
  to: string,
): Promise<BlobFile | undefined> {
  const digest = new Digest();
  const options = { ...keep(), onChunk: digest.take };
  try {
    const stat =
      size > LARGE
        ? await copyLargeFile(fs, from, to, { ...options, signal })
        : bulk.copyFile(from, to, options);
    return fileEntry(path, stat, digest.base64);
  } catch (error) {
    if (!isHoldfastError(error) || error.path !== from) throw error;
    if (error.code === 'fs.permission') return undefined;
    if (error.code !== 'fs.not-found') throw error;
    throw new HoldfastError('blobs.vanished', `${from} went away while it was backed up`, {
      path: from,
      cause: error,
    });
  }
}
