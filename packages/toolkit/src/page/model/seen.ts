import type { StorageStatus } from '@holdfast/monitor';
import type { Identity } from '../../auth/identity.js';
import type { Job } from '../../jobs/job-board.js';
import type { HeldSnapshot } from '../../snapshots/snapshot-keeper.js';
import type { ToolkitStorage } from '../../storages.js';

/** All that the page knows of a storage at a moment: what `see` gathered, plain data. */
export interface SeenStorage {
  readonly storage: ToolkitStorage;
  readonly status: SeenStatus;
  readonly snapshotCode: SeenCode;
  readonly held: HeldSnapshot | undefined;
  /** Newest first. */
  readonly jobs: readonly Job[];
}

export type SeenStatus =
  | { readonly kind: 'read'; readonly status: StorageStatus }
  | { readonly kind: 'not-backed-up' }
  | { readonly kind: 'failed'; readonly message: string; readonly hint: string };

/** The code of the snapshot that the storage says it is in; null: in none. A Zope may not answer. */
export type SeenCode =
  | { readonly kind: 'known'; readonly code: string | null }
  | { readonly kind: 'unknown'; readonly message: string };

/** Who looks, when, and the token of the forms that are made for them. */
export interface Viewer {
  readonly identity: Identity;
  readonly csrf: string;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** Of the server, for the head of the page. */
  readonly title: string;
}
