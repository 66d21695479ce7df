import { resolve } from 'node:path';
import type { FileSystem } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';

/** Which storage, and how to get it into snapshot mode. */
export interface SnapshotRequest {
  /** The storage, as given by the user: COMMAND sees it so. Relative to the working directory of this process. */
  readonly directory: string;
  /** The snapshot.conf; default `config/snapshot.conf` of the storage. */
  readonly conf?: string | undefined;
  /** What the names of access files are relative to; `cwd` as before DirectoryStorage 1.1.10. Default `conf`. */
  readonly accessRelativeTo?: 'conf' | 'cwd' | undefined;
  /** Milliseconds for each call of a server; default 60,000. */
  readonly timeoutMs?: number | undefined;
}

export interface Retry {
  /** Milliseconds for which it is tried again; default 0: one try. */
  readonly forMs?: number | undefined;
  /** Milliseconds between two tries; default 10,000. */
  readonly everyMs?: number | undefined;
}

export const TIMEOUT_MS = 60_000;
export const RETRY_PAUSE_MS = 10_000;

/**
 * Who owns a DirectoryStorage (user id).
 *
 * @throws HoldfastError `directorystorage.missing`
 */
export async function ownerOfStorage(fs: FileSystem, directory: string): Promise<number> {
  try {
    const { kind, uid } = await fs.stat(resolve(directory, 'A'));
    if (kind === 'directory') return uid;
  } catch (error) {
    if (!isHoldfastError(error, 'fs.not-found')) throw error;
  }
  throw new HoldfastError('directorystorage.missing', `${directory} is not a DirectoryStorage directory`, {
    path: directory,
  });
}
