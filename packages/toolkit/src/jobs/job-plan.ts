import { HoldfastError } from '@holdfast/errors';
import { type StorageBackups, storageNamed, type ToolkitStorage } from '../storages.js';
import type { JobKind, JobRequest } from './job-board.js';
import type { JobOrder } from './job-protocol.js';

export interface PlannedJob {
  readonly order: JobOrder;
  /** Jobs of the same key do not run at the same time. */
  readonly key: string;
}

const OF_ARCHIVES: ReadonlySet<JobKind> = new Set(['backup', 'fullbackup', 'verify']);

/** @throws HoldfastError `toolkit.no-storage`, `toolkit.no-backups`, `toolkit.request`: a kind or level that the storage has not */
export function planJob(storages: readonly ToolkitStorage[], request: JobRequest): PlannedJob {
  const { kind, level, storage: name } = request;
  const { backups } = storageNamed(storages, name);
  if (backups === undefined)
    throw new HoldfastError('toolkit.no-backups', `'${name}' is not backed up by this server`);
  if (level !== undefined && kind !== 'verify')
    throw new HoldfastError('toolkit.request', `only verify has a level, ${kind} has none`);
  const what = { kind, ...(level !== undefined && { level }) };
  const key = keyOf(backups);
  if (backups.kind === 'site') {
    const { configFile } = backups;
    return { order: { ...what, backups: { kind: 'site', configFile } }, key };
  }
  if (!OF_ARCHIVES.has(kind))
    throw new HoldfastError('toolkit.request', `the archives of '${name}' know no ${kind}`, {
      hint: `They know ${[...OF_ARCHIVES].join(', ')}.`,
    });
  if (level !== undefined)
    throw new HoldfastError('toolkit.request', `the check of '${name}' has no levels: it reads everything`);
  const { directory, prefix } = backups;
  return { order: { ...what, backups: { kind: 'archives', directory, prefix } }, key };
}

/** Of a job's `PlannedJob`. */
export function keyOf(backups: StorageBackups): string {
  return backups.kind === 'site' ? `site ${backups.configFile}` : `archives ${backups.directory}`;
}
