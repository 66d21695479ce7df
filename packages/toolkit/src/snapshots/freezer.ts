import type { HoldfastError } from '@holdfast/errors';
import type { HeldSnapshot } from './snapshot-keeper.js';
import type { HoldMemory } from './state-entry.js';

/** How one storage is frozen and let go. Its calls come one at a time. */
export interface Freezer {
  /** @param signal ends the entering: the server stops */
  freeze(code: string, signal: AbortSignal): Promise<FreezeOutcome>;
  /** Takes up what was frozen before a restart. @returns or why it cannot be taken up */
  resume(code: string, memory: HoldMemory): Promise<Hold | string>;
  /**
   * Undoes an entering whose end is not known.
   *
   * @param last it can not be entered any more
   * @returns whether it is certain now that the storage is not frozen by it
   */
  settle(code: string, last: boolean): Promise<boolean>;
  /**
   * The code that the storage is in, as DirectoryStorage says it.
   *
   * @param held `user/<code>` of what this server entered
   * @throws HoldfastError `snapshot.server`
   */
  currentCode(held: string | null): Promise<string | null>;
  /** A snapshot that this server did not enter: whether it was left. @throws HoldfastError `toolkit.wrong-code`, as `Hold.leave` */
  leaveForeign(code: string): Promise<boolean>;
}

export type FreezeOutcome =
  | { readonly kind: 'frozen'; readonly hold: Hold }
  /** `unsure`: it may have been frozen all the same, or may be, later. */
  | { readonly kind: 'failed'; readonly error: unknown; readonly unsure: boolean };

/** A frozen storage. */
export interface Hold {
  readonly frozen: HeldSnapshot['frozen'];
  /** What `Freezer.resume` needs. */
  readonly memory: HoldMemory;
  /** Why it is frozen no more; undefined where it is, and where nobody answers. */
  whyLost(): Promise<string | undefined>;
  /** @throws HoldfastError `toolkit.busy`, `snapshot.server`: then it is frozen still */
  leave(): Promise<void>;
  /** Gives it up without leaving it: it was lost. */
  discard(): Promise<void>;
  /** Gives up what only this process holds: it ends. */
  drop(): Promise<void>;
}

export function failed(error: HoldfastError): FreezeOutcome {
  return { kind: 'failed', error, unsure: false };
}
