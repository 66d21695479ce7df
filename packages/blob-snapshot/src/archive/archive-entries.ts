import type { BlobBackup } from '../blob-backup.js';
import type { BlobEngine } from '../engine.js';
import type { RefusedEntry } from '../entries-walk.js';
import type { BlobEntry } from '../entry.js';
import { ListedState } from './listed-state.js';
import { readTar } from './tar-reader.js';

/**
 * What an archive holds together with those before it, from the headers alone, in the order of a manifest. For archives
 * without manifests: all that they list is kept in memory.
 *
 * @throws HoldfastError `blobs.damaged`
 */
export async function* archiveEntries(
  engine: Pick<BlobEngine, 'fs' | 'signal'>,
  backup: BlobBackup,
  onRefused?: (refused: RefusedEntry) => void,
): AsyncGenerator<BlobEntry> {
  const state = new ListedState();
  for (const { path } of [...backup.before, backup]) {
    for await (const member of readTar(engine, path)) {
      if (member.kind === 'refused') onRefused?.({ path: member.path, reason: member.reason });
      else state.take(member);
    }
  }
  yield* state.entries();
}
