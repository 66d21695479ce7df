import { cp, mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type FileSystem, nodeBulkFiles, nodeFileSystem } from '@holdfast/durable-fs';
import { type BackedUpState, type BackupRequest, backup, restoreToSink } from '@holdfast/filestorage-backup';
import { zlibCodec } from '@holdfast/gzip-members';
import { lockRepository } from '@holdfast/lockfile';
import {
  appendTransactions,
  FaultyFileSystem,
  FixedClock,
  sampleStorage,
  temporaryDirectory,
} from '@holdfast/test-kit';
import { applyRetention } from '../../src/retention/apply-retention.js';
import type { RetentionPlan } from '../../src/retention/plan.js';
import { planRetention } from '../../src/retention/plan-retention.js';
import type { RetentionPolicy } from '../../src/retention/policy.js';
import { engineOn, type World } from '../../src/run/world.js';
import type { SetPart, SetRecord } from '../../src/set-record.js';
import { partsOf } from '../../src/sets/assemble.js';
import type { SetPlaces } from '../../src/sets/places.js';
import { readSets } from '../../src/sets/read-sets.js';
import type { SetReading } from '../../src/sets/reading.js';
import { publishSetRecord } from '../../src/sets/set-store.js';

const codec = zlibCodec();

export interface SiteOptions {
  /** Names of storages, the main one last. Default: only `main`. */
  readonly storages?: readonly string[];
  readonly blobs?: boolean;
}

/** A site of one or more storages with their backup places; the clock stands still. */
export class BackupSite {
  readonly clock = new FixedClock();

  private constructor(
    readonly directory: string,
    readonly storages: readonly string[],
    readonly blobs: boolean,
  ) {}

  static async make({ storages = ['main'], blobs = false }: SiteOptions = {}): Promise<BackupSite> {
    const site = new BackupSite(await temporaryDirectory(), storages, blobs);
    for (const [index, name] of storages.entries()) {
      await mkdir(site.repository(name), { recursive: true });
      if (blobs) await mkdir(site.blobPlace(name), { recursive: true });
      await sampleStorage(nodeFileSystem, site.source(name), {
        documents: 2,
        transactions: 2,
        bodySize: 100,
        seed: index + 1,
      });
    }
    return site;
  }

  /** The same files in another directory, the clock where it is. */
  async copy(): Promise<BackupSite> {
    const site = new BackupSite(join(await temporaryDirectory(), 'copy'), this.storages, this.blobs);
    await cp(this.directory, site.directory, {
      recursive: true,
      preserveTimestamps: true,
      verbatimSymlinks: true,
    });
    site.clock.set(this.clock.now());
    return site;
  }

  source(storage = 'main'): string {
    return join(this.directory, `${storage}.fs`);
  }

  repository(storage = 'main'): string {
    return join(this.directory, 'backups', storage);
  }

  blobPlace(storage = 'main'): string {
    return join(this.directory, 'blobs', storage);
  }

  get places(): SetPlaces {
    return {
      kind: 'backup',
      record: this.repository(),
      storages: this.storages.map((name) => ({
        name,
        filestorage: this.repository(name),
        blobs: this.blobs ? this.blobPlace(name) : undefined,
      })),
    };
  }

  world(fs: FileSystem = nodeFileSystem, more: Partial<World> = {}): World {
    const bulk = fs instanceof FaultyFileSystem ? fs.bulk() : nodeBulkFiles;
    return { fs, bulk, clock: this.clock, codec: () => codec, ...more };
  }

  read(fs?: FileSystem): Promise<SetReading> {
    return readSets(this.world(fs), this.places);
  }

  /** Reads, plans and removes, all through `fs`. */
  async prune(policy: Partial<RetentionPolicy>, fs: FileSystem = nodeFileSystem): Promise<RetentionPlan> {
    const world = this.world(fs);
    const plan = await this.planPrune(policy, fs);
    await applyRetention(world, { plan, assertLocked: async () => {} });
    return plan;
  }

  async planPrune(policy: Partial<RetentionPolicy>, fs?: FileSystem): Promise<RetentionPlan> {
    const none = { keep: 1, keepBlobDays: 0, keepDaily: 0, keepWeekly: 0, keepMonthly: 0, keepYearly: 0 };
    return planRetention({
      reading: await this.read(fs),
      policy: { ...none, ...policy },
      now: this.clock.now(),
    });
  }

