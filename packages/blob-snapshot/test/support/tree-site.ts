import { lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryDirectory } from '@holdfast/test-kit';
import { entriesOf } from '../../src/entries.js';
import type { BlobEntry } from '../../src/entry.js';
import { backupOf, engine, writeBlobs } from './scene.js';

/** A blob directory with these blobs, and a place for its trees that is not made yet. */
export async function site(numbers: readonly number[] = [0, 1, 2], layout: 'bushy' | 'lawn' = 'bushy') {
  const root = await temporaryDirectory();
  const source = join(root, 'blobstorage');
  const location = join(root, 'backups');
  const paths = writeBlobs(source, numbers, layout);
  return { root, source, location, paths };
}

/** The blob directory in the tree of this stamp. */
export const inner = (location: string, stamp: string) =>
  join(location, `blobstorage.${stamp}`, 'blobstorage');

export const inode = (path: string) => lstatSync(path).ino;

/** What the manifest of the tree of this stamp lists. */
export async function entriesIn(location: string, stamp: string): Promise<BlobEntry[]> {
  const entries: BlobEntry[] = [];
  for await (const entry of entriesOf(engine, await backupOf(location, `blobstorage.${stamp}`)))
    entries.push(entry);
  return entries;
}

/** A file whose content is its path, with the directories above it. */
export function writeAt(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, path);
}
