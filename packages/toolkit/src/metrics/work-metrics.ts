import { Counter, Gauge, type Registry } from 'prom-client';
import { JOB_KINDS, type Job, type JobKind } from '../jobs/job-board.js';
import type { ToolkitStorage } from '../storages.js';
import type { Toolkit } from '../toolkit.js';

/** How a job can end. `interrupted`: the server of then was killed, and this one found the job at its start. */
const ENDS: readonly Job['state'][] = ['done', 'failed', 'cancelled', 'interrupted'];
const KINDS: Readonly<Record<'site' | 'archives', readonly JobKind[]>> = {
  site: JOB_KINDS,
  archives: ['backup', 'fullbackup', 'verify'],
};

type Work = Pick<Toolkit, 'jobs' | 'snapshots' | 'storages' | 'clock'>;

/** Jobs, and the snapshots that this server holds. @returns ends the counting */
export function countWork({ jobs, snapshots, storages, clock }: Work, registry: Registry): () => void {
  const ended = new Counter({
    name: 'holdfast_toolkit_jobs_total',
    help: 'Jobs that ended since the server started, or with the one before it, by how they ended.',
    labelNames: ['storage', 'kind', 'state'],
    registers: [registry],
  });
  beginWithZeros(ended, storages);
  new Gauge({
    name: 'holdfast_toolkit_jobs_running',
    help: 'Jobs that run now.',
    labelNames: ['storage'],
    registers: [registry],
    collect() {
      for (const { name } of storages) this.set({ storage: name }, 0);
      for (const { storage } of jobs.list().filter(({ state }) => state === 'running')) this.inc({ storage });
    },
  });
  new Gauge({
    name: 'holdfast_toolkit_snapshot_held_seconds',
    help: 'For how long the server has held a snapshot of the storage; 0: it holds none.',
    labelNames: ['storage'],
    registers: [registry],
    collect() {
      for (const { name } of storages) {
        const held = snapshots.held(name);
        const seconds = held === undefined ? 0 : Math.max(0, (clock.now() - held.enteredMs) / 1000);
        this.set({ storage: name }, seconds);
      }
    },
  });
  const running = new Set<string>();
  return jobs.subscribe((job: Job) => {
    if (job.state === 'running') running.add(job.id);
    else if (running.delete(job.id) || job.state === 'interrupted')
      ended.inc({ storage: job.storage, kind: job.kind, state: job.state });
  });
}

/** `increase()` sees no first step of a series that is not there before it. */
function beginWithZeros(
  ended: Counter<'storage' | 'kind' | 'state'>,
  storages: readonly ToolkitStorage[],
): void {
  for (const { name, backups } of storages) {
    if (backups === undefined) continue;
    for (const kind of KINDS[backups.kind])
      for (const state of ENDS) ended.inc({ storage: name, kind, state }, 0);
  }
}
