/** A test's waiting for what a program that runs beside it does. */
export class Waiting {
  readonly #checks = new Set<() => void>();

  /**
   * @param over why nothing more will come; undefined as long as something may
   * @param told what the program said so far, for the error
   */
  constructor(
    private readonly over: () => Error | string | undefined,
    private readonly told: () => string,
  ) {}

  /** Looks again: after each event of the program. */
  wake(): void {
    for (const check of [...this.#checks]) check();
  }

  /** What `look` finds, at once or after an event; `what` is waited for, as the error names it. */
  until<T>(what: string, timeoutMs: number, look: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (done: () => void) => {
        clearTimeout(timer);
        this.#checks.delete(check);
        done();
      };
      const fail = (why: Error | string) =>
        settle(() => reject(why instanceof Error ? why : new Error(`${what}: ${why}\n${this.told()}`)));
      const timer = setTimeout(() => fail('timed out'), timeoutMs);
      const check = () => {
        const found = look();
        const over = found === undefined ? this.over() : undefined;
        if (found !== undefined) settle(() => resolve(found));
        else if (over !== undefined) fail(over);
      };
      this.#checks.add(check);
      check();
    });
  }
}
