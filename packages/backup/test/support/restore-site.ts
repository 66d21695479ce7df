import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BlobBackup, listBlobBackups } from '@holdfast/blob-snapshot';
import { type FileSystem, nodeBulkFiles, nodeFileSystem } from '@holdfast/durable-fs';
import { backup, chooseMoment, readRepository } from '@holdfast/filestorage-backup';
import { zlibCodec } from '@holdfast/gzip-members';
import { lockRepository } from '@holdfast/lockfile';
import { FaultyFileSystem, FixedClock, sampleStorage, temporaryDirectory } from '@holdfast/test-kit';
import {
  blobSource,
  planRestore,
  type RestoreReport,
  type RestoreRequest,
  restoreSet,
  type StorageRestore,
} from '../../src/restore/index.js';
import { engineOn, type World } from '../../src/run/world.js';

const codec = zlibCodec();
const NAMES = ['catalog', 'main'] as const;
const STAMP = '2026-11-21-12-00-00';

/** A simulated death loses nothing that was written, so a sweep need not wait for the disk; each sync stays a point. */
export const HASTY: FileSystem = { ...nodeFileSystem, syncDirectory: async () => {} };
const hastyBulk = { ...nodeBulkFiles, syncTree: async () => {} };

export function worldOn(
  fs: FaultyFileSystem = new FaultyFileSystem(HASTY),
  more: Partial<World> = {},
): World {
  return { fs, bulk: fs.bulk(hastyBulk), clock: new FixedClock(), codec: () => codec, ...more };
}

/** Backups of two storages with their blobs, and what they hold. */
export class Backups {
  private constructor(
    readonly directory: string,
    private readonly blobs: ReadonlyMap<string, BlobBackup>,
  ) {}

  static async make(): Promise<Backups> {
    const directory = await temporaryDirectory();
    const blobs = new Map<string, BlobBackup>();
    for (const [seed, name] of NAMES.entries()) {
      const source = join(directory, 'new', name);
      await mkdir(source, { recursive: true });
      await sampleStorage(nodeFileSystem, join(source, 'Data.fs'), {
        documents: 2,
        transactions: 3,
        bodySize: 100,
        seed: seed + 1,
      });
      // Few directories: a sweep stops at each call of their making. Whether the pair fits is not looked at here.
      await mkdir(join(source, 'blobs', '0x01'), { recursive: true, mode: 0o700 });
      await writeFile(join(source, 'blobs', '.layout'), 'lawn');
      await writeFile(join(source, 'blobs', '0x01', `0x040d27-${name}.blob`), `a blob of ${name}`, {
        mode: 0o400,
      });
      const repository = join(directory, 'backups', name);
      await mkdir(repository, { recursive: true });
      await using lock = await lockRepository(repository, { command: 'test' });
      await backup(engineOn(worldOn(), repository), { source: join(source, 'Data.fs'), lock });
      const location = join(directory, 'blobbackups', name);
      const tree = join(location, `blobstorage.${STAMP}`, 'blobstorage');
      await cp(join(source, 'blobs'), tree, { recursive: true, preserveTimestamps: true });
      blobs.set(name, (await listBlobBackups(worldOn(), location)).backups[0]!);
    }
    return new Backups(directory, blobs);
  }

  /** What each storage restores to. */
  async content(names: readonly string[] = NAMES): Promise<State> {
    const state: Record<string, StorageState> = {};
    for (const name of names) {
      const source = join(this.directory, 'new', name);
      state[name] = await stateOf(join(source, 'Data.fs'), join(source, 'blobs'));
    }
    return state;
  }

  async storages(site: Site, world: World): Promise<readonly StorageRestore[]> {
    const storages: StorageRestore[] = [];
    for (const name of site.names) {
      const engine = engineOn(world, join(this.directory, 'backups', name));
      const moment = chooseMoment(await readRepository(engine), undefined);
      const blobs = await blobSource(world, this.blobs.get(name)!);
      storages.push({ name, ...site.places(name), filestorage: { engine, moment }, blobs });
    }
    return storages;
  }

  async restore(
    site: Site,
    fs = new FaultyFileSystem(),
    more: Partial<RestoreRequest> = {},
    world = worldOn(fs),
  ): Promise<RestoreReport> {
    const storages = await this.storages(site, world);
    return restoreSet(world, await planRestore(world, { storages, ...more }));
  }
}

/** Digests of the bytes of a `Data.fs` and of what lies in a blob directory, by path. */
export interface StorageState {
  readonly data: string;
  readonly blobs: Readonly<Record<string, string>>;
}

export type State = Readonly<Record<string, StorageState>>;

/** A site with older files in the places of both storages. */
export class Site {
  private constructor(
    readonly directory: string,
    readonly names: readonly string[] = NAMES,
  ) {}

  static async make(names: readonly string[] = NAMES): Promise<Site> {
    const site = new Site(await temporaryDirectory(), names);
    for (const name of names) {
      const { datafs, blobStorage } = site.places(name);
      await mkdir(join(site.directory, 'filestorage'), { recursive: true });
      await writeFile(datafs, `FS30 the old file of ${name}`, { mode: 0o640 });
      await writeFile(`${datafs}.index`, 'the old index');
      await writeFile(`${datafs}.lock`, '');
      await mkdir(join(blobStorage, '0x00'), { recursive: true, mode: 0o750 });
      await writeFile(join(blobStorage, '.layout'), 'bushy');
      await writeFile(join(blobStorage, '0x00', `old-${name}.blob`), `an old blob of ${name}`);
    }
    return site;
  }

  /** An empty place. */
  static async empty(): Promise<Site> {
    const site = new Site(await temporaryDirectory());
    await mkdir(join(site.directory, 'filestorage'));
    return site;
  }

  places(name: string): { readonly datafs: string; readonly blobStorage: string } {
    const file = name === 'main' ? 'Data.fs' : `${name}.fs`;
    const blobs = name === 'main' ? 'blobstorage' : `blobstorage-${name}`;
    return { datafs: join(this.directory, 'filestorage', file), blobStorage: join(this.directory, blobs) };
  }

  get all() {
    return this.names.map((name) => ({ name, ...this.places(name) }));
  }

  async state(): Promise<State> {
    const state: Record<string, StorageState> = {};
    for (const { name, datafs, blobStorage } of this.all) state[name] = await stateOf(datafs, blobStorage);
    return state;
  }

  /** Names of everything that a restore makes for itself. */
  async leftovers(): Promise<readonly string[]> {
    const names = await readdir(this.directory, { recursive: true });
    return names.filter((name) => /\.holdfast-(restore|tmp)/.test(name));
  }
}

export async function stateOf(datafs: string, blobs: string): Promise<StorageState> {
  return { data: digest(await readFile(datafs)), blobs: await treeOf(blobs) };
}

async function treeOf(directory: string): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(directory.length + 1);
    if (/(^|\/)(\.holdfast-|lost\+found)/.test(name)) continue;
    found[name] = entry.isDirectory()
      ? 'directory'
      : entry.isSymbolicLink()
        ? await readlink(path)
        : digest(await readFile(path));
  }
  return found;
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}
