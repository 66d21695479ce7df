import { join } from 'node:path';
import type { DirectoryEntry } from '@holdfast/durable-fs';
import { Breather } from './breathe.js';
import type { BlobEngine } from './engine.js';
import { type BlobEntry, directoryEntry, fileEntry } from './entry.js';
import { childPath, comparePaths, ROOT_PATH } from './manifest.js';

/** Something in a tree that is not carried: never followed, never opened. */
export interface RefusedEntry {
  readonly path: string;
  readonly reason: string;
}

type TreeEngine = Pick<BlobEngine, 'bulk' | 'signal'>;

/**
 * What lies in a tree, as a manifest of it would list it: for trees of the recipe's, which have none.
 *
 * @param onRefused told of links, FIFOs, devices, and of names that are not UTF-8
 */
export async function* walkEntries(
  { bulk, signal }: TreeEngine,
  root: string,
  onRefused: (refused: RefusedEntry) => void = () => {},
): AsyncGenerator<BlobEntry> {
  const breather = new Breather(signal);
  const waiting: { readonly path: string; readonly entries: readonly DirectoryEntry[]; at: number }[] = [];
  const enter = (path: string) => {
    const full = path === ROOT_PATH ? root : join(root, path);
    const stat = bulk.lstat(full);
    const entries = [...bulk.readDirectory(full)].sort((a, b) => comparePaths(a.name, b.name));
    waiting.push({ path, entries, at: 0 });
    return directoryEntry(path, stat);
  };
  yield enter(ROOT_PATH);
  for (let directory = waiting.at(-1); directory !== undefined; directory = waiting.at(-1)) {
    await breather.breathe();
    const entry = directory.entries[directory.at++];
    if (entry === undefined) {
      waiting.pop();
      continue;
    }
    const path = childPath(directory.path, entry.name);
    const reason = refusal(entry);
    if (reason !== undefined) onRefused({ path, reason });
    else if (entry.kind === 'directory') yield enter(path);
    else yield fileEntry(path, bulk.lstat(join(root, path)));
  }
}

/** Why an entry of a directory is not carried; undefined: it is. */
export function refusal({ name, kind }: DirectoryEntry): string | undefined {
  if (name.includes('\ufffd')) return 'its name is not UTF-8';
  if (kind === 'symlink') return 'it is a symbolic link';
  return kind === 'other' ? 'it is a FIFO, a socket or a device' : undefined;
}
