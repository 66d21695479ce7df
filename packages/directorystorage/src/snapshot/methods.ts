import { type HoldfastError, isHoldfastError } from '@holdfast/errors';
import { accessPath, type Method } from '@holdfast/snapshot-conf';
import { readAccessFile } from './access-file.js';
import type { Attempt } from './attempt.js';
import type { SnapshotDetails } from './details.js';
import { logOf, type SnapshotEngine } from './engine.js';
import { enterByHttp } from './http-method.js';
import { leaveSnapshot, settlePending } from './leave.js';
import type { Conf } from './read-conf.js';
import { Renewal } from './renewal.js';
import { failureOf, reasonOf } from './server-error.js';
import { newSessionCode, sentCode } from './session-code.js';
import { Toolkit } from './toolkit.js';

export interface MethodOptions {
  /** User id of the owner of the storage. */
  readonly storageOwner: number;
  /** What the names of access files are relative to; `cwd` as before DirectoryStorage 1.1.10. */
  readonly accessRelativeTo: 'conf' | 'cwd';
  readonly cwd: string;
  /** Milliseconds for each call of a server. */
  readonly timeoutMs: number;
  /** What `misc/snapshot` holds now; undefined: nothing, or there is no such file in this storage. */
  readonly shown?: (() => Promise<string | undefined>) | undefined;
  /** Enters without a server. */
  readonly direct: () => Promise<Omit<Attempt, 'method'>>;
}

/** The servers that were asked on the way into a snapshot, and have to be told when it is over. */
export class EnteredServers {
  readonly attempts: Attempt[] = [];
  #entered: Toolkit | undefined;
  /** Made when the first server is asked. */
  #code: string | undefined;
  /** Whether the code was seen in `misc/snapshot`. */
  #inThisStorage = false;
  /** They may have entered without answering. */
  readonly #pending: Toolkit[] = [];
  #details: SnapshotDetails | undefined;
  /** Of a server that leaves a snapshot which is not renewed. */
  #renewal: Renewal | undefined;

  constructor(
    private readonly engine: SnapshotEngine,
    private readonly options: MethodOptions,
  ) {}

  /** The one that entered. */
  get entered(): Toolkit | undefined {
    return this.#entered;
  }

  /** What is sent; undefined when no server was asked. */
  get code(): string | undefined {
    return this.#code;
  }

  /** What the server that entered tells of the snapshot. */
  get details(): SnapshotDetails | undefined {
    return this.#details;
  }

  /** Tries the methods in their order until one succeeds. */
  async tryMethods(conf: Conf): Promise<void> {
    const log = logOf(this.engine);
    for (const method of conf.methods) {
      const name = method.kind === 'direct' ? 'direct' : `http ${method.url}`;
      const attempt = { method: name, ...(await this.tryMethod(method, conf)) };
      this.attempts.push(attempt);
      if (attempt.outcome === 'entered') {
        log.message(`Entered snapshot using ${method.kind === 'direct' ? 'direct access' : method.url}`);
        return;
      }
      log.detail(`${name}: ${attempt.reason}`);
    }
  }

  /** `shown`: what `misc/snapshot` held. A server that did not answer is the one, where the code is ours. */
  adopt(shown: string): void {
    this.#inThisStorage = this.#code !== undefined && shown.includes(this.#code);
    if (this.#entered === undefined && this.#inThisStorage) this.#entered = this.#pending.shift();
  }

  /** Why the server that entered cannot have been in this snapshot to the end; undefined also where it does not say. */
  async whyLost(): Promise<string | undefined> {
    const toolkit = this.#entered;
    if (toolkit === undefined) return undefined;
    await this.#renewal?.stop();
    if (this.#renewal?.reason !== undefined) return this.#renewal.reason;
    const current = await toolkit.codeIfKnown();
    if (current === undefined) {
      logOf(this.engine).detail(`${toolkit.url} does not say whether it is still in snapshot mode`);
      return undefined;
    }
    // A server that was started meanwhile found the sublock held: it keeps the snapshot, under a code of its own.
    if (current === 'startup' || (current !== null && sentCode(current) === this.#code)) return undefined;
    return current === null
      ? `${toolkit.url} is in no snapshot any more`
      : `${toolkit.url} is in another snapshot: ${sentCode(current)}`;
  }

  /** Tells them that it is over. @returns why the one that entered did not leave */
  async leave(): Promise<HoldfastError | undefined> {
    const code = this.#code;
    const entered = this.#entered;
    this.#entered = undefined;
    await this.#renewal?.stop();
    if (code === undefined) return undefined;
    const failed =
      entered === undefined
        ? undefined
        : await leaveSnapshot(this.engine, entered, code, () => this.isGone());
    if (entered !== undefined && failed === undefined) logOf(this.engine).message('Left snapshot mode');
    for (const toolkit of this.#pending.splice(0)) await settlePending(this.engine, toolkit, code);
    return failed;
  }

  /** Whether the storage itself says that the snapshot is over. */
  private async isGone(): Promise<boolean> {
    const code = this.#code;
    if (code === undefined || !this.#inThisStorage) return false;
    try {
      return !(await this.options.shown?.())?.includes(code);
    } catch {
      return false;
    }
  }

  private async tryMethod(method: Method, conf: Conf): Promise<Omit<Attempt, 'method'>> {
    if (method.kind === 'direct') return this.options.direct();
    const { accessRelativeTo, cwd, storageOwner, timeoutMs } = this.options;
    const path = accessPath(method.access, conf.path, accessRelativeTo, cwd);
    try {
      const access = await readAccessFile(this.engine.fs, { path, storageOwner }, logOf(this.engine));
      const toolkit = new Toolkit({ url: method.url, access, timeoutMs });
      this.#code ??= await newSessionCode();
      return await this.ask(toolkit, this.#code);
    } catch (error) {
      if (isHoldfastError(error, 'snapshot.access')) return { outcome: 'access', reason: error.message };
      throw error;
    }
  }

  private async ask(toolkit: Toolkit, code: string): Promise<Omit<Attempt, 'method'>> {
    // Until the answer is known: a signal that ends the asking must not leave a server behind that entered.
    this.#pending.push(toolkit);
    const askedMs = this.engine.clock.monotonic();
    const result = await enterByHttp(this.engine, toolkit, code);
    if (result.kind !== 'failed' || !result.pending) this.#pending.pop();
    if (result.kind === 'in-use') return { outcome: 'in-use', reason: result.reason };
    if (result.kind === 'failed') {
      const { error } = result;
      return { outcome: 'no-communication', reason: reasonOf(error), failure: failureOf(error) };
    }
    this.#entered = toolkit;
    await this.keep(toolkit, code, askedMs);
    return { outcome: 'entered', reason: '' };
  }

  /** Renews the snapshot where the server would leave it otherwise. */
  private async keep(toolkit: Toolkit, code: string, askedMs: number): Promise<void> {
    const details = await toolkit.details();
    if (details === undefined || sentCode(details.code) !== code) return;
    this.#details = details;
    this.#renewal = new Renewal(this.engine, toolkit, code, details.lifeSeconds * 1000, askedMs);
  }
}
