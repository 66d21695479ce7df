import { errorLine, isHoldfastError } from '@holdfast/errors';
import { LifeWatch } from './life-watch.js';
import type { Queue } from './queue.js';
import type { StateEntry } from './state-entry.js';
import {
  type Held,
  NONE,
  type StorageParts,
  type StorageState,
  telling,
  type Unsure,
} from './storage-state.js';

/** What one storage is in, and the end of that: by a call, when it has outlived its life, or when it was lost. */
export class SnapshotLife {
  #state: StorageState = NONE;
  readonly #watch: LifeWatch;

  /** @param queue of the operations on this storage; the caller's calls are in it already */
  constructor(
    private readonly parts: StorageParts,
    queue: Queue,
  ) {
    this.#watch = new LifeWatch(parts.clock, {
      deadline: () => this.deadline(),
      end: () => queue.run(() => this.look()).catch((error: unknown) => this.unexpected(error)),
    });
  }

  get state(): StorageState {
    return this.#state;
  }

  become(state: StorageState): void {
    this.#state = state;
    this.#watch.changed();
  }

  /** Ends no more by itself. */
  async stop(): Promise<void> {
    await this.#watch.stop();
  }

  /** Does what the time has come for. @returns false: it is to be tried again */
  async look(): Promise<boolean> {
    const state = this.#state;
    if (state.kind === 'none') return true;
    if (state.kind === 'unsure') return this.settle(state);
    if (this.parts.clock.monotonic() < state.deadline) return true;
    this.parts.log.warn(telling(state.entry), 'a snapshot has outlived its life and is left');
    try {
      await this.end(state);
      return true;
    } catch (error) {
      this.tell(error, state.entry, 'a snapshot that has outlived its life was not left; it is tried again');
      return false;
    }
  }

  /** Undoes an entering whose end is not known, or a snapshot that could not be taken up. @returns false: it is to be tried again */
  async settle({ entry, deadline }: Unsure): Promise<boolean> {
    const { clock, freezer, log } = this.parts;
    const last = clock.monotonic() >= deadline;
    try {
      if (!(await freezer.settle(entry.code, last))) {
        if (last) log.warn(telling(entry), 'it is not known whether a storage is frozen; it is asked again');
        return false;
      }
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
      this.tell(error, entry, 'what is left of a snapshot could not be removed; it is tried again');
      return false;
    }
    log.info(
      telling(entry),
      entry.phase === 'entering'
        ? 'an entering that was broken off is undone'
        : 'what was left of a snapshot is removed',
    );
    await this.over();
    return true;
  }

  /** @throws what `Hold.leave` throws: then it is held as before */
  async end({ entry, hold }: Held): Promise<void> {
    const { log, states } = this.parts;
    await states.note({ ...entry, phase: 'leaving' });
    try {
      await hold.leave();
    } catch (error) {
      await states.note(entry);
      throw error;
    }
    await this.over();
    log.info(telling(entry), 'left snapshot mode');
  }

  async forget({ entry, hold }: Held, reason: string): Promise<void> {
    this.parts.log.warn({ ...telling(entry), reason }, 'a snapshot was lost');
    await hold.discard();
    await this.over();
  }

  tell(error: unknown, entry: StateEntry, what: string): void {
    this.parts.log.warn({ ...telling(entry), reason: errorLine(error) }, what);
  }

  private async over(): Promise<void> {
    this.become(NONE);
    await this.parts.states.remove(this.parts.storage.name);
  }

  private deadline(): number | undefined {
    if (this.#state.kind === 'none') return undefined;
    return this.#state.kind === 'held' ? this.#state.deadline : this.parts.clock.monotonic();
  }

  private unexpected(error: unknown): false {
    const { log, storage } = this.parts;
    log.error(
      { storage: storage.name, err: error },
      'a snapshot could not be looked after; it is tried again',
    );
    return false;
  }
}
