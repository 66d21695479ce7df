import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { FreezeOutcome, Hold } from './freezer.js';
import { expectCode, inSnapshot, notInSnapshot, stopping, unsettled, wrongCode } from './keeper-errors.js';
import { Queue } from './queue.js';
import type { HeldSnapshot } from './snapshot-keeper.js';
import { SnapshotLife } from './snapshot-life.js';
import type { StateEntry } from './state-entry.js';
import { type Held, heldOf, NONE, type StorageParts, type StorageState, telling } from './storage-state.js';

/** The snapshots of one storage: one at a time, one operation at a time. */
export class StorageSnapshots {
  readonly #queue = new Queue();
  readonly #closing = new AbortController();
  readonly #life: SnapshotLife;

  constructor(private readonly parts: StorageParts) {
    this.#life = new SnapshotLife(parts, this.#queue);
  }

  get held(): HeldSnapshot | undefined {
    const { state } = this.#life;
    return state.kind === 'held' ? heldOf(state) : undefined;
  }

  enter(code: string, by: string): Promise<HeldSnapshot> {
    expectCode(code);
    return this.#queue.run(async () => {
      const { state } = this.#life;
      if (this.#closing.signal.aborted) throw stopping(this.name);
      if (state.kind === 'held') throw inSnapshot(state.entry);
      await this.settled(state);
      const now = this.parts.clock.now();
      const times = { enteredMs: now, renewedMs: now, untilMs: now + this.lifeMs };
      const entry: StateEntry = { storage: this.name, phase: 'entering', code, by, ...times };
      await this.intend(entry, state);
      const outcome = await this.parts.freezer.freeze(code, this.#closing.signal);
      if (outcome.kind === 'failed') return this.notEntered(entry, outcome, state);
      return this.entered(entry, outcome.hold);
    });
  }

