import { HoldfastError } from '@holdfast/errors';

/**
 * Things that one call at a time may use: made when needed, at most `limit` at once, reused, destroyed at the end.
 * A call that finds all in use waits its turn.
 */
export class NativePool<T> {
  readonly #idle: T[] = [];
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #closed = false;

  constructor(
    private readonly limit: number,
    private readonly make: () => T,
    private readonly destroy: (thing: T) => void,
  ) {}

  async use<R>(work: (thing: T) => Promise<R>): Promise<R> {
    if (this.#running >= this.limit) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
    try {
      if (this.#closed) throw new HoldfastError('internal', 'a codec was used after it was disposed of');
      const thing = this.#idle.pop() ?? this.make();
      try {
        return await work(thing);
      } finally {
        if (this.#closed) this.destroy(thing);
        else this.#idle.push(thing);
      }
    } finally {
      // The place goes to the next in line, or is free.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  /** Destroys what is idle now, and what is in use when its call ends. */
  close(): void {
    this.#closed = true;
    for (const thing of this.#idle.splice(0)) this.destroy(thing);
  }
}
