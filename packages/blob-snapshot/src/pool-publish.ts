import { dirname, join } from 'node:path';
import type { BlobBackup } from './blob-backup.js';
import { Breather } from './breathe.js';
import type { BlobEngine } from './engine.js';
import { contentOf } from './entries.js';
import type { BlobDirectory, BlobEntry } from './entry.js';
import { poolManifestName } from './names.js';
import { STAGED_MANIFEST } from './pool-leftovers.js';
import { stagedName } from './pool-stage.js';
import { setLatest } from './publish-location.js';
import { removeTree } from './remove-tree.js';
import { finishDirectory, statOf } from './tree-copy.js';

export interface StagedState {
  readonly staging: string;
  /** The newest state of the tree. */
  readonly previous: BlobBackup;
  readonly stamp: string;
  /** Those of the manifest; a file's number in it is its name in the staging directory. */
  readonly entries: readonly BlobEntry[];
}

/** Directories up to so many are synced one by one. */
const FEW = 64;

/**
 * Moves the staged files into the tree, then the manifest: with that the state is there. Until then the files are more
 * than any state names, and the next run takes them out again.
 */
export async function publishState(engine: BlobEngine, location: string, state: StagedState): Promise<void> {
  const { fs, failpoint } = engine;
  const tree = state.previous.path;
  await moveFiles(engine, state);
  await failpoint?.('moved-blobs');
  await fs.rename(join(state.staging, STAGED_MANIFEST), join(tree, poolManifestName(state.stamp)));
  await fs.syncDirectory(tree);
  await failpoint?.('published-state');
  await removeTree(engine, state.staging);
  const name = tree.slice(dirname(tree).length + 1);
  if (state.previous.number === undefined) await setLatest(engine, location, name);
}

async function moveFiles(engine: BlobEngine, { staging, previous, entries }: StagedState): Promise<void> {
  const { bulk, signal } = engine;
  const breather = new Breather(signal);
  const inner = contentOf(previous);
  for (const [number, { kind, path, mode }] of entries.entries()) {
    await breather.breathe();
    const to = join(inner, path);
    if (kind === 'file') bulk.rename(stagedName(staging, number), to);
    else if (statOf(bulk, to) === undefined) bulk.makeDirectory(to, mode | 0o700);
  }
  const directories = entries.filter((entry): entry is BlobDirectory => entry.kind === 'directory');
  // Children before their parents.
  for (const directory of [...directories].reverse()) {
    const path = join(inner, directory.path);
    finishDirectory(engine, path, directory, bulk.lstat(path));
  }
  if (directories.length > FEW) return await bulk.syncTree(inner);
  for (const { path } of [...directories].reverse()) bulk.sync(join(inner, path));
}
