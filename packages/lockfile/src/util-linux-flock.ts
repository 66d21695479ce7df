import { spawn } from 'node:child_process';
import type { Flock, LockAttempt, LockMode } from './flock.js';
import { unavailable } from './lock-error.js';

/** Where the descriptor arrives in the child: the first after standard error. */
const CHILD_DESCRIPTOR = '3';

/**
 * The program `flock` of util-linux, for machines without koffi. The descriptor is handed down; the lock belongs
 * to the open file, so it stays when the program ends. Some 5 ms a call.
 *
 * @throws when there is no such program
 */
export async function utilLinuxFlock(): Promise<Flock> {
  await run(['--version'], 'ignore');
  return {
    name: 'util-linux',
    async tryLock(descriptor, mode, path) {
      return toAttempt(await run(lockArguments(mode), descriptor), path);
    },
    async unlock(descriptor) {
      await run(['-u', CHILD_DESCRIPTOR], descriptor).catch(() => undefined);
    },
  };
}

function lockArguments(mode: LockMode): string[] {
  return ['-n', mode === 'shared' ? '-s' : '-x', CHILD_DESCRIPTOR];
}

interface Outcome {
  readonly status: number | null;
  readonly stderr: string;
}

/** A conflict is status 1 without a word; every other failure says something (in busybox also with status 1). */
function toAttempt({ status, stderr }: Outcome, path: string): LockAttempt {
  if (status === 0) return 'locked';
  if (status === 1 && stderr === '') return 'busy';
  throw unavailable(path, new Error(`flock ended with status ${status}: ${stderr.trim()}`));
}

function run(args: readonly string[], descriptor: number | 'ignore'): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn('flock', args, {
      stdio: ['ignore', 'ignore', 'pipe', descriptor],
      env: { ...process.env, LC_ALL: 'C' },
    });
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      if (stderr.length < 1000) stderr += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stderr }));
  });
}
