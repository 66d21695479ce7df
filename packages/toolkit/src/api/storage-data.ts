import type { HeldSnapshot } from '../snapshots/snapshot-keeper.js';
import type { ToolkitStorage } from '../storages.js';
import type { Toolkit } from '../toolkit.js';
import { withoutPathsIn } from '../without-paths.js';
import { jobData } from './job-data.js';
import type { StorageData } from './schemas.js';

/** @param ask also asks the storage itself whether it is in a snapshot, not only what this server entered */
export async function storageData(
  toolkit: Toolkit,
  storage: ToolkitStorage,
  ask: boolean,
): Promise<StorageData> {
  const { name, source, backups } = storage;
  const status = backups === undefined ? undefined : await toolkit.statuses.status(name);
  const running = toolkit.jobs.list(name).find(({ state }) => state === 'running');
  const { level, headline, reasons } = status?.verdict ?? {};
  return {
    name,
    kind: source.kind,
    backups: backups?.kind ?? null,
    snapshot: await snapshotData(toolkit, name, ask),
    job: running === undefined ? null : jobData(running),
    verdict:
      level === undefined || headline === undefined
        ? null
        : withoutPathsIn({ level, headline, reasons: [...(reasons ?? [])] }),
  };
}

async function snapshotData(
  { snapshots }: Toolkit,
  name: string,
  ask: boolean,
): Promise<StorageData['snapshot']> {
  const held = snapshots.held(name);
  if (held !== undefined) return heldData(held);
  const code = ask ? await snapshots.currentCode(name) : null;
  if (code === null) return null;
  return { code, by: null, entered: null, renewed: null, until: null, size: null, tid: null };
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
