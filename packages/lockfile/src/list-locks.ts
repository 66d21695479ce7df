import { join } from 'node:path';
import { type FileSystem, nodeFileSystem, nodeLockFiles } from '@holdfast/durable-fs';
import { errorLine, isHoldfastError } from '@holdfast/errors';
import { KernelLock } from './kernel-lock.js';
import { leaseIsFresh } from './lease-directory.js';
import { textOf } from './lock-file.js';
import { flockHolders } from './lock-holders.js';
import { type LockKind, lockKindOf } from './lock-kinds.js';
import { parseRecord } from './owner-record.js';
import { type Liveness, livenessOf, pidLiveness } from './process-identity.js';

/** What the text of a lock file says of its holder; the lock itself, not the text, is what counts. */
export interface RecordedHolder {
  readonly pid: number;
  readonly host: string | undefined;
  readonly command: string | undefined;
  /** ISO 8601; of a text that gives only a pid: when it was written. */
  readonly since: string;
  readonly liveness: Liveness;
}

export interface LockReport {
  readonly path: string;
  readonly kind: LockKind;
  readonly state: 'held' | 'free' | 'unknown';
  /** Why the state is unknown. */
  readonly problem?: string | undefined;
  /** By whom, as the file says; nobody in a free lock's. */
  readonly recorded?: RecordedHolder | undefined;
  /** Pids that hold it, as the kernel says: complete only for the superuser. */
  readonly holders: readonly number[];
}

/**
 * The locks in a directory, by name. A free lock is found out by taking it shared for an instant.
 *
 * @throws HoldfastError of the `fs.` family when the directory cannot be read
 */
export async function listLocks(
  directory: string,
  fs: FileSystem = nodeFileSystem,
): Promise<readonly LockReport[]> {
  const entries = await fs.readDirectory(directory);
  const reports: LockReport[] = [];
  for (const { name } of [...entries].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const kind = lockKindOf(name);
    if (kind !== undefined) reports.push(await report(join(directory, name), kind, fs));
  }
  return reports;
}

async function report(path: string, kind: LockKind, fs: FileSystem): Promise<LockReport> {
  try {
    const held = kind === 'lease' ? leaseIsFresh(path) : await KernelLock.isHeld(path);
    if (!held) return { path, kind, state: 'free', holders: [] };
    const holders = kind === 'lease' ? [] : await flockHolders(path, fs);
    return { path, kind, state: 'held', recorded: await recordedHolder(path, kind), holders };
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    return { path, kind, state: 'unknown', problem: errorLine(error), holders: [] };
  }
}

async function recordedHolder(path: string, kind: LockKind): Promise<RecordedHolder | undefined> {
  const file = kind === 'lease' ? path.slice(0, -'.lease'.length) : path;
  const text = textOf(file);
  const record = parseRecord(text);
  if (record !== undefined) {
    if (record.released !== undefined) return undefined;
    const { pid, host, command, since } = record.owner;
    return { pid, host, command, since, liveness: await livenessOf(record.owner) };
  }
  const digits = /^\s*(\d{1,10})\s/.exec(text)?.[1];
  const written = nodeLockFiles.lstat(file)?.mtimeMs;
  if (digits === undefined || written === undefined) return undefined;
  const pid = Number(digits);
  const since = new Date(written).toISOString();
  return { pid, host: undefined, command: undefined, since, liveness: await pidLiveness(pid, written) };
}
