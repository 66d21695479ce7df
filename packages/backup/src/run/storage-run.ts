import type { BlobBackupSummary } from '@holdfast/blob-snapshot';
import { exists } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import {
  type BackedUpState,
  type BackupResult,
  backup,
  type Store,
  stampOf,
} from '@holdfast/filestorage-backup';
import type { RepositoryLock } from '@holdfast/lockfile';
import type { StorageConfig } from '../config.js';
import type { SetPart } from '../set-record.js';
import type { BackupRunRequest } from './backup-run.js';
import { needBlobDirectory } from './blob-directory.js';
import { BlobStep } from './blob-step.js';
import { canBeMended, knownPart } from './known-part.js';
import { type HeldLocks, type Locking, lockPlace, lockSource, NO_LOCK } from './locks.js';
import { stampAlone } from './stamp-alone.js';
import { stampOfState } from './state-stamp.js';
import { engineOn, type World } from './world.js';

/** What a run did, or would do, with one storage. */
export interface StorageResult {
  readonly storage: StorageConfig;
  /** The stamp of its newest state. */
  readonly stamp: string;
  readonly filestorage: BackupResult | undefined;
  /** Undefined: no blobs, or this state's blobs were there already. */
  readonly blobs: BlobBackupSummary | undefined;
  readonly part: SetPart;
  readonly warnings: readonly string[];
}

export interface StorageTask {
  readonly world: World;
  readonly request: BackupRunRequest;
  readonly storage: StorageConfig;
  /** Milliseconds since 1970. */
  readonly startedMs: number;
}

/** How often a storage is begun again that a pack changed under the backup's hands. */
const ATTEMPTS = 3;

/** Backs up a storage and its blobs, so that they fit together. The locks are added to `locks` and stay held. */
export async function backupStorage(
  task: StorageTask,
  locking: Locking,
  locks: HeldLocks,
): Promise<StorageResult> {
  const { storage, request } = task;
  const { options } = request.config;
  const places = storage.places[request.kind];
  if (!options.onlyBlobs) await needStorage(task);
  await needBlobs(task);
  const lock = options.onlyBlobs ? undefined : locks.addPlace(await lockPlace(locking, places.filestorage));
  if (wantsBlobs(task)) locks.addPlace(await lockPlace(locking, places.blobs));
  if (lock === undefined) return blobsAlone(task, () => locks.assertHeld());
  locks.addSource(await lockSource(locking, storage.datafs));
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attemptStorage(task, lock, () => locks.assertHeld());
    } catch (error) {
      // A pack put another `Data.fs` in place and took blobs away while this one was copied: nothing was published.
      const packed = isHoldfastError(error, 'source.changing') || isHoldfastError(error, 'blobs.vanished');
      if (!packed || attempt === ATTEMPTS) throw error;
    }
  }
}

/** What `backupStorage` would do, without locks and without writing. */
export async function planStorage(task: StorageTask): Promise<StorageResult> {
  const { storage, request, world, startedMs } = task;
  const place = storage.places[request.kind].filestorage;
  await needBlobs(task);
  const stamp = request.config.options.onlyBlobs ? await stampAlone(task) : stampOf(startedMs);
  const step = wantsBlobs(task) ? new BlobStep(task) : undefined;
  if (request.config.options.onlyBlobs) {
    await step?.plan(stamp);
    return resultOf(task, undefined, step, stamp);
  }
  const engine = engineOn(world, place);
  const store = (await exists(world.fs, place)) ? engine.store : emptyStore(place);
  const result = await backup({ ...engine, store }, { ...backupRequest(task, NO_LOCK), dryRun: true });
  if (result.kind !== 'nothing') await step?.plan(stamp);
  return resultOf(task, result, step, stamp);
}

function wantsBlobs({ storage, request }: Pick<StorageTask, 'storage' | 'request'>): boolean {
  const { backupBlobs, onlyBlobs } = request.config.options;
  return (backupBlobs || onlyBlobs) && storage.blobStorage !== undefined;
}

