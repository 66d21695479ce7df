import type { HoldfastError } from '@holdfast/errors';
import { KernelLock } from '@holdfast/lockfile';
import { logOf, type SnapshotEngine } from './engine.js';
import { SNAPSHOT_VERSION } from './environment.js';
import { managerLockPath } from './locks.js';
import { type Look, lostError, whyGone } from './look.js';
import type { EnteredServers } from './methods.js';
import { inSentences, problemOf } from './problem.js';

export interface SessionParts {
  readonly engine: SnapshotEngine;
  readonly directory: string;
  /** Seconds since 1970, shortly before entering. */
  readonly timestamp: number;
  /** What `misc/snapshot` held when it was locked. */
  readonly shown: Look;
  readonly sublock: KernelLock;
  readonly servers: EnteredServers;
}

/**
 * A DirectoryStorage that is frozen: `A` holds whole transactions only and does not change, because `misc/sublock` is held
 * and `misc/snapshot` is there.
 *
 *     await using session = await enterSnapshot(engine, { directory });
 *     … // read A
 *     await session.release(); // checks that it was a snapshot to the end, unlocks, and tells the server
 *
 * Without the call of `release` it is left all the same, and what went wrong on the way is logged only.
 */
export class SnapshotSession implements AsyncDisposable {
  #released = false;

  /** @internal `enterSnapshot` makes it. */
  constructor(private readonly parts: SessionParts) {}

  get directory(): string {
    return this.parts.directory;
  }

  /** Seconds since 1970, shortly before entering. */
  get timestamp(): number {
    return this.parts.timestamp;
  }

  /** For `runLocked`: a program that inherits it keeps the storage frozen, also when this process is killed. */
  get lock(): KernelLock {
    return this.parts.sublock;
  }

  /** For a program that is run under it (docs/formats/snapshot-conf.md, "The environment"). */
  environment(): Readonly<Record<string, string>> {
    return {
      SNAPSHOT_VERSION,
      SNAPSHOT_DIRECTORY: this.directory,
      SNAPSHOT_TIMESTAMP: String(this.timestamp),
    };
  }

  /**
   * Looks whether the storage itself is still as it was locked. Servers are asked at the end only.
   *
   * @throws HoldfastError `snapshot.lost`
   */
  async assertHeld(): Promise<void> {
    const problem = await this.taken();
    if (problem !== undefined) throw problem;
  }

  /**
   * The end: first the look whether it was a snapshot all the time, then the sublock, then the server, which takes the
   * sublock back before it leaves.
   *
   * @throws HoldfastError `snapshot.lost`, `snapshot.not-left`
   */
  async release(): Promise<void> {
    const problem = await this.end();
    if (problem !== undefined) throw problem;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const problem = await this.end();
    if (problem !== undefined) logOf(this.parts.engine).warn(inSentences(problem));
  }

  private async end(): Promise<HoldfastError | undefined> {
    if (this.#released) return undefined;
    this.#released = true;
    const lost = await problemOf(() => this.lost());
    const locked = this.parts.sublock.held;
    await this.parts.sublock.release();
    if (locked) logOf(this.parts.engine).message('Unlocked snapshot mode');
    const notLeft = await problemOf(() => this.leave());
    if (lost !== undefined && notLeft !== undefined) logOf(this.parts.engine).warn(inSentences(notLeft));
    return lost ?? notLeft;
  }

  /** Why it cannot have been a snapshot to the end. */
  private async lost(): Promise<HoldfastError | undefined> {
    const { directory, servers } = this.parts;
    const taken = await this.taken();
    if (taken !== undefined) return taken;
    const why = await servers.whyLost();
    return why === undefined ? undefined : lostError(directory, why);
  }

  /** What the storage says of it. */
  private async taken(): Promise<HoldfastError | undefined> {
    const { engine, directory, sublock, shown } = this.parts;
    try {
      sublock.assertHeld();
    } catch (error) {
      return lostError(directory, 'the file misc/sublock was removed or replaced', error);
    }
    const why = await whyGone(engine.fs, directory, shown);
    return why === undefined ? undefined : lostError(directory, why);
  }

  private async leave(): Promise<HoldfastError | undefined> {
    const { engine, directory, servers } = this.parts;
    const error = await servers.leave();
    if (error === undefined) return undefined;
    if (error.details.currentCode === null && !(await isManaged(directory))) {
      // The server was stopped meanwhile: its next start tidies up by itself.
      logOf(engine).detail(`${error.message}; but nobody manages the storage now`);
      return undefined;
    }
    return error;
  }
}

async function isManaged(directory: string): Promise<boolean> {
  return KernelLock.isHeld(managerLockPath(directory));
}
