import { resolve } from 'node:path';
import { errorLine } from '@holdfast/errors';
import type { KernelLock } from '@holdfast/lockfile';
import { readSnapshotCode } from '../direct-access.js';
import { expectNoReplica } from '../journal-plan.js';
import type { Attempt, LockOutcome } from './attempt.js';
import { enterDirectly } from './direct-method.js';
import { logOf, type SnapshotEngine } from './engine.js';
import { isSameDirectory } from './environment.js';
import { sign, sublockPath, take } from './locks.js';
import { type Look, look } from './look.js';
import { EnteredServers } from './methods.js';
import { notLocked } from './not-locked.js';
import { defaultConfPath, readConf } from './read-conf.js';
import { ownerOfStorage, type Retry, type SnapshotRequest, TIMEOUT_MS } from './request.js';
import { withRetry } from './retry.js';
import { SnapshotSession } from './session.js';
import { describeLook, tellOfStale } from './stale.js';

/**
 * Brings a DirectoryStorage into snapshot mode and locks it: first the methods of its `snapshot.conf` in their order, then the
 * sublock, then the look for `misc/snapshot`. A storage in a snapshot is locked even where no method works: silently where
 * it was closed tidily, else with a warning of how old that snapshot is. Whatever fails on the way is left again.
 *
 * @throws HoldfastError `snapshot.not-locked`, `snapshot.conf`, `directorystorage.missing`, `directorystorage.replica`,
 *   `lock.unavailable` and others of the `lock.` and `fs.` families; the signal's reason
 */
export function enterSnapshot(
  engine: SnapshotEngine,
  request: SnapshotRequest,
  retry: Retry = {},
): Promise<SnapshotSession> {
  return withRetry(engine, retry, () => enterOnce(engine, request));
}

async function enterOnce(engine: SnapshotEngine, request: SnapshotRequest): Promise<SnapshotSession> {
  const entering = new Entering(engine, request, await ownerOfStorage(engine.fs, request.directory));
  try {
    return await entering.enter();
  } catch (error) {
    await entering.abandon();
    throw error;
  }
}

class Entering {
  #sublock: KernelLock | undefined;
  private readonly servers: EnteredServers;

  constructor(
    private readonly engine: SnapshotEngine,
    private readonly request: SnapshotRequest,
    storageOwner: number,
  ) {
    const { accessRelativeTo = 'conf', timeoutMs = TIMEOUT_MS } = request;
    const direct = () => this.direct();
    this.servers = new EnteredServers(engine, {
      storageOwner,
      accessRelativeTo,
      cwd: process.cwd(),
      timeoutMs,
      shown: () => readSnapshotCode(engine.fs, request.directory),
      direct,
    });
  }

  async enter(): Promise<SnapshotSession> {
    const { engine, request, servers } = this;
    const conf = await readConf(engine, resolve(request.conf ?? defaultConfPath(request.directory)));
    const timestamp = Math.floor(engine.clock.now() / 1000);
    engine.signal?.throwIfAborted();
    await servers.tryMethods(conf);
    const sublock = await this.lock();
    const shown = await look(engine.fs, request.directory);
    if (shown === undefined)
      throw this.failure('not-a-snapshot', 'the storage is not in a snapshot: misc/snapshot is missing');
    servers.adopt(shown.code);
    const entered = await this.isEntered(shown);
    if (!entered) await expectNoReplica(engine.fs, request.directory);
    sign(sublock);
    logOf(engine).message('Locked snapshot mode');
    if (!entered) await this.tellOfFound(shown);
    engine.signal?.throwIfAborted();
    this.#sublock = undefined;
    return new SnapshotSession({
      engine,
      directory: request.directory,
      timestamp,
      shown,
      sublock,
      servers,
    });
  }

  /** Whatever was entered or locked; never throws, so that the reason stays the one to tell. */
  async abandon(): Promise<void> {
    await this.#sublock?.release();
    const error = await this.servers.leave().catch((thrown: unknown) => thrown);
    if (error !== undefined) logOf(this.engine).warn(errorLine(error));
  }

  private async direct(): Promise<Omit<Attempt, 'method'>> {
    const result = await enterDirectly(this.engine, this.request.directory);
    if (result.kind === 'busy') return { outcome: 'busy', reason: result.reason };
    if (result.kind === 'refused')
      return { outcome: 'refused', reason: result.error.message, hint: result.error.hint };
    this.#sublock = result.sublock;
    return { outcome: 'entered', reason: '' };
  }

  /** Direct access has it already. */
  private async lock(): Promise<KernelLock> {
    if (this.#sublock !== undefined) return this.#sublock;
    const taken = await take(sublockPath(this.request.directory));
    if (taken.kind === 'busy') throw this.failure('sublock-busy', taken.reason);
    this.#sublock = taken.lock;
    return taken.lock;
  }

  private failure(end: LockOutcome, reason: string) {
    const { attempts } = this.servers;
    return notLocked({ directory: this.request.directory, attempts, end, reason });
  }

  /**
   * Whether this is the snapshot that a method entered, and not one that was there already. Where the code in `misc/snapshot`
   * is not ours, the server may still say that it is this storage.
   */
  private async isEntered(shown: Look): Promise<boolean> {
    const { attempts, code, details } = this.servers;
    if (attempts.some(({ method, outcome }) => method === 'direct' && outcome === 'entered')) return true;
    if (code !== undefined && shown.code.includes(code)) return true;
    const directory = details?.directory;
    return directory !== undefined && isSameDirectory(this.engine.fs, directory, this.request.directory);
  }

  private async tellOfFound(shown: Look): Promise<void> {
    const { entered, attempts } = this.servers;
    if (entered === undefined) return tellOfStale(this.engine, this.request.directory, shown, attempts);
    logOf(this.engine).warn(
      `${entered.url} entered snapshot mode, but not of this storage, whose snapshot is ${describeLook(shown)}: the wrong Zope server?`,
    );
  }
}