  leave(code: string): Promise<void> {
    return this.#queue.run(async () => {
      const { state } = this.#life;
      if (state.kind !== 'held') {
        if (await this.parts.freezer.leaveForeign(code)) return;
        throw notInSnapshot(this.name);
      }
      if (state.entry.code !== code) throw wrongCode(state.entry);
      await this.#life.end(state);
    });
  }

  renew(code: string): Promise<HeldSnapshot> {
    return this.#queue.run(async () => {
      const { state } = this.#life;
      if (state.kind !== 'held') throw notInSnapshot(this.name);
      if (state.entry.code !== code) throw wrongCode(state.entry);
      const why = await state.hold.whyLost();
      if (why !== undefined) {
        await this.#life.forget(state, why);
        throw notInSnapshot(this.name, why);
      }
      const renewed = this.alive(state.entry, state.hold);
      await this.parts.states.note(renewed.entry);
      return heldOf(renewed);
    });
  }

  currentCode(): Promise<string | null> {
    const { held } = this;
    return this.parts.freezer.currentCode(held === undefined ? null : `user/${held.code}`);
  }

  /**
   * Takes up what the state file says, in two steps: what is left of one storage is removed only when all that
   * can be taken up is locked again, for it may lie in the same directory.
   *
   * @returns the second step
   */
  async resume(entry: StateEntry): Promise<() => Promise<void>> {
    const hold = entry.phase === 'entering' ? undefined : await this.#queue.run(() => this.resumed(entry));
    return () => this.#queue.run(() => this.goOn(entry, hold));
  }

  private async goOn(entry: StateEntry, hold: Hold | string | undefined): Promise<void> {
    const { clock, log, states } = this.parts;
    if (typeof hold === 'string') {
      const told = { ...telling(entry), reason: hold };
      log.warn(told, 'a snapshot of before the restart is no more; it is forgotten');
      return states.remove(this.name);
    }
    // The wall clock may have been set: no longer than a life from now on.
    const left = Math.min(this.lifeMs, Math.max(0, entry.untilMs - clock.now()));
    const deadline = clock.monotonic() + (entry.phase === 'leaving' ? 0 : left);
    const untilMs = Math.min(entry.untilMs, clock.now() + left);
    const clamped: StateEntry = { ...entry, untilMs };
    if (hold === undefined) this.#life.become({ kind: 'unsure', entry: clamped, deadline });
    else {
      log.info(telling(entry), 'a snapshot of before the restart goes on');
      this.#life.become({ kind: 'held', entry: { ...clamped, phase: 'entered' }, deadline, hold });
    }
    // Or each further restart would give it one more life.
    if (untilMs !== entry.untilMs) await states.note(clamped);
    await this.#life.look();
  }

  /** Leaves it. What did not leave is in the state file: the next start tells it again. */
  async close(): Promise<void> {
    this.#closing.abort(new HoldfastError('cancelled', 'the server stops'));
    await this.#life.stop();
    await this.#queue.run(async () => {
      const { state } = this.#life;
      if (state.kind === 'unsure') await this.#life.settle(state);
      if (state.kind !== 'held') return;
      try {
        await this.#life.end(state);
      } catch (error) {
        this.#life.tell(error, state.entry, 'the storage was not left at the end of the server');
        await state.hold.drop();
      }
    });
  }

  /** Gives up what a killed process gives up; nothing is left. */
  async drop(): Promise<void> {
    await this.#life.stop();
    const { state } = this.#life;
    if (state.kind === 'held') await state.hold.drop();
  }

  private get name(): string {
    return this.parts.storage.name;
  }

  private get lifeMs(): number {
    return this.parts.storage.lifeSeconds * 1000;
  }

  /** Its life begins now. */
  private alive(entry: StateEntry, hold: Hold): Held {
    const { clock } = this.parts;
    const now = clock.now();
    const times = { renewedMs: now, untilMs: now + this.lifeMs };
    const state: Held = {
      kind: 'held',
      entry: { ...entry, ...times, phase: 'entered', memory: hold.memory },
      deadline: clock.monotonic() + this.lifeMs,
      hold,
    };
    this.#life.become(state);
    return state;
  }

  /** So that a start after a kill knows the code. */
  private async intend(entry: StateEntry, before: StorageState): Promise<void> {
    try {
      await this.parts.states.put(entry);
    } catch (error) {
      this.#life.become(before);
      throw error;
    }
  }

  private async entered(entry: StateEntry, hold: Hold): Promise<HeldSnapshot> {
    const { clock, log, states } = this.parts;
    const state = this.alive(entry, hold);
    try {
      await states.put(state.entry);
    } catch (error) {
      this.#life.become({ ...state, deadline: clock.monotonic() });
      await this.#life.end(state).catch((problem: unknown) => {
        this.#life.tell(problem, entry, 'a storage that was entered in vain was not left; it is tried again');
      });
      throw error;
    }
    log.info(telling(state.entry), 'entered snapshot mode');
    return heldOf(state);
  }

  private async notEntered(
    entry: StateEntry,
    { error, unsure }: Extract<FreezeOutcome, { kind: 'failed' }>,
    before: StorageState,
  ): Promise<never> {
    const deadline = this.parts.clock.monotonic() + this.lifeMs;
    if (unsure) this.#life.become({ kind: 'unsure', entry, deadline });
    else if (before.kind === 'unsure') {
      this.#life.become(before);
      await this.parts.states.note(before.entry);
    } else await this.parts.states.remove(this.name);
    throw error;
  }

  /** Before it is entered anew; what was unsure may be so again, when that fails. */
  private async settled(before: StorageState): Promise<void> {
    if (before.kind !== 'unsure') return;
    if (!(await this.parts.freezer.settle(before.entry.code, true))) throw unsettled(before.entry);
    this.#life.become(NONE);
  }

  /** A string: it is no more. Undefined: what failed may pass; what is left of it is to be undone. */
  private async resumed(entry: StateEntry): Promise<Hold | string | undefined> {
    if (entry.memory === undefined) return 'the state file does not say what was frozen';
    try {
      return await this.parts.freezer.resume(entry.code, entry.memory);
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
      this.#life.tell(
        error,
        entry,
        'a snapshot of before the restart cannot be taken up; what is left of it goes',
      );
      return undefined;
    }
  }
}
