import type { BlobBackup } from './blob-backup.js';
import type { BlobEngine } from './engine.js';
import { entriesOf } from './entries.js';
import type { BlobLayout } from './layout.js';
import { manifestSha256 } from './manifest-digest.js';
import { Tally } from './prepare-tally.js';
import { Prepared } from './prepared.js';
import type { BlobBackupRequest, PreparedBlobs } from './request.js';

export interface FoundBackup {
  readonly layout: BlobLayout;
  readonly backup: BlobBackup;
  /** What a run that was killed may not have come to. */
  readonly publish: () => Promise<void>;
}

/** A backup of the very state is there already: nothing is made, and all of it is told as if it had been. */
export async function alreadyThere(
  engine: BlobEngine,
  request: BlobBackupRequest,
  { layout, backup, publish }: FoundBackup,
): Promise<PreparedBlobs> {
  let [files, bytes] = [0, 0];
  for await (const entry of entriesOf(engine, backup)) {
    if (entry.kind !== 'file') continue;
    files += 1;
    bytes += entry.size;
    request.onEntry?.(entry);
  }
  const summary = new Tally(engine, request, layout).summary({
    id: backup.id,
    style: backup.kind,
    total: { files, bytes },
    cannotLink: undefined,
    manifestSha256: backup.manifest === undefined ? '' : await manifestSha256(engine, backup.manifest),
  });
  return new Prepared(summary, {
    publish: request.dryRun === true ? async () => {} : publish,
    discard: async () => {},
  });
}
