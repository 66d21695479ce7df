import { createHash, type Hash, hash } from 'node:crypto';
import { type BulkFiles, type BulkStat, CHUNK_SIZE, type Owner } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import type { BlobEngine } from './engine.js';
import type { BlobDirectory } from './entry.js';

/** Files larger than this are copied chunk by chunk, so that the event loop runs. */
export const LARGE = 4 << 20;

/** What a directory has now. */
export type MadeDirectory = Owner & { readonly mode: number };

/** Owner, mode and times of a directory that is filled. */
export function finishDirectory(
  { bulk }: Pick<BlobEngine, 'bulk'>,
  path: string,
  entry: BlobDirectory,
  now: MadeDirectory,
): void {
  const owner = ownerToSet(entry, now);
  if (owner !== undefined) bulk.chown(path, owner.uid, owner.gid);
  if (now.mode !== entry.mode) bulk.chmod(path, entry.mode);
  bulk.utimes(path, entry.mtimeMs, entry.mtimeMs);
}

/** Undefined: it is so already, or only root could. */
export function ownerToSet({ uid, gid }: Owner, now: Owner): Owner | undefined {
  return IS_ROOT && (uid !== now.uid || gid !== now.gid) ? { uid, gid } : undefined;
}

/** As `rsync -a`: the owner can only be kept by root. */
const IS_ROOT = process.getuid?.() === 0;

export function keep() {
  return { times: true, owner: IS_ROOT } as const;
}

/** SHA-256 of what a copy sees; short files come in one chunk. */
export class Digest {
  private whole: string | undefined;
  private rest: Hash | undefined;
  /** More came after what looked like all of the file: it grew. */
  private broken = false;

  readonly take = (chunk: Uint8Array): void => {
    if (chunk.length === 0) return;
    if (this.rest !== undefined) this.rest.update(chunk);
    else if (this.whole !== undefined) this.broken = true;
    else if (chunk.length < CHUNK_SIZE) this.whole = hash('sha256', chunk, 'base64');
    else this.rest = createHash('sha256').update(chunk);
  };

  /** Base64; undefined where it is not known. To be asked once. */
  get base64(): string | undefined {
    if (this.broken) return undefined;
    return this.rest?.digest('base64') ?? this.whole ?? hash('sha256', '', 'base64');
  }
}

/** Undefined where there is nothing. */
export function statOf(bulk: BulkFiles, path: string): BulkStat | undefined {
  try {
    return bulk.lstat(path);
  } catch (error) {
    if (isHoldfastError(error, 'fs.not-found')) return undefined;
    throw error;
  }
}