/** Also where nothing else is to be done: a disk that is not mounted must not look like a site without changes. */
async function needBlobs(task: StorageTask): Promise<void> {
  if (wantsBlobs(task)) await needBlobDirectory(task.world.fs, task.storage);
}

/** Not for a storage that is not there: a wrong path should not leave directories behind. */
async function needStorage({ world: { fs }, storage: { datafs } }: StorageTask): Promise<void> {
  const there = [datafs, `${datafs}.old`, `${datafs}.pack`].map((path) => exists(fs, path));
  if (!(await Promise.all(there)).includes(true)) {
    throw new HoldfastError('source.missing', `there is no Data.fs at ${datafs}`, { path: datafs });
  }
}

/** Throws where the lock of a place was lost: nothing is published then. */
type AssertLocked = () => Promise<void>;

async function attemptStorage(
  task: StorageTask,
  lock: RepositoryLock,
  assertLocked: AssertLocked,
): Promise<StorageResult> {
  const { world, storage, request } = task;
  const engine = engineOn(world, storage.places[request.kind].filestorage);
  if (!wantsBlobs(task)) {
    const result = await backup(engine, backupRequest(task, lock));
    return resultOf(task, result, undefined, stampOfState(result.state!));
  }
  await using step = new BlobStep(task);
  let known: SetPart | undefined;
  const result = await backup(engine, {
    ...backupRequest(task, lock),
    observe: step.observer,
    beforePublish: ({ state, file }) => step.secure(state, file),
    whenUnchanged: async ({ state, file }) => {
      known = await knownPart(task, state);
      if (known === undefined) await step.secure(state, file);
    },
  });
  const stamp = stampOfState(result.state!);
  if (known !== undefined && (await canBeMended(task, known)))
    return await attemptStorage({ ...task, request: { ...request, full: true } }, lock, assertLocked);
  if (known !== undefined) return { ...resultOf(task, result, undefined, stamp), part: known };
  await assertLocked();
  await step.publish();
  return resultOf(task, result, step, stamp);
}

function backupRequest({ request, storage }: StorageTask, lock: RepositoryLock) {
  const { kind, full, thorough, acceptNewHistory } = request;
  const { options } = request.config;
  return {
    source: storage.datafs,
    full: full === true || options.full || kind !== 'backup',
    thorough: thorough === true || !options.quick,
    gzip: options.gzip,
    acceptNewHistory: acceptNewHistory === true,
    lock,
  };
}

async function blobsAlone(task: StorageTask, assertLocked: AssertLocked): Promise<StorageResult> {
  const stamp = await stampAlone(task);
  if (!wantsBlobs(task)) return resultOf(task, undefined, undefined, stamp);
  await using step = new BlobStep(task);
  await step.secureAlone(stamp);
  await assertLocked();
  await step.publish();
  return resultOf(task, undefined, step, stamp);
}

type BlobOutcome = Pick<BlobStep, 'summary' | 'part' | 'warnings'>;

function resultOf(
  { storage }: StorageTask,
  filestorage: BackupResult | undefined,
  step: BlobOutcome | undefined,
  stamp: string,
): StorageResult {
  const state = filestorage?.state;
  const part: SetPart = {
    storage: storage.name,
    filestorage: state === undefined ? undefined : filestoragePart(state),
    blobs: step?.part,
  };
  const warnings = [...(filestorage?.warnings ?? []), ...(step?.warnings ?? [])];
  return { storage, stamp, filestorage, blobs: step?.summary, part, warnings };
}

function filestoragePart({ chain, lineage, kind, file, tid }: BackedUpState) {
  const { name, start, end, storedSize, transactions, md5 } = file;
  return { name, chain, kind, start, end, storedSize, transactions, tid, lineage, md5 };
}

/** The repository that a first backup would make. */
function emptyStore(location: string): Store {
  const refuse = async (): Promise<never> => {
    throw new HoldfastError('internal', 'a dry run wrote to the repository', { path: location });
  };
  return {
    location,
    list: async () => [],
    removeLeftovers: async () => [],
    open: refuse,
    create: refuse,
    move: refuse,
    remove: refuse,
  };
}
