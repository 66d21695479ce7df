import { join } from 'node:path';
import {
  type Clock,
  type FileSystem,
  publishFile,
  readSmallFile,
  removeIfThere,
  removeLeftovers,
  throwIfCancelled,
} from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import { type JournalPlan, planJournal } from './journal-plan.js';
import { openStorage, type StorageDirectory } from './open-storage.js';
import { isEmptyTree, planSecondary, recombine } from './recombine.js';
import { removeAbandoned, rollForward } from './roll-forward.js';

/** What direct access works with: the outside world, handed in. */
export interface DirectAccess {
  readonly fs: FileSystem;
  readonly clock?: Clock | undefined;
  /** Called before and after each step that changes the storage; tests stop the work there. */
  readonly failpoint?: ((name: string) => Promise<void> | void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface DirectAccessReport {
  readonly storage: StorageDirectory;
  /** Whether it was closed tidily before: then nothing was written. */
  readonly unchanged: boolean;
  /** Finished transactions that were only in the journal. */
  readonly transactions: number;
  /** Transactions that were never finished, and are removed. */
  readonly abandoned: number;
  /** Files and whole directories that were moved from `B` to `A`. */
  readonly recombined: number;
}

/** The code that a tidy close leaves in `misc/snapshot`. */
const SHUTDOWN = 'shutdown';
/** As DirectoryStorage writes its files. */
const FILE_MODE = 0o640;
const LONGEST_CODE = 4096;

/**
 * What DirectoryStorage does when it is opened and closed again, whatever `quick_shutdown` says: afterwards all finished
 * transactions are in `A`, the journal and `B` are empty, and `misc/snapshot` holds `shutdown`
 * (docs/formats/directorystorage.md, section 6).
 *
 * **This takes no lock: the caller must hold both kernel locks, `misc/lock` and `misc/sublock`, from before the call until after it.**
 * Without them it takes what a running Zope is just writing for an abandoned transaction and removes it, and moves files under its
 * hands. `withSnapshot`, `enterSnapshot` and `TidyHold.enter` take both locks first: use these unless you hold the locks.
 *
 * A process killed at any call leaves what the next call of this, or the next start of DirectoryStorage, completes.
 *
 * @throws HoldfastError as `openStorage`, `directorystorage.journal` or `directorystorage.replica`: then nothing was
 *   changed; `cancelled` or one of the `fs.` family: then `misc/snapshot` is gone unless nothing was changed
 */
export async function closeTidily(engine: DirectAccess, directory: string): Promise<DirectAccessReport> {
  const { fs, signal } = engine;
  const storage = await openStorage(fs, directory);
  const plan = await planJournal(fs, join(directory, 'journal'), signal);
  await planSecondary(fs, join(directory, 'B'), signal);
  if (await isTidy(fs, directory, plan)) {
    return { storage, unchanged: true, transactions: 0, abandoned: 0, recombined: 0 };
  }
  throwIfCancelled(signal);
  await step(engine, 'unlink-snapshot', () => unlinkSnapshot(fs, storage));
  const recombined = await step(engine, 'recombine', () => recombine(engine, storage));
  await step(engine, 'roll-forward', () => rollForward(engine, storage, plan.done));
  await step(engine, 'remove-abandoned', () => removeAbandoned(engine, storage, plan.abandoned));
  await step(engine, 'write-snapshot', () => writeSnapshot(fs, storage));
  const counts = { transactions: plan.done.length, abandoned: plan.abandoned.length, recombined };
  return { storage, unchanged: false, ...counts };
}

/**
 * Whether a storage was closed tidily and not opened since; changes nothing. The caller holds `misc/lock`.
 *
 * @throws HoldfastError `directorystorage.journal`, `directorystorage.replica`, or one of the `fs.` family
 */
export async function isClosedTidily(fs: FileSystem, directory: string): Promise<boolean> {
  return isTidy(fs, directory, await planJournal(fs, join(directory, 'journal')));
}

async function isTidy(fs: FileSystem, directory: string, plan: JournalPlan): Promise<boolean> {
  if (plan.done.length + plan.abandoned.length > 0) return false;
  if (!(await isEmptyTree(fs, join(directory, 'B')))) return false;
  return (await readSnapshotCode(fs, directory)) === SHUTDOWN;
}

/** What `misc/snapshot` holds; undefined where there is none. It proves a snapshot only under the lock `misc/sublock`. */
export async function readSnapshotCode(fs: FileSystem, directory: string): Promise<string | undefined> {
  try {
    return (await readSmallFile(fs, join(directory, 'misc', 'snapshot'), LONGEST_CODE)).toString('utf8');
  } catch (error) {
    if (isHoldfastError(error, 'fs.not-found')) return undefined;
    throw error;
  }
}

/** Its absence is durable before `A` changes. */
async function unlinkSnapshot(fs: FileSystem, { directory, settings }: StorageDirectory): Promise<void> {
  const misc = join(directory, 'misc');
  await removeLeftovers(fs, misc, ['snapshot']);
  await removeIfThere(fs, join(misc, 'snapshot'));
  if (settings.syncDirectories) await fs.syncDirectory(misc);
}

/** For the storage's user, whoever runs this. */
async function writeSnapshot(fs: FileSystem, { directory }: StorageDirectory): Promise<void> {
  const misc = join(directory, 'misc');
  const { uid, gid } = await fs.stat(misc);
  const owner = process.geteuid?.() === 0 ? { uid, gid } : undefined;
  await publishFile(fs, join(misc, 'snapshot'), SHUTDOWN, { mode: FILE_MODE, owner, replace: true });
}

async function step<T>(engine: DirectAccess, name: string, action: () => Promise<T>): Promise<T> {
  await engine.failpoint?.(`before:${name}`);
  const result = await action();
  await engine.failpoint?.(`after:${name}`);
  return result;
}
