import { basename, join } from 'node:path';
import { exists, type FileSystem } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import type { BlobEngine } from './engine.js';
import { readManifestLines } from './manifest.js';
import { PARTIAL } from './names.js';
import { removeTree } from './remove-tree.js';

/** Name of the manifest of a later state until it is published. */
export const STAGED_MANIFEST = 'delta.holdfast';
const POOL = `${PARTIAL}pool-`;

/** The directory beside a tree in which its next state is made. */
export function stagingPath(location: string, treeName: string, base: string): string {
  return join(location, `${POOL}${treeName}@${base}`);
}

/**
 * Takes back what a state that was not published has moved into its tree, then removes its staging directory. Its manifest
 * names only files that no state had before. False: this is not a staging directory.
 */
export async function removePoolLeftovers(
  engine: BlobEngine,
  location: string,
  name: string,
): Promise<boolean> {
  if (!name.startsWith(POOL)) return false;
  const staging = join(location, name);
  const [tree = '', base = ''] = name.slice(POOL.length).split('@');
  const manifest = join(staging, STAGED_MANIFEST);
  // Without its manifest the state is published, or nothing has been moved yet.
  if (await exists(engine.fs, manifest)) {
    await takeBack(engine, manifest, join(location, basename(tree), basename(base)));
  }
  await removeTree(engine, staging);
  return true;
}

async function takeBack({ fs, bulk }: BlobEngine, manifest: string, inner: string): Promise<void> {
  for (const path of await filesOf(fs, manifest)) {
    try {
      bulk.unlink(join(inner, path));
    } catch (error) {
      if (!isHoldfastError(error, 'fs.not-found')) throw error;
    }
  }
}

/** None of a manifest that cannot be believed. */
async function filesOf(fs: FileSystem, manifest: string): Promise<readonly string[]> {
  const paths: string[] = [];
  try {
    for await (const lines of readManifestLines({ fs }, manifest)) {
      for (const line of lines) {
        if (line.kind === 'entry' && line.entry.kind === 'file') paths.push(line.path);
      }
    }
    return paths;
  } catch (error) {
    if (isHoldfastError(error, 'blobs.manifest')) return [];
    throw error;
  }
}
