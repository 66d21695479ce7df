import { HoldfastError } from '@holdfast/errors';

const STOPPING = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/**
 * A signal ends the entering; once the storage is frozen it goes to COMMAND (`runLocked`), and the way out is never cut
 * short: a storage must not stay frozen. Each call of a server has its timeout, so the way out ends by itself.
 */
export class StopSignals {
  readonly #controller = new AbortController();
  readonly #listener = (name: NodeJS.Signals) => {
    this.#controller.abort(new HoldfastError('cancelled', `stopped by ${name}; the command was not run`));
  };

  constructor() {
    for (const name of STOPPING) process.on(name, this.#listener);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  stop(): void {
    for (const name of STOPPING) process.off(name, this.#listener);
  }
}
