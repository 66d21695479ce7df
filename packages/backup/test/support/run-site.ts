import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { blobPath } from '@holdfast/blob-snapshot';
import { type FileSystem, nodeBulkFiles, nodeFileSystem } from '@holdfast/durable-fs';
import { zlibCodec } from '@holdfast/gzip-members';
import {
  appendTransactions,
  commitBlobs,
  FaultyFileSystem,
  FixedClock,
  type SampleBlob,
  sampleStorage,
  temporaryDirectory,
} from '@holdfast/test-kit';
import { readConfiguration } from '../../src/config/read.js';
import type { Configuration, SetKind } from '../../src/config.js';
import { planRestore, type RestoreReport, restoreSet } from '../../src/restore/index.js';
import {
  type BackupRunRequest,
  type BackupRunResult,
  runBackup,
  type WhenDone,
} from '../../src/run/backup-run.js';
import { pruneUnderLocks } from '../../src/run/prune-run.js';
import { chooseRestore } from '../../src/run/restore-run.js';
import { type VerifyRunReport, verifySets } from '../../src/run/verify-run.js';
import type { World } from '../../src/run/world.js';
import type { BackupSet } from '../../src/set.js';
import { setPlaces } from '../../src/sets/places.js';
import { readSets } from '../../src/sets/read-sets.js';
import type { SetReading } from '../../src/sets/reading.js';

const codec = zlibCodec();
const CATALOG = `
[storages.catalog]
blob_storage = "var/blobstorage-catalog"
`;

/** How blobs can stand on disk: the name, and the lines of the `holdfast.toml`. */
export const STYLES = [
  ['trees', ''],
  ['a pool', 'blob_format = "pool"'],
  ['rotated trees', 'blob_timestamps = false'],
  ['archives', 'archive_blob = true\nincremental_blobs = true'],
] as const;

/** A simulated death loses nothing that was written, so a sweep need not wait for the disk; each sync stays a point. */
export const HASTY: FileSystem = { ...nodeFileSystem, syncDirectory: async () => {} };
const hastyBulk = { ...nodeBulkFiles, sync: () => {}, syncTree: async () => {} };

export interface RunSiteOptions {
  /** Lines of the `holdfast.toml`. */
  readonly toml?: string;
  /** A storage `catalog` beside the main one. */
  readonly catalog?: boolean;
  /** Layout lawn: few directories, so that a sweep has fewer points. */
  readonly lawn?: boolean;
}

export type Storage = 'main' | 'catalog';

/** A site with a configuration, storages and blob directories: what whole runs work on. The clock stands still. */
export class RunSite {
  readonly clock = new FixedClock();
  /** All blobs that were committed, by storage. */
  readonly committed: Record<Storage, SampleBlob[]> = { main: [], catalog: [] };

  private constructor(
    readonly directory: string,
    readonly options: RunSiteOptions,
  ) {}

  static async make(options: RunSiteOptions = {}): Promise<RunSite> {
    const site = new RunSite(await temporaryDirectory(), options);
    await mkdir(dirname(site.datafs()), { recursive: true });
    for (const [seed, storage] of site.storages.entries()) {
      const sample = { documents: 2, transactions: 2, bodySize: 100, seed: seed + 1 };
      await sampleStorage(nodeFileSystem, site.datafs(storage), sample);
      await site.commit(2, storage);
    }
    await site.configure(options.toml ?? '');
    return site;
  }

  /** The same files in another directory, the clock where it is. */
  async copy(): Promise<RunSite> {
    const site = new RunSite(join(await temporaryDirectory(), 'site'), this.options);
    await cp(this.directory, site.directory, {
      recursive: true,
      preserveTimestamps: true,
      verbatimSymlinks: true,
    });
    site.clock.set(this.clock.now());
    for (const storage of this.storages) site.committed[storage].push(...this.committed[storage]);
    return site;
  }

  /** The same site, the storage `catalog` taken out of its configuration. */
  async withoutCatalog(): Promise<RunSite> {
    const site = new RunSite(this.directory, { ...this.options, catalog: false });
    site.clock.set(this.clock.now());
    await site.configure(this.options.toml ?? '');
    return site;
  }

  get storages(): readonly Storage[] {
    return this.options.catalog === true ? ['catalog', 'main'] : ['main'];
  }

  async configure(toml: string): Promise<void> {
    const blobs = 'blob_storage = "var/blobstorage"\n';
    const text = `${blobs}${toml}\n${this.options.catalog === true ? CATALOG : ''}`;
    await writeFile(join(this.directory, 'holdfast.toml'), text);
  }

  config(): Promise<Configuration> {
    return readConfiguration(nodeFileSystem, { cwd: this.directory, env: { HOME: this.directory } });
  }

  path(...names: readonly string[]): string {
    return join(this.directory, 'var', ...names);
  }

