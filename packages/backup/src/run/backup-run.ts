import type { BlobItem } from '@holdfast/blob-snapshot';
import type { Configuration, SetKind, StorageConfig } from '../config.js';
import { recorded } from '../history/recorded.js';
import type { SetRecord } from '../set-record.js';
import { setPlaces } from '../sets/places.js';
import { publishSetRecord } from '../sets/set-store.js';
import { type HookName, runHook } from './hooks.js';
import { HeldLocks, type Locking } from './locks.js';
import { otherOwners } from './other-owner.js';
import { backupStorage, planStorage, type StorageResult } from './storage-run.js';
import type { World } from './world.js';

export interface BackupRunRequest {
  readonly config: Configuration;
  readonly kind: SetKind;
  /** A full backup whatever there is. Snapshots and zip backups are always full. */
  readonly full?: boolean;
  /** Compare all that was backed up before, and walk the blob directory. */
  readonly thorough?: boolean;
  readonly acceptNewHistory?: boolean;
  /** For whoever finds a place busy: `holdfast backup`. */
  readonly command: string;
  /** Where the hooks' standard output goes. */
  readonly hookOutput: 'stdout' | 'stderr';
  /** Each blob that is new, changed, gone or left out. */
  readonly onItem?: ((item: BlobItem) => void) | undefined;
  /** Told before a storage is begun. */
  readonly onStorage?: ((storage: StorageConfig) => void) | undefined;
}

export interface BackupRunResult {
  /** The set that holds the newest state. */
  readonly set: SetRecord;
  /** False where the set was there already: nothing had changed. */
  readonly made: boolean;
  readonly storages: readonly StorageResult[];
}

/** What is done at the end of a run, still under its locks. */
export type WhenDone = (result: BackupRunResult, assertLocked: () => Promise<void>) => Promise<void>;

/**
 * One run of `backup`, `fullbackup`, `snapshotbackup` or `zipbackup`: the pre-command, the additional storages, the
 * main one, the record of the set, retention, the post-command. A storage that fails ends the run: those after it are
 * not begun, no record appears, the post-command does not run. Whatever comes of it is added to the history.
 *
 * @param whenDone called under the run's locks when the record is published: retention. Its second argument throws
 *   where one of the locks was lost
 */
export async function runBackup(
  world: World,
  request: BackupRunRequest,
  whenDone: WhenDone = async () => {},
): Promise<BackupRunResult> {
  const { config, kind } = request;
  const begun = { kind, place: setPlaces(config, kind).record };
  const run = () => withHooks(world, request, whenDone);
  return await recorded(world, begun, run, ({ set, storages }) => ({
    set: set.id,
    bytes: storages.reduce((sum, result) => sum + copiedBytes(result), 0),
  }));
}

async function withHooks(
  world: World,
  request: BackupRunRequest,
  whenDone: WhenDone,
): Promise<BackupRunResult> {
  const startedMs = world.clock.now();
  await runHookOf(world, request, 'pre_command', {});
  const result = await underLocks(world, request, startedMs, whenDone);
  await runHookOf(world, request, 'post_command', { HOLDFAST_SET: result.set.id });
  return result;
}

/** Of the sources, that were new to the backups. */
function copiedBytes({ filestorage, blobs }: StorageResult): number {
  const data =
    filestorage === undefined || filestorage.kind === 'nothing' ? 0 : filestorage.end - filestorage.start;
  return data + (blobs?.added.bytes ?? 0);
}

/** What a run would do: reads only, takes no lock, runs no command. */
export async function planBackupRun(
  world: World,
  request: BackupRunRequest,
): Promise<readonly StorageResult[]> {
  const planned: StorageResult[] = [];
  for (const storage of request.config.storages) {
    planned.push(await planStorage({ world, request, storage, startedMs: world.clock.now() }));
  }
  return planned;
}

async function underLocks(
  world: World,
  request: BackupRunRequest,
  startedMs: number,
  whenDone: WhenDone,
): Promise<BackupRunResult> {
  const { config, kind, command } = request;
  const locking: Locking = { fs: world.fs, command, signal: world.signal };
  await using locks = new HeldLocks();
  const storages: StorageResult[] = [];
  for (const storage of config.storages) {
    request.onStorage?.(storage);
    const done = await backupStorage({ world, request, storage, startedMs }, locking, locks);
    const owners =
      done.filestorage?.kind === 'nothing' ? [] : await otherOwners(world.fs, storage.places[kind]);
    storages.push({ ...done, warnings: [...done.warnings, ...owners] });
  }
  const set = recordOf(kind, storages, startedMs, world.clock.now());
  await world.failpoint?.('before:publish-set');
  await locks.assertHeld();
  const made = await publishSetRecord(world.fs, setPlaces(config, kind).record, set);
  await world.failpoint?.('after:publish-set');
  const result = { set, made, storages };
  await whenDone(result, () => locks.assertHeld());
  return result;
}

function recordOf(
  kind: SetKind,
  storages: readonly StorageResult[],
  startedMs: number,
  finishedMs: number,
): SetRecord {
  const id = storages
    .map(({ stamp }) => stamp)
    .sort()
    .at(-1)!;
  return { version: 1, id, kind, startedMs, finishedMs, parts: storages.map(({ part }) => part) };
}

async function runHookOf(
  world: World,
  { config, command, kind, hookOutput }: BackupRunRequest,
  name: HookName,
  more: Readonly<Record<string, string>>,
): Promise<void> {
  const { hooks } = config.options;
  const script = name === 'pre_command' ? hooks.pre : hooks.post;
  if (script === undefined) return;
  const HOLDFAST_COMMAND = command.replace(/^holdfast /, '');
  const env = { HOLDFAST_COMMAND, HOLDFAST_KIND: kind, HOLDFAST_SITE: config.site, ...more };
  const { timeoutSeconds } = hooks;
  await runHook({
    name,
    script,
    cwd: config.site,
    env,
    timeoutSeconds,
    output: hookOutput,
    signal: world.signal,
  });
}
