import { dirname, join } from 'node:path';
import type { FileSystem } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import { type LockReport, listLocks, REPOSITORY_LOCK_NAME, storageLockPaths } from '@holdfast/lockfile';
import type { LockStatus } from '../status.js';

/** Where a lock lies, and what it keeps. */
interface Wanted {
  readonly what: string;
  readonly path: string;
}

/** `Data.fs.lock`, which a ZODB holds. A missing lock file is a free lock; looking makes none. */
export async function storageLocks(fs: FileSystem, datafs: string): Promise<readonly LockStatus[]> {
  return await lookAt(fs, async () =>
    (await storageLockPaths(datafs, fs)).map((path) => ({ what: 'storage', path })),
  );
}

/** The locks of places of backups. @param places full paths */
export async function repositoryLocks(
  fs: FileSystem,
  places: readonly string[],
): Promise<readonly LockStatus[]> {
  const wanted = [...new Set(places)].map((place) => ({
    what: 'repository',
    path: join(place, REPOSITORY_LOCK_NAME),
  }));
  return await lookAt(fs, async () => wanted);
}

/** `misc/lock` and `misc/sublock` of a DirectoryStorage. @param code what `misc/snapshot` holds */
export async function directoryLocks(
  fs: FileSystem,
  directory: string,
  code: string | undefined,
): Promise<readonly LockStatus[]> {
  const misc = join(directory, 'misc');
  const found = await lookAt(fs, async () => [
    { what: 'manager', path: join(misc, 'lock') },
    { what: 'snapshot', path: join(misc, 'sublock') },
  ]);
  return found.map((lock) => {
    if (lock.what !== 'snapshot' || lock.state !== 'held' || code === undefined || code === '') return lock;
    const inSnapshot = `in the snapshot ${code}`;
    return { ...lock, holder: lock.holder === undefined ? inSnapshot : `${lock.holder}, ${inSnapshot}` };
  });
}

async function lookAt(
  fs: FileSystem,
  find: () => Promise<readonly Wanted[]>,
): Promise<readonly LockStatus[]> {
  let wanted: readonly Wanted[] = [];
  try {
    wanted = await find();
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    return [];
  }
  const reports = new Map<string, readonly LockReport[]>();
  const states: LockStatus[] = [];
  for (const { what, path } of wanted) {
    const place = dirname(path);
    const listed = reports.get(place) ?? (await reportsIn(fs, place));
    if (!Array.isArray(listed)) {
      states.push({ what, path, state: 'unknown', holder: undefined });
      continue;
    }
    reports.set(place, listed);
    const own = listed.filter((report) => report.path === path || report.path === `${path}.lease`);
    const report = own.find(({ state }) => state === 'held') ?? own[0];
    states.push({ what, path, state: report?.state ?? 'free', holder: report && holderOf(report) });
  }
  return states;
}

/** Undefined where the directory cannot be read; one that is missing has no locks. */
async function reportsIn(fs: FileSystem, place: string): Promise<readonly LockReport[] | undefined> {
  try {
    return await listLocks(place, fs);
  } catch (error) {
    if (isHoldfastError(error, 'fs.not-found')) return [];
    if (isHoldfastError(error)) return undefined;
    throw error;
  }
}

function holderOf({ state, recorded, holders, problem }: LockReport): string | undefined {
  if (state === 'unknown') return problem;
  if (state === 'free') return undefined;
  if (recorded === undefined) return holders.length === 0 ? undefined : `pid ${holders.join(', ')}`;
  const { pid, command, host, since } = recorded;
  const words = [
    `pid ${pid}`,
    ...(command === undefined ? [] : [command]),
    ...(host === undefined ? [] : [`on ${host}`]),
    `since ${since.slice(0, 16).replace('T', ' ')} UTC`,
  ];
  return words.join(' ');
}
