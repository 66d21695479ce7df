import { type Asker, CANNOT_TELL, type SeenStatus, seeCode, seeStatus } from '../see-storage.js';
import type { HeldSnapshot } from '../snapshots/snapshot-keeper.js';
import type { ToolkitStorage } from '../storages.js';
import type { Toolkit } from '../toolkit.js';
import type { PathFilter } from '../without-paths.js';
import { jobData } from './job-data.js';
import type { StorageData } from './schemas.js';

/**
 * Never throws: a storage that cannot be read takes no other with it.
 *
 * @param ask also asks the storage itself whether it is in a snapshot, not only what this server entered
 */
export async function storageData(
  toolkit: Toolkit,
  storage: ToolkitStorage,
  asker: Asker,
  ask: boolean,
): Promise<StorageData> {
  const { name, source, backups } = storage;
  const [status, snapshot] = await Promise.all([
    seeStatus(toolkit, storage, asker),
    snapshotData(toolkit, storage, asker, ask),
  ]);
  const running = toolkit.jobs.runningBeside(name);
  return {
    name,
    kind: source.kind,
    backups: backups?.kind ?? null,
    snapshot,
    job: running === undefined ? null : jobData(running),
    verdict: verdictData(status, toolkit.paths),
  };
}

function verdictData(seen: SeenStatus, paths: PathFilter): StorageData['verdict'] {
  if (seen.kind === 'not-backed-up') return null;
  if (seen.kind === 'failed')
    return { level: 'danger', headline: CANNOT_TELL, reasons: [seen.message, seen.hint] };
  const { level, headline, reasons } = seen.status.verdict;
  return paths.data({ level, headline, reasons: [...reasons] });
}

async function snapshotData(
  toolkit: Toolkit,
  storage: ToolkitStorage,
  asker: Asker,
  ask: boolean,
): Promise<StorageData['snapshot']> {
  const held = toolkit.snapshots.held(storage.name);
  if (held !== undefined) return heldData(held);
  if (!ask) return null;
  const seen = await seeCode(toolkit, storage, asker);
  if (seen.kind === 'unknown' || seen.code === null) return null;
  return { code: seen.code, by: null, entered: null, renewed: null, until: null, size: null, tid: null };
}

/** Without the path of the frozen file: that is told only to whoever entered. */
function heldData({
  code,
  by,
  enteredMs,
  renewedMs,
  untilMs,
  frozen,
}: HeldSnapshot): StorageData['snapshot'] {
  return {
    code,
    by,
    entered: new Date(enteredMs).toISOString(),
    renewed: new Date(renewedMs).toISOString(),
    until: new Date(untilMs).toISOString(),
    size: frozen?.size ?? null,
    tid: frozen?.tid ?? null,
  };
}
