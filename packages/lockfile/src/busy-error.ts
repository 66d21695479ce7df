import { HoldfastError } from '@holdfast/errors';
import { parseRecord } from './owner-record.js';
import type { Liveness } from './process-identity.js';
import { type RecordedHolder, recordedHolder } from './recorded-holder.js';

/**
 * The error `lock.busy` that says who holds a lock, from the text in its file. Details: `pid`, `since`, `liveness`
 * and, where the text is a record of Holdfast's, `owner`; nothing where the text names nobody.
 */
export async function busy(path: string, text: string): Promise<HoldfastError> {
  const holder = await recordedHolder(path, text);
  if (holder === undefined) {
    return new HoldfastError('lock.busy', `${path} is locked by another process`, { path });
  }
  const { pid, since, liveness } = holder;
  const owner = parseRecord(text)?.owner;
  return new HoldfastError('lock.busy', `${path} is locked by ${describe(holder)}${REMARK[liveness]}`, {
    path,
    details: { pid, since, liveness, ...(owner === undefined ? {} : { owner }) },
  });
}

function describe({ command, pid, host, since }: RecordedHolder): string {
  const where = host === undefined ? '' : ` on ${host}`;
  return command === undefined
    ? `process ${pid} (since ${since})`
    : `'${command}' (process ${pid}${where}, since ${since})`;
}

const REMARK: Readonly<Record<Liveness, string>> = {
  alive: '',
  unknown: '',
  dead: '; that process is gone: a process that it started may hold the lock, or its lease has yet to run out',
  'pid-reused': '; that pid may be stale: another program has it now',
};
