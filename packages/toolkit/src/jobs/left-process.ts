import type { Clock } from '@holdfast/durable-fs';
import { livenessOf, type ProcessIdentity } from '@holdfast/lockfile';

/** It has seen the end of its pipe, and is about to end by itself. */
const PATIENCE_MS = 10_000;
const STEP_MS = 50;

/** Ends the process of a job of a server that was killed, and its group; returns when it is gone. */
export async function endLeftProcess(identity: ProcessIdentity, clock: Pick<Clock, 'sleep'>): Promise<void> {
  for (let waited = 0; (await livenessOf(identity)) === 'alive'; waited += STEP_MS) {
    if (waited === 0) signal(identity, 'SIGTERM');
    if (waited >= PATIENCE_MS) signal(identity, 'SIGKILL');
    if (waited >= 2 * PATIENCE_MS) return;
    await clock.sleep(STEP_MS);
  }
}

function signal({ pid }: ProcessIdentity, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch {
    // It has ended.
  }
}
