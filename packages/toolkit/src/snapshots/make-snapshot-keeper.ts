import { type SnapshotEngine, ZopeToolkit } from '@holdfast/directorystorage';
import type { Clock, FileSystem } from '@holdfast/durable-fs';
import { noStorage, type ToolkitStorage } from '../storages.js';
import { DirectoryStorageFreezer } from './directory-storage-freezer.js';
import { FileStorageFreezer } from './file-storage-freezer.js';
import type { Freezer } from './freezer.js';
import { type KeeperLog, snapshotLog } from './keeper-log.js';
import { forgetStorage, removeAllLeft } from './left-snapshots.js';
import type { HeldSnapshot, SnapshotKeeper } from './snapshot-keeper.js';
import { SnapshotStates } from './snapshot-states.js';
import { StorageSnapshots } from './storage-snapshots.js';
import { ZopeFreezer } from './zope-freezer.js';

export interface SnapshotKeeperOptions {
  readonly storages: readonly ToolkitStorage[];
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly log: KeeperLog;
  /** For `snapshots.json`; made where it is missing, mode 0700. The caller has locked it: it is of one server alone. */
  readonly stateDirectory: string;
}

/** Milliseconds for a call of a Zope: it writes its whole journal. Less than a client waits for this server. */
const ZOPE_MS = 55_000;

export function makeSnapshotKeeper(options: SnapshotKeeperOptions): SnapshotKeeper {
  return new Keeper(options);
}

/** @internal `makeSnapshotKeeper` makes it. */
export class Keeper implements SnapshotKeeper {
  readonly #states: SnapshotStates;
  readonly #storages: ReadonlyMap<string, StorageSnapshots>;

  constructor(private readonly options: SnapshotKeeperOptions) {
    const { storages, clock, log } = options;
    const states = new SnapshotStates(options);
    this.#states = states;
    this.#storages = new Map(
      storages.map((storage) => [
        storage.name,
        new StorageSnapshots({ storage, freezer: freezerOf(storage, options), states, clock, log }),
      ]),
    );
  }

  async enter(storage: string, code: string, by: string): Promise<HeldSnapshot> {
    return this.of(storage).enter(code, by);
  }

  async leave(storage: string, code: string): Promise<void> {
    return this.of(storage).leave(code);
  }

  async renew(storage: string, code: string): Promise<HeldSnapshot> {
    return this.of(storage).renew(code);
  }

  async currentCode(storage: string): Promise<string | null> {
    return this.of(storage).currentCode();
  }

  held(storage: string): HeldSnapshot | undefined {
    return this.of(storage).held;
  }

  async start(): Promise<void> {
    const entries = await this.#states.open();
    const known = (entries ?? []).filter(({ storage }) => this.#storages.has(storage));
    const steps = await Promise.all(known.map((entry) => this.of(entry.storage).resume(entry)));
    await Promise.all(steps.map((goOn) => goOn()));
    const left = { ...this.options, states: this.#states };
    for (const entry of entries ?? []) if (!known.includes(entry)) await forgetStorage(left, entry);
    if (entries === undefined) await removeAllLeft(left);
  }

  async close(): Promise<void> {
    const ends = await Promise.allSettled([...this.#storages.values()].map((snapshots) => snapshots.close()));
    await this.#states.close();
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  /** As a kill does: the kernel locks are given up, and nothing is left. */
  async drop(): Promise<void> {
    for (const snapshots of this.#storages.values()) await snapshots.drop();
    await this.#states.close();
  }

  private of(storage: string): StorageSnapshots {
    const snapshots = this.#storages.get(storage);
    if (snapshots !== undefined) return snapshots;
    throw noStorage(storage);
  }
}

function freezerOf({ name, source }: ToolkitStorage, options: SnapshotKeeperOptions): Freezer {
  const { fs, clock, log } = options;
  const engine: SnapshotEngine = { fs, clock, log: snapshotLog(log, name) };
  switch (source.kind) {
    case 'filestorage':
      return new FileStorageFreezer(engine, log, source.dataFs);
    case 'directorystorage':
      return new DirectoryStorageFreezer(engine, log, name, source.directory);
    case 'zope': {
      const { url, access } = source;
      return new ZopeFreezer(engine, log, name, new ZopeToolkit({ url, access, timeoutMs: ZOPE_MS }));
    }
  }
}
