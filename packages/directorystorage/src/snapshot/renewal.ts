import { errorLine, isHoldfastError } from '@holdfast/errors';
import { logOf, type SnapshotEngine } from './engine.js';
import { sentCode } from './session-code.js';
import type { Toolkit } from './toolkit.js';

/** Renewals in a life: two may be lost. */
const IN_A_LIFE = 3;
/** A life of a second still has its three. */
const SHORTEST_PAUSE_MS = 250;

/** Renews a snapshot until it is stopped, or lost: then it is told at once, and `reason` says why. */
export class Renewal {
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #reason: string | undefined;

  /**
   * @param code as it was sent
   * @param askedMs by the monotonic clock, when the server was asked to enter
   */
  constructor(
    private readonly engine: SnapshotEngine,
    private readonly toolkit: Toolkit,
    private readonly code: string,
    private readonly lifeMs: number,
    askedMs: number,
  ) {
    this.#running = this.run(askedMs).catch((error: unknown) => this.lose(errorLine(error)));
  }

  /** Why the snapshot was lost; undefined: it was not, as far as is known. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** Ends it; a renewal under way is waited for. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  private get pauseMs(): number {
    return Math.max(SHORTEST_PAUSE_MS, this.lifeMs / IN_A_LIFE);
  }

  private async run(askedMs: number): Promise<void> {
    const { clock } = this.engine;
    let renewedMs = askedMs;
    while (await this.pause()) {
      const startedMs = clock.monotonic();
      const outcome = await this.renew();
      if (outcome === 'renewed') renewedMs = startedMs;
      else if (outcome === 'lost') return;
      else if (clock.monotonic() - renewedMs >= this.lifeMs) {
        return this.lose(`${this.toolkit.url} did not answer for the whole life of the snapshot`);
      }
    }
  }

  /** False when it was stopped. */
  private async pause(): Promise<boolean> {
    const { signal } = this.#stop;
    try {
      await this.engine.clock.sleep(this.pauseMs, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    return !signal.aborted;
  }

  private async renew(): Promise<'renewed' | 'lost' | 'unknown'> {
    const { signal } = this.#stop;
    try {
      await this.toolkit.renew(this.code, { longestMs: this.pauseMs, signal });
      return 'renewed';
    } catch (error) {
      if (signal.aborted) return 'unknown';
      if (!isHoldfastError(error, 'snapshot.server')) throw error;
      logOf(this.engine).detail(`the snapshot was not renewed: ${error.message}`);
    }
    const current = await this.toolkit.codeIfKnown();
    if (current === undefined || (current !== null && sentCode(current) === this.code)) return 'unknown';
    this.lose(`${this.toolkit.url} has left it: it was not renewed in time, or somebody else left it`);
    return 'lost';
  }

  private lose(reason: string): void {
    this.#reason = reason;
    logOf(this.engine).warn(`the snapshot is lost: ${reason}`);
  }
}
