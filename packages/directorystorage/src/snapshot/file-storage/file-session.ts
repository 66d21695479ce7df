import { exists } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import type { RunLocked } from '@holdfast/lockfile';
import { logOf, type SnapshotEngine } from '../engine.js';
import type { EnteredServers } from '../methods.js';
import { inSentences, problemOf } from '../problem.js';
import { isIntact } from './fingerprint.js';
import type { Frozen } from './freeze.js';
import { frozenEnvironment } from './frozen-environment.js';
import type { FreezeMethod } from './place.js';

export interface FileSessionParts {
  readonly engine: SnapshotEngine;
  /** The `Data.fs` as given. */
  readonly dataFs: string;
  /** Seconds since 1970, shortly before freezing. */
  readonly timestamp: number;
  readonly frozen: Frozen;
  readonly servers: EnteredServers;
}

const AGAIN = 'Throw away what was made from it,';
const OF_SERVER = `${AGAIN} see in the log of the server why it left the snapshot or stopped, then run the command again.`;
const OF_FILE = `${AGAIN} find out what wrote into the Data.fs or removed the frozen file, then run the command again.`;

/** A FileStorage that is frozen: the first `size` bytes of `path`. Used and released as a `SnapshotSession`. */
export class FileSnapshotSession implements AsyncDisposable {
  #released = false;

  /** @internal `freezeFileStorage` makes it. */
  constructor(private readonly parts: FileSessionParts) {}

  /** The frozen file. With `method` `link` it may be longer than what is frozen. */
  get path(): string {
    return this.parts.frozen.path;
  }

  /** Bytes that are frozen. */
  get size(): number {
    return this.parts.frozen.size;
  }

  /** Of the last whole transaction, 16 hex digits; zeros where there is none. */
  get tid(): string {
    return this.parts.frozen.tid;
  }

  get method(): FreezeMethod {
    return this.parts.frozen.method;
  }

  /**
   * For `runLocked`: a program that inherits it keeps the frozen file, also when this process is killed. Of a file that a server
   * froze: nothing is inherited, and the server lets it go when it is not renewed.
   */
  get lock(): RunLocked['lock'] {
    return this.parts.frozen.directory.lock;
  }

  /** For a program that is run under it. */
  environment(): Readonly<Record<string, string>> {
    const { dataFs, timestamp, frozen } = this.parts;
    return frozenEnvironment({ ...frozen, source: dataFs, timestamp });
  }

  /** @throws HoldfastError `snapshot.lost` when the frozen bytes were changed in place, `snapshot.not-left` */
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
    const { engine, frozen, servers } = this.parts;
    const log = logOf(engine);
    const lost = await problemOf(() => this.lost());
    await frozen.directory.remove();
    log.message('Unlocked snapshot mode');
    const notLeft = await problemOf(() => servers.leave());
    if (lost !== undefined && notLeft !== undefined) log.warn(inSentences(notLeft));
    return lost ?? notLeft;
  }

  /** The server is asked first: where it has left, the frozen file is gone for that reason. */
  private async lost(): Promise<HoldfastError | undefined> {
    const { engine, dataFs, frozen, servers } = this.parts;
    const { path, size, fingerprint } = frozen;
    const lost = (why: string, hint: string) => {
      const message = `the snapshot of ${dataFs} was taken away while it was in use: ${why}`;
      return new HoldfastError('snapshot.lost', message, { path: dataFs, hint });
    };
    const why = await servers.whyLost();
    if (why !== undefined) return lost(why, OF_SERVER);
    if (await isIntact(engine.fs, path, size, fingerprint)) return undefined;
    if (await exists(engine.fs, path)) return lost('it was overwritten in place', OF_FILE);
    const url = frozen.ofServer === true ? servers.entered?.url : undefined;
    if (url === undefined) return lost('the frozen file was removed', OF_FILE);
    return lost(`the server at ${url} has left it or has stopped`, OF_SERVER);
  }
}
