import { enterByHttp, type SnapshotEngine, sentCode, type ZopeToolkit } from '@holdfast/directorystorage';
import { errorLine, HoldfastError, isHoldfastError } from '@holdfast/errors';
import { type FreezeOutcome, type Freezer, failed, type Hold } from './freezer.js';
import type { KeeperLog } from './keeper-log.js';

/** A storage that a Zope holds: its own toolkit is asked. */
export class ZopeFreezer implements Freezer {
  constructor(
    private readonly engine: SnapshotEngine,
    private readonly log: KeeperLog,
    private readonly storage: string,
    private readonly toolkit: ZopeToolkit,
  ) {}

  async freeze(code: string, signal: AbortSignal): Promise<FreezeOutcome> {
    try {
      const outcome = await enterByHttp({ ...this.engine, signal }, this.toolkit, code);
      if (outcome.kind === 'entered') return { kind: 'frozen', hold: this.holdOf(code) };
      if (outcome.kind === 'in-use') return failed(this.inUse(outcome.reason));
      return { kind: 'failed', error: outcome.error, unsure: outcome.pending };
    } catch (error) {
      return { kind: 'failed', error, unsure: true };
    }
  }

  /** One that does not answer may be in it: then it is ours still. */
  async resume(code: string): Promise<Hold | string> {
    const hold = this.holdOf(code);
    return (await hold.whyLost()) ?? hold;
  }

  async settle(code: string, last: boolean): Promise<boolean> {
    const current = await this.toolkit.codeIfKnown();
    if (current === undefined) return false;
    if (current === null || sentCode(current) !== code) return last;
    try {
      await this.leave(code);
      return true;
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
      this.log.warn(
        { storage: this.storage, code, reason: errorLine(error) },
        'a Zope did not leave snapshot mode',
      );
      return false;
    }
  }

  async currentCode(): Promise<string | null> {
    return this.toolkit.currentCode();
  }

  async leaveForeign(code: string): Promise<boolean> {
    const current = await this.toolkit.currentCode();
    if (current === null || current.startsWith('recombining/')) return false;
    if (sentCode(current) !== code) {
      throw new HoldfastError(
        'toolkit.wrong-code',
        `the Zope of ${this.storage} is in another snapshot: ${current}`,
      );
    }
    await this.leave(code);
    return true;
  }

  private holdOf(code: string): Hold {
    return {
      frozen: undefined,
      memory: { kind: 'zope' },
      whyLost: async () => {
        const current = await this.toolkit.codeIfKnown();
        if (current === undefined || (current !== null && sentCode(current) === code)) return undefined;
        return current === null
          ? 'the Zope is in no snapshot any more'
          : `the Zope is in another one: ${current}`;
      },
      leave: () => this.leave(code),
      discard: async () => {},
      drop: async () => {},
    };
  }

  /** That it has left already, whoever told it, is as good. */
  private async leave(code: string): Promise<void> {
    try {
      await this.toolkit.leave(code);
    } catch (error) {
      if (!isHoldfastError(error, 'snapshot.server')) throw error;
      const current = await this.toolkit.codeIfKnown();
      if (current === null || current?.startsWith('recombining/')) return;
      if (current === undefined || sentCode(current) === code) throw this.notLeft(error);
      this.log.warn(
        { storage: this.storage, code, current },
        'the Zope was in another snapshot when it was to leave',
      );
    }
  }

  private notLeft(error: HoldfastError): HoldfastError {
    if (error.details.failure !== 'fault') return error;
    const message = `the Zope of ${this.storage} did not leave snapshot mode: ${String(error.details.reason)}`;
    return new HoldfastError('toolkit.busy', message, { cause: error });
  }

  private inUse(reason: string): HoldfastError {
    return new HoldfastError('toolkit.in-snapshot', `the Zope of ${this.storage} did not enter: ${reason}`);
  }
}
