import { type Asker, seeCode, seeStatus } from '../see-storage.js';
import type { ToolkitStorage } from '../storages.js';
import type { Toolkit } from '../toolkit.js';
import type { SeenStorage } from './model/seen.js';

/** Gathers what the page shows of a storage. One part that fails, or does not answer in time, takes no other with it. */
export async function see(toolkit: Toolkit, storage: ToolkitStorage, asker: Asker): Promise<SeenStorage> {
  const { snapshots, jobs } = toolkit;
  const { name } = storage;
  const [status, snapshotCode] = await Promise.all([
    seeStatus(toolkit, storage, asker),
    seeCode(toolkit, storage, asker),
  ]);
  return {
    storage,
    status,
    snapshotCode,
    held: snapshots.held(name),
    jobs: jobs.list(name),
    busyWith: jobs.runningBeside(name),
  };
}
