import { join } from 'node:path';
import { type DirectoryEntry, isTemporaryName } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import type { BlobBackup, ManifestHeader } from './blob-backup.js';
import type { BlobEngine } from './engine.js';
import { mergeByTime, withChains } from './location-order.js';
import { listPoolStates } from './location-pool.js';
import { RotatedManifests } from './location-rotated.js';
import { readManifestHeader } from './manifest-header.js';
import {
  ARCHIVE_MANIFEST,
  type BlobName,
  LATEST,
  OUTER_NAME,
  PARTIAL,
  parseBlobName,
  TREE_MANIFEST,
} from './names.js';

/** A place of blob backups as it was read. Of what is listed, only `backups`, `snapshotFiles`, `orphans` and `partial` are ours. */
export interface BlobLocation {
  /** Full path. */
  readonly path: string;
  /** Oldest first. */
  readonly backups: readonly BlobBackup[];
  /** What a killed run left, names. */
  readonly partial: readonly string[];
  /** Not ours: listed, never touched. Names. */
  readonly foreign: readonly string[];
  /** Named as ours, but no backup: why in words. */
  readonly damaged: readonly { readonly path: string; readonly reason: string }[];
  /** What the link `latest` says, as it stands there; undefined: there is none. */
  readonly latest: string | undefined;
  /** GNU tar's snapshot files: each goes with the plain archive of its stamp. */
  readonly snapshotFiles: readonly BlobName[];
  /** Manifests whose archive is gone, or was moved on without them; names. */
  readonly orphans: readonly string[];
}

export interface ListBlobOptions {
  /**
   * What the sources are called whose backups lie here: besides theirs, what begins with `blobstorage.` or has a
   * manifest counts. Undefined: everything that is surely a backup, also names that have a stamp, or are a tree with
   * a directory of its own name in it.
   */
  readonly bases?: readonly string[];
}

/** Reads a blob location. One that does not exist is empty. Nothing is followed, nothing but first lines of manifests is read. */
export async function listBlobBackups(
  engine: Pick<BlobEngine, 'fs'>,
  location: string,
  options: ListBlobOptions = {},
): Promise<BlobLocation> {
  return await new LocationReader(engine, location, options).read();
}

/** What belongs to other parts of Holdfast: locks, records of sets. */
const OWN_FILES = /^\.holdfast|\.holdfast-(?:set|keep|verified)$/;

class LocationReader {
  private readonly found: BlobBackup[] = [];
  private readonly partial: string[] = [];
  private readonly foreign: string[] = [];
  private readonly damaged: { path: string; reason: string }[] = [];
  private readonly snapshotFiles: BlobName[] = [];
  private readonly orphans: string[] = [];
  private latest: string | undefined;
  private names: ReadonlySet<string> = new Set();
  private rotated = RotatedManifests.NONE;

  constructor(
    private readonly engine: Pick<BlobEngine, 'fs'>,
    private readonly location: string,
    private readonly options: ListBlobOptions,
  ) {}

  async read(): Promise<BlobLocation> {
    const entries = await this.entries(this.location);
    this.names = new Set(entries.map(({ name }) => name));
    this.rotated = await RotatedManifests.read(this.engine, this.location, entries);
    for (const entry of entries) {
      if (!(await this.take(entry))) this.foreign.push(entry.name);
    }
    const { location: path, partial, foreign, damaged, latest, snapshotFiles } = this;
    const orphans = [...this.orphans, ...this.rotated.left()];
    const backups = withChains(mergeByTime(this.found));
    return { path, backups, partial, foreign, damaged, latest, snapshotFiles, orphans };
  }

  /** False: not ours. */
  private async take({ name, kind }: DirectoryEntry): Promise<boolean> {
    if (name.startsWith(PARTIAL) || isTemporaryName(name)) {
      this.partial.push(name);
      return true;
    }
    if (name === LATEST && kind === 'symlink') {
      this.latest = await this.engine.fs.readLink(join(this.location, name));
      return true;
    }
    if (OWN_FILES.test(name)) return true;
    const parsed = parseBlobName(name);
    if (parsed !== undefined) return await this.takeNamed(parsed, kind);
    const archive = name.endsWith(ARCHIVE_MANIFEST) ? name.slice(0, -ARCHIVE_MANIFEST.length) : undefined;
    const of = archive === undefined ? undefined : parseBlobName(archive);
    if (kind !== 'file' || of === undefined || of.kind === 'tree' || of.kind === 'snar') return false;
    if (of.number === undefined && !this.names.has(of.name)) this.orphans.push(name);
    return true;
  }

