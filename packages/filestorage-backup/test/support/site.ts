import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileSystem, nodeFileSystem } from '@holdfast/durable-fs';
import { zlibCodec } from '@holdfast/gzip-members';
import { lockRepository } from '@holdfast/lockfile';
import { appendTransactions, FixedClock, sampleStorage, temporaryDirectory } from '@holdfast/test-kit';
import {
  type BackupRequest,
  type BackupResult,
  backup,
  chooseMoment,
  type Engine,
  LocalStore,
  moments,
  readRepository,
  restoreToSink,
  type VerifyReport,
  verify,
} from '../../src/index.js';

const codec = zlibCodec();

/** A directory with a `Data.fs` and a repository, and what tests do with them. The clock stands still. */
export class Site {
  readonly clock = new FixedClock();

  private constructor(readonly directory: string) {}

  static async make(): Promise<Site> {
    const site = new Site(await temporaryDirectory());
    await mkdir(site.repository);
    await sampleStorage(nodeFileSystem, site.source, { documents: 4, transactions: 6, bodySize: 300 });
    return site;
  }

  /** The same files in another directory, the clock where it is. */
  async copy(): Promise<Site> {
    const site = new Site(join(await temporaryDirectory(), 'copy'));
    await cp(this.directory, site.directory, { recursive: true, preserveTimestamps: true });
    site.clock.set(this.clock.now());
    return site;
  }

  get source(): string {
    return join(this.directory, 'Data.fs');
  }

  get repository(): string {
    return join(this.directory, 'backups');
  }

  /** The bytes of the source now. */
  async bytes(): Promise<Buffer> {
    return readFile(this.source);
  }

  async write(bytes: Uint8Array): Promise<void> {
    await writeFile(this.source, bytes);
  }

  /** Appends transactions; `startTimeMs` gives them tids of their own. */
  async grow(transactions = 3, seed = 2, startTimeMs?: number): Promise<Buffer> {
    const when = startTimeMs === undefined ? {} : { startTimeMs };
    await appendTransactions(nodeFileSystem, this.source, { transactions, seed, bodySize: 300, ...when });
    return this.bytes();
  }

  engine(fs: FileSystem = nodeFileSystem, more: Partial<Engine> = {}): Engine {
    const { clock } = this;
    return { fs, store: new LocalStore(fs, this.repository), clock, codec: () => codec, ...more };
  }

  /** One backup under the real lock, a second after whatever was before. */
  async backup(request: Partial<BackupRequest> = {}, engine = this.engine()): Promise<BackupResult> {
    this.clock.advance(1000);
    await using lock = await lockRepository(this.repository, { command: 'test' });
    return await backup(engine, { source: this.source, lock, ...request });
  }

  /** The newest restorable state at or before a stamp. */
  async restore(at?: string): Promise<Buffer> {
    const engine = this.engine();
    return this.restoreMoment(chooseMoment(await readRepository(engine), at));
  }

  /** Every restorable state, oldest first. */
  async restoreAll(): Promise<readonly Buffer[]> {
    const all = moments(await readRepository(this.engine()));
    return Promise.all(all.map((moment) => this.restoreMoment(moment)));
  }

  async verify(level: 'quick' | 'stored' | 'deep' = 'deep'): Promise<VerifyReport> {
    return verify(this.engine(), { level });
  }

  private async restoreMoment(
    moment: ReturnType<typeof chooseMoment> | ReturnType<typeof moments>[number],
  ): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    await restoreToSink(this.engine(), { moment }, async (chunk) => {
      parts.push(Uint8Array.from(chunk));
    });
    return Buffer.concat(parts);
  }
}
