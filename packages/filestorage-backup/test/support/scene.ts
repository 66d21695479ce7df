import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { isHoldfastError } from '@holdfast/errors';
import { bestCodec } from '@holdfast/gzip-members';
import { lockRepository, REPOSITORY_LOCK_NAME } from '@holdfast/lockfile';
import { FixedClock, Random } from '@holdfast/test-kit';
import { expect } from 'vitest';
import {
  type BackupRequest,
  type BackupResult,
  backup,
  type Engine,
  LocalStore,
  parseDataName,
  readRepository,
  removeOlderChains,
} from '../../src/index.js';
import { unsynced } from './unsynced.js';
import type { ZodbDriver } from './zodb-driver.js';

let codec: ReturnType<typeof bestCodec> | undefined;

export type Attempt =
  | BackupResult
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

/** A directory with a storage and a repository, a clock that the test moves, chance, and the two programs. */
export class Scene {
  readonly clock = new FixedClock();
  readonly random: Random;
  /** They take time, so that only some scenes have them. */
  readonly withLargeObjects: boolean;
  /** What was done, for the message of a failure. */
  readonly trace: string[] = [];

  private constructor(
    readonly directory: string,
    readonly driver: ZodbDriver,
    readonly seed: number,
  ) {
    this.random = new Random(seed);
    this.withLargeObjects = this.chance(0.1);
    driver.useClock(this.clock);
  }

  /** @param directory a new one is made there */
  static async make(directory: string, driver: ZodbDriver, seed: number): Promise<Scene> {
    const scene = new Scene(join(directory, String(seed)), driver, seed);
    await mkdir(scene.repository, { recursive: true });
    return scene;
  }

  get source(): string {
    return join(this.directory, 'Data.fs');
  }

  get repository(): string {
    return join(this.directory, 'backups');
  }

  get engine(): Engine {
    const { clock } = this;
    const store = new LocalStore(unsynced, this.repository);
    return { fs: unsynced, store, clock, codec: () => (codec ??= bestCodec()) };
  }

  note(what: string): void {
    this.trace.push(`${new Date(this.clock.now()).toISOString()} ${what}`);
  }

  chance(probability: number): boolean {
    return this.random.fraction() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.random.below(items.length)]!;
  }

  /** The bytes of the source up to the end of its last whole transaction, as ZODB sees it. */
  async wholeBytes(): Promise<Buffer> {
    const { end } = await this.driver.state(this.source);
    return (await readFile(this.source)).subarray(0, end);
  }

  async attempt(request: Omit<BackupRequest, 'source' | 'lock'>): Promise<Attempt> {
    await using lock = await lockRepository(this.repository, { command: 'test' });
    try {
      return await backup(this.engine, { source: this.source, lock, ...request });
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
      return { kind: 'refused', code: error.code, message: error.message };
    }
  }

  async removeOlder(): Promise<readonly string[]> {
    return removeOlderChains(this.engine, await readRepository(this.engine));
  }

  async repozo(...args: readonly string[]): Promise<{ readonly status: number; readonly stderr: string }> {
    return this.driver.repozo([...args, '-r', this.repository]);
  }

  /** All names but that of the lock, which stays. */
  async listing(): Promise<readonly string[]> {
    const names = await readdir(this.repository);
    return names.filter((name) => name !== REPOSITORY_LOCK_NAME).sort();
  }

  async dataFiles(): Promise<readonly string[]> {
    const names = await this.listing();
    return names.filter((name) => parseDataName(name) !== undefined);
  }

  /** Nothing lies about that only a backup under way may leave. */
  async expectTidy(): Promise<void> {
    const names = await this.listing();
    expect(names.filter((name) => /tmp|held|set-aside/.test(name))).toEqual([]);
  }
}