  private async takeNamed(name: BlobName, kind: DirectoryEntry['kind']): Promise<boolean> {
    if (name.kind === 'tree') return kind === 'directory' && (await this.takeTree(name));
    if (kind !== 'file' || !this.isOurs(name)) return false;
    if (name.kind === 'snar') this.snapshotFiles.push(name);
    else await this.takeArchive(name, name.kind);
    return true;
  }

  private isOurs({ base, stamp, name }: BlobName): boolean {
    const { bases } = this.options;
    if (base === OUTER_NAME || this.names.has(name + ARCHIVE_MANIFEST)) return true;
    // Many a foreign archive is called `notes-1.2.tar.gz`.
    return bases === undefined ? stamp !== undefined && !base.includes('.') : bases.includes(base);
  }

  private async takeTree(name: BlobName): Promise<boolean> {
    const path = join(this.location, name.name);
    const entries = await this.entries(path);
    const inner = entries.filter(({ kind }) => kind === 'directory').map((entry) => entry.name);
    const base = innerBase(name, inner);
    if (base === undefined) return false;
    const hasManifest = entries.some((entry) => entry.name === TREE_MANIFEST && entry.kind === 'file');
    const bases = this.options.bases ?? [name.base];
    if (!hasManifest && name.base !== OUTER_NAME && !bases.includes(name.base)) return false;
    const manifest = hasManifest ? join(path, TREE_MANIFEST) : undefined;
    const header = await this.headerOf(manifest);
    const tree: BlobBackup = {
      id: name.name,
      kind: 'tree',
      path,
      base,
      stamp: name.stamp ?? header?.stamp,
      number: name.number,
      modifiedMs: (await this.engine.fs.lstat(path)).mtimeMs,
      manifest,
      before: [],
    };
    this.found.push(tree);
    const pool = await listPoolStates(this.engine.fs, tree, entries);
    this.found.push(...pool.states);
    this.damaged.push(...pool.damaged);
    return true;
  }

  private async takeArchive(name: BlobName, kind: 'archive' | 'delta'): Promise<void> {
    const path = join(this.location, name.name);
    const { mtimeMs: modifiedMs } = await this.engine.fs.lstat(path);
    const manifestName = this.manifestOf(name);
    const manifest = manifestName === undefined ? undefined : join(this.location, manifestName);
    const header = name.stamp === undefined ? await this.headerOf(manifest) : undefined;
    const { base, number } = name;
    const stamp = name.stamp ?? header?.stamp;
    this.found.push({ id: name.name, kind, path, base, stamp, number, modifiedMs, manifest, before: [] });
  }

  /** Name of the manifest of an archive. */
  private manifestOf({ name, number }: BlobName): string | undefined {
    if (number !== undefined) return this.rotated.of(name);
    return this.names.has(name + ARCHIVE_MANIFEST) ? name + ARCHIVE_MANIFEST : undefined;
  }

  private async headerOf(manifest: string | undefined): Promise<ManifestHeader | undefined> {
    if (manifest === undefined) return undefined;
    const header = await readManifestHeader(this.engine.fs, manifest);
    if (header === undefined)
      this.damaged.push({ path: manifest, reason: 'its first line is not that of a manifest' });
    return header;
  }

  /** In the order of their names; none of a directory that does not exist. */
  private async entries(path: string): Promise<readonly DirectoryEntry[]> {
    try {
      const entries = await this.engine.fs.readDirectory(path);
      return [...entries].sort((a, b) => (a.name < b.name ? -1 : 1));
    } catch (error) {
      if (isHoldfastError(error, 'fs.not-found')) return [];
      throw error;
    }
  }
}

/** The directory in a tree that holds the blobs; undefined: it is no tree of blobs. */
function innerBase({ base }: BlobName, inner: readonly string[]): string | undefined {
  if (inner.includes(base)) return base;
  return base === OUTER_NAME && inner.length === 1 ? inner[0] : undefined;
}
