import type { Clock } from '@holdfast/durable-fs';
import type { ToolkitStorage } from '../storages.js';
import type { Freezer, Hold } from './freezer.js';
import type { KeeperLog } from './keeper-log.js';
import type { HeldSnapshot } from './snapshot-keeper.js';
import type { SnapshotStates } from './snapshot-states.js';
import type { StateEntry } from './state-entry.js';

/** What the snapshots of one storage work with. */
export interface StorageParts {
  readonly storage: ToolkitStorage;
  readonly freezer: Freezer;
  readonly states: SnapshotStates;
  readonly clock: Clock;
  readonly log: KeeperLog;
}

/** `deadline`: by the monotonic clock. */
export type StorageState =
  | { readonly kind: 'none' }
  /** An entering whose end is not known, or a snapshot that could not be taken up after a restart. */
  | { readonly kind: 'unsure'; readonly entry: StateEntry; readonly deadline: number }
  | { readonly kind: 'held'; readonly entry: StateEntry; readonly deadline: number; readonly hold: Hold };

export type Unsure = Extract<StorageState, { kind: 'unsure' }>;
export type Held = Extract<StorageState, { kind: 'held' }>;

export const NONE: StorageState = { kind: 'none' };

export function heldOf({ entry, hold }: Held): HeldSnapshot {
  const { storage, code, by, enteredMs, renewedMs, untilMs } = entry;
  return { storage, code, by, enteredMs, renewedMs, untilMs, frozen: hold.frozen };
}

/** What each line of the log says of a snapshot. */
export function telling({ storage, code, by, enteredMs }: StateEntry) {
  return { storage, code, by, since: new Date(enteredMs).toISOString() };
}
