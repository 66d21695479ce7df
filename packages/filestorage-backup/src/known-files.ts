import { type Chain, newestOf, pathTo } from './chain.js';
import type { Engine } from './engine.js';
import type { KnownHistory } from './history.js';
import { measureFile } from './measure.js';
import type { FileRecord } from './record.js';

/** Records of all files of a chain's newest state, made where they were missing. */
export interface KnownFiles {
  readonly files: readonly FileRecord[];
  /** Whether some had to be made, so that the chain's record is to be written. */
  readonly rebuilt: boolean;
  /** Why the newest state cannot be continued: a file of it is not what it should be. */
  readonly unreadable: string | undefined;
}

/** Reads those files of the newest state that Holdfast has no record of: written by repozo, or the record was lost. */
export async function knownFiles(engine: Engine, chain: Chain): Promise<KnownFiles> {
  const newest = newestOf(chain);
  const files: FileRecord[] = [];
  let rebuilt = false;
  for (const file of newest === undefined ? [] : pathTo(newest)) {
    if (file.record !== undefined) {
      files.push(file.record);
      continue;
    }
    const measured = await measureFile(engine, file, file);
    if ('unreadable' in measured) return { files, rebuilt, unreadable: measured.unreadable };
    files.push(measured);
    rebuilt = true;
  }
  return { files, rebuilt, unreadable: newest === undefined ? 'its full backup cannot be read' : undefined };
}

/** What a source must show to be the same history as these files. */
export function historyOf(files: readonly FileRecord[]): KnownHistory {
  const last = files.findLast((file) => (file.last?.oids.length ?? 0) > 0)?.last;
  return {
    landmarks: files.flatMap(({ landmarks }) => landmarks),
    last: last === undefined ? undefined : { tid: last.wrote ?? last.tid, oids: last.oids },
  };
}
