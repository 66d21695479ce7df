import type { FastifyBaseLogger } from 'fastify';
import { atMost } from '../at-most.js';
import type { HeldSnapshot } from '../snapshots/snapshot-keeper.js';
import type { ToolkitStorage } from '../storages.js';
import type { Toolkit } from '../toolkit.js';
import { withoutPathsIn } from '../without-paths.js';
import { jobData } from './job-data.js';
import type { StorageData } from './schemas.js';

/** A Zope that does not answer must not hold up what else is known. */
const ASK_MS = 2000;

/** @param ask also asks the storage itself whether it is in a snapshot, not only what this server entered; told where that fails */
export async function storageData(
  toolkit: Toolkit,
  storage: ToolkitStorage,
  ask?: FastifyBaseLogger,
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
  ask: FastifyBaseLogger | undefined,
): Promise<StorageData['snapshot']> {
  const held = snapshots.held(name);
  if (held !== undefined) return heldData(held);
  if (ask === undefined) return null;
  const code = await atMost(snapshots.currentCode(name), ASK_MS).catch((err) => {
    ask.warn({ err, storage: name }, 'the snapshot of a storage could not be asked for');
    return null;
  });
  if (code === undefined)
    ask.warn({ storage: name }, 'a storage did not say in time whether it is in a snapshot');
  if (code === null || code === undefined) return null;
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
