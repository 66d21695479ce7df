import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { temporaryDirectory } from '@holdfast/test-kit';
import { prepareArchive } from '../../src/archive/prepare-archive.js';
import type { BlobEngine } from '../../src/engine.js';
import type { BlobLayout } from '../../src/layout.js';
import type { BlobBackupRequest, BlobBackupSummary } from '../../src/request.js';
import { engine, writeBlobs } from './scene.js';

export interface ArchiveSite {
  readonly root: string;
  readonly source: string;
  readonly location: string;
}

/** A blob directory with three blobs, and an empty place for its archives. */
export async function archiveSite(
  numbers: readonly number[] = [0, 1, 300],
  layout: BlobLayout = 'bushy',
): Promise<ArchiveSite> {
  const root = await temporaryDirectory();
  const [source, location] = [join(root, 'blobstorage'), join(root, 'backups')];
  writeBlobs(source, numbers, layout);
  mkdirSync(location);
  return { root, source, location };
}

export type ArchiveWish = Partial<Omit<BlobBackupRequest, 'style'>> & {
  readonly rotated?: boolean;
  readonly gzip?: boolean;
  readonly incremental?: boolean;
};

export function archiveRequest(site: ArchiveSite, stamp: string, wish: ArchiveWish = {}): BlobBackupRequest {
  const { rotated = false, gzip = false, incremental = false, ...rest } = wish;
  const { source, location } = site;
  return { source, location, stamp, style: { kind: 'archive', rotated, gzip, incremental }, ...rest };
}

/** Makes and publishes an archive. */
export async function archive(
  site: ArchiveSite,
  stamp: string,
  wish: ArchiveWish = {},
  on: BlobEngine = engine,
): Promise<BlobBackupSummary> {
  await using prepared = await prepareArchive(on, archiveRequest(site, stamp, wish));
  await prepared.publish();
  return prepared.summary;
}

export function tar(...args: readonly string[]): string {
  // With --incremental it makes directories where it runs.
  const env = { ...process.env, LC_ALL: 'C.UTF-8' };
  return execFileSync('tar', [...args], { encoding: 'utf8', cwd: tmpdir(), env });
}

/** Restores a chain as the recipe does: with GNU tar, one archive after the other. */
export function gnuRestore(archives: readonly string[], target: string): void {
  mkdirSync(target);
  for (const path of archives) {
    const mode = path.endsWith('.gz') ? 'xzf' : 'xf';
    tar(mode, path, ...(archives.length > 1 ? ['--incremental'] : []), '-C', target);
  }
}

/** A tree of `treeOf` with whole seconds, as tar keeps them. */
export function inSeconds(tree: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tree).map(([path, line]) => [path, line.replace(/ (\d+)\d{3} /, ' $1 ')]),
  );
}
