import { join } from 'node:path';
import type { DirectoryEntry, FileSystem } from '@holdfast/durable-fs';
import type { BlobBackup } from './blob-backup.js';
import { readManifestHeader } from './manifest-header.js';
import { parsePoolManifestName, poolId } from './names.js';

interface PoolStates {
  /** Oldest first. */
  readonly states: readonly BlobBackup[];
  readonly damaged: readonly { readonly path: string; readonly reason: string }[];
}

/** The later states that share a tree. One that does not continue a state that is there, is none. */
export async function listPoolStates(
  fs: FileSystem,
  tree: BlobBackup,
  entries: readonly DirectoryEntry[],
): Promise<PoolStates> {
  const states: BlobBackup[] = [];
  const damaged: { path: string; reason: string }[] = [];
  if (tree.stamp === undefined || tree.manifest === undefined) return { states, damaged };
  const whole = new Map<string, BlobBackup>([[tree.stamp, tree]]);
  // By name, and so by stamp.
  for (const { name, kind } of entries) {
    const stamp = parsePoolManifestName(name);
    if (stamp === undefined || kind !== 'file') continue;
    const manifest = join(tree.path, name);
    const header = await readManifestHeader(fs, manifest);
    const base = header?.base === undefined ? undefined : whole.get(header.base);
    if (header === undefined || header.stamp !== stamp) {
      damaged.push({ path: manifest, reason: 'its first line is not that of its manifest' });
    } else if (base === undefined) {
      damaged.push({
        path: manifest,
        reason: `it continues ${header.base ?? 'nothing'}, which is not there`,
      });
    } else {
      const id = poolId(tree.id, stamp);
      const { mtimeMs: modifiedMs } = await fs.lstat(manifest);
      const before = base === tree ? [tree] : [...base.before, base];
      const state: BlobBackup = {
        ...tree,
        id,
        kind: 'pool',
        stamp,
        number: undefined,
        modifiedMs,
        manifest,
        before,
      };
      states.push(state);
      whole.set(stamp, state);
    }
  }
  return { states, damaged };
}
