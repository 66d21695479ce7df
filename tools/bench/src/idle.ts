import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { setTimeout } from 'node:timers/promises';

const SAMPLE_MS = 500;
/** Of one processor. */
const QUIET = 0.1;

/** Waits until no other program uses the processors, at most `patienceMs`; at once where the system does not tell. */
export async function untilIdle(patienceMs: number): Promise<void> {
  const deadline = Date.now() + patienceMs;
  let idle = idleMs();
  while (idle !== undefined && Date.now() < deadline) {
    const since = Date.now();
    await setTimeout(SAMPLE_MS);
    const now = idleMs() ?? Number.POSITIVE_INFINITY;
    if (cpus().length - (now - idle) / (Date.now() - since) < QUIET) return;
    idle = now;
  }
}

/** Of all processors since the start of the machine (proc(5): idle and iowait of /proc/stat, in ticks of 10 ms). */
function idleMs(): number | undefined {
  try {
    const [, , , , idle, iowait] = readFileSync('/proc/stat', 'utf8')
      .split('\n')[0]!
      .split(/\s+/)
      .map(Number);
    return 10 * (idle! + iowait!);
  } catch {
    return undefined;
  }
}