  /** The bytes of every storage of each set that is offered as whole, by id. */
  async restorable(): Promise<ReadonlyMap<string, readonly Buffer[]>> {
    const reading = await this.read();
    const found = new Map<string, readonly Buffer[]>();
    for (const set of reading.sets.filter(({ problems }) => problems.length === 0)) {
      const storages: Buffer[] = [];
      for (const { storage, moment } of partsOf(reading, set)) {
        const chunks: Uint8Array[] = [];
        const engine = engineOn(this.world(), this.repository(storage.name));
        await restoreToSink(engine, { moment: moment! }, async (chunk) => {
          chunks.push(Uint8Array.from(chunk));
        });
        storages.push(Buffer.concat(chunks));
      }
      found.set(set.id, storages);
    }
    return found;
  }

  /** Names of all that lies in the places, but for lock files. */
  async content(): Promise<readonly string[]> {
    const places = this.storages.flatMap((name) => [
      this.repository(name),
      ...(this.blobs ? [this.blobPlace(name)] : []),
    ]);
    const names = await Promise.all(
      places.map(async (place) => (await readdir(place)).map((name) => `${basename(place)}/${name}`)),
    );
    return names
      .flat()
      .filter((name) => !name.endsWith('.lock'))
      .sort();
  }

  grow(storage = 'main', seed = 2): Promise<unknown> {
    return appendTransactions(nodeFileSystem, this.source(storage), { transactions: 1, seed, bodySize: 100 });
  }

  bytes(storage = 'main'): Promise<Buffer> {
    return readFile(this.source(storage));
  }

  /** The filestorage backup of one storage, a second after whatever was before; no record of a set. */
  async backupStorage(storage = 'main', request: Partial<BackupRequest> = {}): Promise<BackedUpState> {
    this.clock.advance(1000);
    await using lock = await lockRepository(this.repository(storage), { command: 'test' });
    const engine = engineOn(this.world(), this.repository(storage));
    const { state } = await backup(engine, { source: this.source(storage), lock, ...request });
    return state!;
  }

  /** One whole run: every storage grows and is backed up, trees of blobs are made, the record is published. */
  async run({ full = false, grow = true, atMs = this.clock.now() + 1000 } = {}): Promise<SetRecord> {
    this.clock.set(atMs);
    const parts: SetPart[] = [];
    for (const storage of this.storages) {
      if (grow) await this.grow(storage, parts.length + 2);
      parts.push(await this.part(storage, await this.backupStorage(storage, { full })));
    }
    const id = parts
      .map(({ filestorage }) => filestorage!.name.slice(0, 19))
      .sort()
      .at(-1)!;
    const now = this.clock.now();
    const record: SetRecord = { version: 1, id, kind: 'backup', startedMs: now, finishedMs: now, parts };
    await publishSetRecord(nodeFileSystem, this.repository(), record);
    return record;
  }

  private async part(storage: string, state: BackedUpState): Promise<SetPart> {
    const { chain, lineage, kind, file, tid } = state;
    const { name, start, end, storedSize, transactions, md5 } = file;
    const filestorage = { name, chain, kind, start, end, storedSize, transactions, tid, lineage, md5 };
    if (!this.blobs) return { storage, filestorage, blobs: undefined };
    const id = await this.makeTree(storage, name.slice(0, 19));
    const counts = { files: 1, bytes: 5, addedFiles: 0, addedBytes: 0, missing: 0, missingBlobs: [] };
    return { storage, filestorage, blobs: { id, style: 'tree', ...counts, manifestSha256: 'x' } };
  }

  /** A tree as the recipe leaves it. */
  async makeTree(storage: string, suffix: string, modifiedMs = this.clock.now()): Promise<string> {
    const name = `blobstorage.${suffix}`;
    const directory = join(this.blobPlace(storage), name);
    await mkdir(join(directory, 'blobstorage'), { recursive: true });
    await writeFile(join(directory, 'blobstorage', '.layout'), 'bushy');
    await utimes(directory, modifiedMs / 1000, modifiedMs / 1000);
    return name;
  }
}
