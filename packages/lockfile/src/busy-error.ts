import { HoldfastError } from '@holdfast/errors';
import { type LockOwner, parseRecord } from './owner-record.js';
import { type Liveness, livenessOf } from './process-identity.js';

/** The error `lock.busy` that says who holds a lock, from the text in its file. */
export async function busy(path: string, text: string): Promise<HoldfastError> {
  const record = parseRecord(text);
  if (record === undefined || record.released !== undefined) {
    return new HoldfastError('lock.busy', `${path} is locked by another process`, { path });
  }
  const { owner } = record;
  const liveness = await livenessOf(owner);
  return new HoldfastError('lock.busy', `${path} is locked by ${describe(owner)}${REMARK[liveness]}`, {
    path,
    details: { owner, liveness },
  });
}

function describe({ command, pid, host, since }: LockOwner): string {
  return `'${command}' (process ${pid} on ${host}, since ${since})`;
}

const REMARK: Readonly<Record<Liveness, string>> = {
  alive: '',
  unknown: '',
  dead: '; that process is gone: a process that it started may hold the lock, or its lease has yet to run out',
  'pid-reused': '; that pid may be stale: another program has it now',
};
