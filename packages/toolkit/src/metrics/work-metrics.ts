import { Counter, Gauge, type Registry } from 'prom-client';
import type { Job } from '../jobs/job-board.js';
import type { Toolkit } from '../toolkit.js';

type Work = Pick<Toolkit, 'jobs' | 'snapshots' | 'storages' | 'clock'>;

/** Jobs, and the snapshots that this server holds. @returns ends the counting */
export function countWork({ jobs, snapshots, storages, clock }: Work, registry: Registry): () => void {
  const ended = new Counter({
    name: 'holdfast_toolkit_jobs_total',
    help: 'Jobs that ended since the server started, by how they ended.',
    labelNames: ['storage', 'kind', 'state'],
    registers: [registry],
  });
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
    else if (running.delete(job.id)) ended.inc({ storage: job.storage, kind: job.kind, state: job.state });
  });
}
