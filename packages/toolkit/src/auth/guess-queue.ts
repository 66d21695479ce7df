/**
 * Proofs cost scrypt, so few are worked on at a time, and few wait. Who is known goes first, then who has not failed, then the
 * rest. All but the known are so many a second, and the rest leaves a place free, so that guessing takes neither the machine
 * nor the place of a user who comes from somewhere new.
 */
import type { Clock } from '@holdfast/durable-fs';
import { TokenBucket } from './token-bucket.js';

/** 0: has got in lately; 1: comes from an address that has not failed and is not waiting yet; 2: all others. */
export type Rank = 0 | 1 | 2;

export interface QueuedProof<T> {
  readonly rank: Rank;
  readonly address: string;
  /** Asked when its turn has come. */
  readonly mayStart: () => boolean;
  readonly work: () => Promise<T>;
}

export interface QueueLimits {
  /** Proofs worked on at the same time. Default 2. */
  readonly concurrent?: number;
  /** Proofs a second of rank 1, and half as many of rank 2. Default 10. */
  readonly perSecond?: number;
  /** How many of rank 1 may come at once after a quiet time, and half as many of rank 2. Default 20. */
  readonly burst?: number;
  /** How many may wait, known ones and others each. Default 32. */
  readonly waiting?: number;
  /** How many of one address may wait. Default 8. */
  readonly waitingOfAddress?: number;
}

const DEFAULTS = { concurrent: 2, perSecond: 10, burst: 20, waiting: 32, waitingOfAddress: 8 };

interface Waiting {
  readonly rank: Rank;
  readonly address: string;
  readonly mayStart: () => boolean;
  readonly start: () => Promise<void>;
  readonly refuse: () => void;
}

export class GuessQueue {
  readonly #limits: Required<QueueLimits>;
  readonly #ending = new AbortController();
  readonly #waiting: readonly [Waiting[], Waiting[], Waiting[]] = [[], [], []];
  /** Of ranks 1 and 2. */
  readonly #buckets: readonly [TokenBucket, TokenBucket];
  #running = 0;
  readonly #alarms = new Set<1 | 2>();

  constructor(
    private readonly clock: Clock,
    limits: QueueLimits = {},
  ) {
    this.#limits = { ...DEFAULTS, ...limits };
    const { perSecond, burst } = this.#limits;
    const halfBurst = Math.max(1, burst / 2);
    this.#buckets = [
      new TokenBucket(clock, perSecond, burst),
      new TokenBucket(clock, perSecond / 2, halfBurst),
    ];
  }

  /** Whether somebody from this address waits. */
  hasWaiting(address: string): boolean {
    return this.#waiting.some((line) => line.some((waiting) => waiting.address === address));
  }

  /** Undefined: it was not started, for want of room or because it may not any more. */
  run<T>({ rank, address, mayStart, work }: QueuedProof<T>): Promise<T | undefined> {
    return new Promise<T | undefined>((resolve, reject) => {
      const start = () => work().then(resolve, reject);
      const waiting = { rank, address, mayStart, start, refuse: () => resolve(undefined) };
      if (this.#ending.signal.aborted || !this.makeRoom(waiting)) {
        resolve(undefined);
        return;
      }
      this.#waiting[rank].push(waiting);
      this.next();
    });
  }

  /** Refuses all that wait. */
  close(): void {
    this.#ending.abort();
    for (const line of this.#waiting) for (const { refuse } of line.splice(0)) refuse();
  }

  private makeRoom({ rank, address }: Waiting): boolean {
    const [known, fresh, rest] = this.#waiting;
    const { waiting, waitingOfAddress } = this.#limits;
    if (rank === 0) return known.length < waiting;
    const others = [...fresh, ...rest];
    if (others.filter((other) => other.address === address).length >= waitingOfAddress) return false;
    if (others.length < waiting) return true;
    if (rank === 2) return false;
    const other = rest.pop() ?? fresh.shift();
    other?.refuse();
    return other !== undefined;
  }

  private next(): void {
    while (this.#running < this.#limits.concurrent) {
      const waiting = this.take();
      if (waiting === undefined) return;
      this.#running += 1;
      // What becomes of the work, `run` tells.
      void waiting.start().then(() => {
        this.#running -= 1;
        this.next();
      });
    }
  }

  /** The next one, if there is a place for it and it is paid for. */
  private take(): Waiting | undefined {
    const [known, fresh, rest] = this.#waiting;
    this.drop();
    if (known.length > 0) return known.shift();
    // The newest first: whoever comes now waits for few, and those who wait long are guessers who came together.
    if (fresh.length > 0 && this.pay(1)) return fresh.pop();
    const hasPlace = this.#running < Math.max(1, this.#limits.concurrent - 1);
    return rest.length > 0 && hasPlace && this.pay(2) ? rest.shift() : undefined;
  }

  /** Those at the ends who may not start any more. */
  private drop(): void {
    for (const line of this.#waiting) {
      while (line.length > 0 && !line[0]!.mayStart()) line.shift()!.refuse();
      while (line.length > 0 && !line.at(-1)!.mayStart()) line.pop()!.refuse();
    }
  }

  private pay(rank: 1 | 2): boolean {
    const waitMs = this.#buckets[rank - 1]!.take();
    if (waitMs > 0) this.wake(rank, waitMs);
    return waitMs === 0;
  }

  private wake(rank: 1 | 2, inMs: number): void {
    if (this.#alarms.has(rank)) return;
    this.#alarms.add(rank);
    const rung = () => {
      this.#alarms.delete(rank);
      this.next();
    };
    this.clock.sleep(inMs, this.#ending.signal).then(rung, () => {});
  }
}
