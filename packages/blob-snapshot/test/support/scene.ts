import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { nodeBulkFiles, nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import type { BlobBackup } from '../../src/blob-backup.js';
import type { BlobEngine } from '../../src/engine.js';
import { walkEntries } from '../../src/entries-walk.js';
import type { BlobEntry } from '../../src/entry.js';
import { type BlobLayout, blobPath } from '../../src/layout.js';
import { listBlobBackups } from '../../src/location.js';
import { comparePaths, ManifestWriter } from '../../src/manifest.js';

export const STAMPS = ['2026-11-18-02-00-00', '2026-11-19-02-00-00', '2026-11-20-02-00-00'] as const;

export const engine: BlobEngine = { fs: nodeFileSystem, bulk: nodeBulkFiles, clock: systemClock };

/** The oid and tid of the nth sample blob. */
export function sampleReference(n: number) {
  return {
    oid: (n + 1).toString(16).padStart(16, '0'),
    tid: `040d274a29${(n + 16).toString(16).padStart(6, '0')}`,
  };
}

/** Writes blobs as ZODB does: mode 0400 in directories 0700. Nothing is of the last second, which rsync cannot tell apart. */
export function writeBlobs(
  directory: string,
  numbers: readonly number[],
  layout: BlobLayout = 'bushy',
): string[] {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (!existsSync(join(directory, '.layout')))
    writeFileSync(join(directory, '.layout'), layout, { mode: 0o600 });
  return numbers.map((n) => {
    const path = blobPath(layout, sampleReference(n));
    const file = join(directory, path);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, `blob ${n} `.repeat(n + 1), { mode: 0o400 });
    const seconds = 1_760_000_000 + n * 61.25;
    utimesSync(file, seconds, seconds);
    for (let above = dirname(file); above.length >= directory.length; above = dirname(above)) {
      utimesSync(above, seconds + 1, seconds + 1);
    }
    return path;
  });
}

/** A tree with a manifest, as `prepareBlobs` leaves it. */
export async function makeTree(
  location: string,
  stamp: string,
  source: string,
  name = `blobstorage.${stamp}`,
) {
  const outer = join(location, name);
  mkdirSync(outer, { recursive: true, mode: 0o700 });
  cpSync(source, join(outer, 'blobstorage'), { recursive: true, preserveTimestamps: true });
  for await (const { path, mode, mtimeMs } of walkEntries(engine, source)) {
    chmodSync(join(outer, 'blobstorage', path), mode);
    nodeBulkFiles.utimes(join(outer, 'blobstorage', path), mtimeMs, mtimeMs);
  }
  await writeManifest(join(outer, 'manifest.holdfast'), stamp, source);
  return outer;
}

async function entriesIn(directory: string): Promise<BlobEntry[]> {
  const entries: BlobEntry[] = [];
  for await (const entry of walkEntries(engine, directory)) {
    entries.push(entry.kind === 'file' ? { ...entry, sha256: digest(join(directory, entry.path)) } : entry);
  }
  return entries;
}

async function writeManifest(path: string, stamp: string, source: string): Promise<void> {
  const header = {
    version: 1,
    stamp,
    base: undefined,
    dataEnd: 100,
    tid: undefined,
    excluded: undefined,
  } as const;
  const writer = await ManifestWriter.create(nodeFileSystem, path, header);
  for (const entry of await entriesIn(source)) writer.add(entry);
  await writer.finish();
  await writer.publish();
  await writer.dispose();
}

/** Adds a later state to a tree: new blobs, and a delta manifest that names them and their directories. */
export async function addPoolState(
  outer: string,
  {
    stamp,
    base,
    numbers,
  }: { readonly stamp: string; readonly base: string; readonly numbers: readonly number[] },
): Promise<string[]> {
  const content = join(outer, 'blobstorage');
  const before = new Map((await entriesIn(content)).map((entry) => [entry.path, JSON.stringify(entry)]));
  const paths = writeBlobs(content, numbers);
  const after = await entriesIn(content);
  const header = { version: 1, stamp, base, dataEnd: 200, tid: undefined, excluded: undefined } as const;
  const writer = await ManifestWriter.create(nodeFileSystem, join(outer, `${stamp}.delta.holdfast`), header);
  for (const entry of after.sort((a, b) => comparePaths(a.path, b.path)))
    if (before.get(entry.path) !== JSON.stringify(entry)) writer.add(entry);
  const files = after.filter(({ kind }) => kind === 'file');
  const bytes = files.reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.size : 0), 0);
  await writer.finish({ files: files.length, bytes });
  await writer.publish();
  await writer.dispose();
  return paths;
}

/** A location with a tree, two later states in it, and a new tree. */
export async function poolLocation(root: string): Promise<string> {
  const location = join(root, 'blobstoragebackups');
  const first = join(root, 'first');
  writeBlobs(first, [0, 1, 2]);
  const outer = await makeTree(location, STAMPS[0], first);
  await addPoolState(outer, { stamp: '2026-11-18-03-00-00', base: STAMPS[0], numbers: [3] });
  await addPoolState(outer, { stamp: '2026-11-18-04-00-00', base: '2026-11-18-03-00-00', numbers: [4, 5] });
  const second = join(root, 'second');
  writeBlobs(second, [1, 2, 3, 4, 5, 6]);
  await makeTree(location, STAMPS[1], second);
  symlinkSync(`blobstorage.${STAMPS[1]}`, join(location, 'latest'));
  return location;
}

export async function backupsIn(location: string): Promise<readonly BlobBackup[]> {
  return (await listBlobBackups(engine, location)).backups;
}

export async function backupOf(location: string, id: string): Promise<BlobBackup> {
  const found = (await backupsIn(location)).find((backup) => backup.id === id);
  if (found === undefined) throw new Error(`${location} has no ${id}`);
  return found;
}

/** Everything below a directory with what is to be kept of it. Owners are left out. */
export function treeOf(root: string, below = ''): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(join(root, below)).sort()) {
    const path = below === '' ? name : `${below}/${name}`;
    const stat = lstatSync(join(root, path));
    const what = stat.isSymbolicLink()
      ? `-> ${readlinkSync(join(root, path))}`
      : stat.isFile()
        ? digest(join(root, path))
        : stat.isDirectory()
          ? 'directory'
          : 'other';
    found[path] = `${(stat.mode & 0o7777).toString(8)} ${Math.floor(stat.mtimeMs)} ${what}`;
    if (stat.isDirectory()) Object.assign(found, treeOf(root, path));
  }
  return found;
}

function digest(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('base64');
}
