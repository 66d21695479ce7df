import { nodeLockFiles } from '@holdfast/durable-fs';
import { parseRecord } from './owner-record.js';
import { type Liveness, livenessOf, pidLiveness } from './process-identity.js';

/** What the text of a lock file says of its holder; the lock itself, not the text, is what counts. */
export interface RecordedHolder {
  readonly pid: number;
  readonly host: string | undefined;
  readonly command: string | undefined;
  /** ISO 8601; of a text that gives only a pid: when it was written. */
  readonly since: string;
  readonly liveness: Liveness;
}

/** `undefined` for a text that names nobody, or a holder that has given the lock back. */
export async function recordedHolder(path: string, text: string): Promise<RecordedHolder | undefined> {
  const record = parseRecord(text);
  if (record === undefined) return pidHolder(path, text);
  if (record.released !== undefined) return undefined;
  const { pid, host, command, since } = record.owner;
  return { pid, host, command, since, liveness: await livenessOf(record.owner) };
}

/** Barman's text and zc.lockfile's begin with a pid. */
async function pidHolder(path: string, text: string): Promise<RecordedHolder | undefined> {
  const digits = /^\s*(\d{1,10})(?!\d)/.exec(text)?.[1];
  const written = nodeLockFiles.lstat(path)?.mtimeMs;
  if (digits === undefined || written === undefined) return undefined;
  const pid = Number(digits);
  const since = new Date(written).toISOString();
  return { pid, host: undefined, command: undefined, since, liveness: await pidLiveness(pid, written) };
}
