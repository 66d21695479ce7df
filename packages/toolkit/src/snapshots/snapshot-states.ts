import { join } from 'node:path';
import {
  type Clock,
  type FileSystem,
  makeDirectories,
  publishFile,
  readSmallFile,
  removeIfThere,
  removeLeftovers,
} from '@holdfast/durable-fs';
import { errorLine, HoldfastError, isHoldfastError } from '@holdfast/errors';
import { z } from 'zod';
import type { KeeperLog } from './keeper-log.js';
import { Queue } from './queue.js';
import { type StateEntry, stateFile } from './state-entry.js';

export interface StatesEngine {
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly log: KeeperLog;
  readonly stateDirectory: string;
}

const NAME = 'snapshots.json';
const LONGEST = 1 << 20;
const VERSION = 1;
/** Another server, or this one with other rights, could not read it either. */
const UNREADABLE: readonly string[] = ['fs.failed', 'fs.io', 'fs.not-a-regular-file', 'fs.short-read'];
/** Of any version. */
const versioned = z.object({ version: z.number() });
const RETRY_MS = 10_000;

/**
 * `snapshots.json`: what is frozen, what is being entered, what is being left. The caller sees to it
 * that one server at a time has the directory. Where
 * nothing is frozen there is no file, so that the end of the last snapshot can be written on a full disk.
 */
export class SnapshotStates {
  readonly #entries = new Map<string, StateEntry>();
  readonly #queue = new Queue();
  readonly #closing = new AbortController();
  #retrying: Promise<void> | undefined;

  constructor(private readonly engine: StatesEngine) {}

  /**
   * What was in the file; undefined: it cannot be read, and is set aside as `snapshots.json.bad`, loudly.
   *
   * @throws HoldfastError of the `fs.` family
   */
  async open(): Promise<readonly StateEntry[] | undefined> {
    const { fs, stateDirectory } = this.engine;
    await makeDirectories(fs, stateDirectory);
    await removeLeftovers(fs, stateDirectory, [NAME]);
    const entries = await this.read();
    for (const entry of entries ?? []) this.#entries.set(entry.storage, entry);
    return entries;
  }

  /** Durable before it returns. @throws HoldfastError of the `fs.` family: then it is as before */
  async put(entry: StateEntry): Promise<void> {
    const before = this.#entries.get(entry.storage);
    this.#entries.set(entry.storage, entry);
    try {
      await this.save();
    } catch (error) {
      if (before === undefined) this.#entries.delete(entry.storage);
      else this.#entries.set(entry.storage, before);
      this.saveLater();
      throw error;
    }
  }

  /** As `put`; what cannot be written now is written later. */
  async note(entry: StateEntry): Promise<void> {
    this.#entries.set(entry.storage, entry);
    await this.saveIfPossible();
  }

  async remove(storage: string): Promise<void> {
    this.#entries.delete(storage);
    await this.saveIfPossible();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#retrying;
  }

  private async read(): Promise<readonly StateEntry[] | undefined> {
    const { fs, log, stateDirectory } = this.engine;
    const path = join(stateDirectory, NAME);
    try {
      return parseState((await readSmallFile(fs, path, LONGEST)).toString('utf8'), path);
    } catch (error) {
      if (isHoldfastError(error, 'fs.not-found')) return [];
      if (!isHoldfastError(error) || !UNREADABLE.includes(error.code)) throw error;
      await fs.rename(path, `${path}.bad`);
      log.error(
        { path: `${path}.bad`, reason: errorLine(error) },
        'the state of the snapshots cannot be read and was set aside; a Zope may still be in a snapshot: look with `holdfast snapshot leave`',
      );
      return undefined;
    }
  }

  private async saveIfPossible(): Promise<void> {
    try {
      await this.save();
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
      this.engine.log.warn(
        { reason: errorLine(error) },
        'the state of the snapshots cannot be written; it is tried again',
      );
      this.saveLater();
    }
  }

  private save(): Promise<void> {
    const { fs, stateDirectory } = this.engine;
    const path = join(stateDirectory, NAME);
    return this.#queue.run(async () => {
      const snapshots = [...this.#entries.values()];
      if (snapshots.length > 0) {
        const text = `${JSON.stringify({ version: VERSION, snapshots }, null, 2)}\n`;
        await publishFile(fs, path, text, { replace: true });
      } else if (await removeIfThere(fs, path)) await fs.syncDirectory(stateDirectory);
    });
  }

  private saveLater(): void {
    this.#retrying ??= this.retry().finally(() => {
      this.#retrying = undefined;
    });
  }

  private async retry(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await this.engine.clock.sleep(RETRY_MS, signal);
        return await this.save();
      } catch {
        // Said once; until it works, or the server ends.
      }
    }
  }
}

/** @throws HoldfastError `fs.failed`: it is no state of this version */
function parseState(text: string, path: string): readonly StateEntry[] {
  const { success, data } = stateFile.safeParse(jsonOf(text));
  if (success) return data.snapshots;
  const { version } = versioned.safeParse(jsonOf(text)).data ?? {};
  const why =
    version === undefined || version === VERSION
      ? 'it was damaged, or changed by hand'
      : `it is of another version of Holdfast (${version}; this one knows ${VERSION})`;
  throw new HoldfastError('fs.failed', why, { path });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