  datafs(storage: Storage = 'main'): string {
    return this.path('filestorage', storage === 'main' ? 'Data.fs' : 'catalog.fs');
  }

  blobs(storage: Storage = 'main'): string {
    return this.path(storage === 'main' ? 'blobstorage' : 'blobstorage-catalog');
  }

  /** New blobs in one transaction. */
  async commit(count = 1, storage: Storage = 'main'): Promise<readonly SampleBlob[]> {
    const blobs = this.blobs(storage);
    const made = await commitBlobs({ datafs: this.datafs(storage), blobs, count, size: 300 });
    const placed = this.options.lawn === true ? made.map((blob) => toLawn(blobs, blob)) : made;
    if (this.options.lawn === true) {
      rmSync(join(blobs, '0x00'), { recursive: true, force: true });
      await writeFile(join(blobs, '.layout'), 'lawn');
    }
    this.committed[storage].push(...placed);
    return placed;
  }

  /** A transaction without a blob. */
  grow(storage: Storage = 'main'): Promise<unknown> {
    return appendTransactions(nodeFileSystem, this.datafs(storage), { transactions: 1, bodySize: 100 });
  }

  world(fs: FileSystem = nodeFileSystem, more: Partial<World> = {}): World {
    const bulk = fs instanceof FaultyFileSystem ? fs.bulk(hastyBulk) : nodeBulkFiles;
    return { fs, bulk, clock: this.clock, codec: () => codec, ...more };
  }

  /** Does not wait for the disk. */
  hasty(): World {
    return this.world(new FaultyFileSystem(HASTY));
  }

  async request(more: Partial<BackupRunRequest> = {}): Promise<BackupRunRequest> {
    const config = await this.config();
    return { config, kind: 'backup', command: 'holdfast backup', hookOutput: 'stderr', ...more };
  }

  /** One run, a second after whatever was before. */
  async run(
    more: Partial<BackupRunRequest> = {},
    world: World = this.world(),
    whenDone?: WhenDone,
  ): Promise<BackupRunResult> {
    this.clock.advance(1000);
    return await runBackup(world, await this.request(more), whenDone);
  }

  /** With retention at its end, as the command line does it. */
  async runAndPrune(
    more: Partial<BackupRunRequest> = {},
    world: World = this.world(),
  ): Promise<BackupRunResult> {
    const config = await this.config();
    return await this.run(more, world, async (_, assertLocked) => {
      await pruneUnderLocks(world, config, more.kind ?? 'backup', assertLocked);
    });
  }

  async read(kind: SetKind = 'backup'): Promise<SetReading> {
    return await readSets(this.world(), setPlaces(await this.config(), kind));
  }

  /** Sets that are offered as whole, oldest first. */
  async offered(kind: SetKind = 'backup'): Promise<readonly BackupSet[]> {
    const { sets } = await this.read(kind);
    return sets.filter(({ problems }) => problems.length === 0);
  }

  async verify(level: 'quick' | 'stored' | 'deep', kind: SetKind = 'backup'): Promise<VerifyRunReport> {
    return await verifySets(this.world(), { config: await this.config(), kind, level });
  }

  /** Restores a set to a new directory, which is returned. */
  async restore(wanted?: string, kind: SetKind = 'backup'): Promise<Restored> {
    const to = join(await temporaryDirectory(), 'restored');
    const world = this.hasty();
    const choice = { config: await this.config(), from: kind, wanted };
    const chosen = await chooseRestore(world, choice, { to });
    const report = await restoreSet(world, await planRestore(world, chosen.request));
    return { to, report, set: chosen.set };
  }
}

export interface Restored {
  readonly to: string;
  readonly report: RestoreReport;
  readonly set: BackupSet;
}

function toLawn(blobs: string, blob: SampleBlob): SampleBlob {
  const path = blobPath('lawn', blob);
  mkdirSync(dirname(join(blobs, path)), { recursive: true, mode: 0o700 });
  renameSync(join(blobs, blob.path), join(blobs, path));
  return { ...blob, path };
}

/** All files below a directory: bytes, mode and time of modification; `links` also counts names. */
export function contentOf(root: string, { links = false } = {}): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { name, parentPath } of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = join(parentPath, name);
    const stat = lstatSync(path);
    if (stat.isSymbolicLink() || name.endsWith('.lock')) continue;
    const what = stat.isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : 'directory';
    const count = links && stat.isFile() ? ` ${stat.nlink}` : '';
    found[path.slice(root.length + 1)] =
      `${(stat.mode & 0o7777).toString(8)} ${Math.floor(stat.mtimeMs)} ${what}${count}`;
  }
  return found;
}

/** Takes a blob away from a directory as a pack does. */
export function removeBlob(directory: string, { path }: SampleBlob): void {
  const file = join(directory, path);
  chmodSync(file, 0o600);
  rmSync(file);
}
