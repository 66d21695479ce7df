import type { Identity } from '../../auth/identity.js';
import type { Job } from '../../jobs/job-board.js';
import type { SeenCode, SeenStatus } from '../../see-storage.js';
import type { HeldSnapshot } from '../../snapshots/snapshot-keeper.js';
import type { ToolkitStorage } from '../../storages.js';
import type { PathFilter } from '../../without-paths.js';

/** All that the page knows of a storage at a moment: what `see` gathered, plain data. */
export interface SeenStorage {
  readonly storage: ToolkitStorage;
  readonly status: SeenStatus;
  readonly snapshotCode: SeenCode;
  readonly held: HeldSnapshot | undefined;
  /** Newest first. */
  readonly jobs: readonly Job[];
  /** The job that has to end before another one can start; of a site it may be of another storage. */
  readonly busyWith: Job | undefined;
}

/** Who looks, when, and the token of the forms that are made for them. */
export interface Viewer {
  readonly identity: Identity;
  readonly csrf: string;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** Of the server, for the head of the page. */
  readonly title: string;
  /** For each text that may hold a path. */
  readonly paths: PathFilter;
}
