import { type Clock, type LockFiles, systemClock } from '@holdfast/durable-fs';
import { LONGEST_TEXT, OpenLockFile } from './lock-file.js';
import { ownIdentity, type ProcessIdentity } from './process-identity.js';

/** Who holds a lock of Holdfast's own, as written into its file (docs/formats/locks.md, "Owner record"). */
export interface LockOwner extends ProcessIdentity {
  /** The command as the user knows it. */
  readonly command: string;
  /** When the lock was taken, ISO 8601, by the holder's clock. */
  readonly since: string;
}

export interface OwnerRecord {
  readonly owner: LockOwner;
  readonly kind: 'kernel' | 'lease';
  /** Of a lease: a random text that no other holder has. */
  readonly token?: string | undefined;
  /** When the lock was given back; a holder that was killed leaves none. */
  readonly released?: string | undefined;
}

/** So that a record always fits into a lock's text, though JSON writes a control character as six bytes. */
const LONGEST_COMMAND = 500;

export async function describeOwner(command: string, clock: Clock = systemClock): Promise<LockOwner> {
  const since = new Date(clock.now()).toISOString();
  return { ...(await ownIdentity()), command: command.slice(0, LONGEST_COMMAND), since };
}

export function formatRecord({ owner, kind, token, released }: OwnerRecord): string {
  return `${JSON.stringify({ holdfastLock: 1, ...owner, kind, token, released })}\n`;
}

/** For the holder of a lease, which has no open descriptor of the file. */
export function writeRecord(path: string, record: OwnerRecord, files?: LockFiles): void {
  const file = OpenLockFile.open(path, { make: true, mode: 0o600, orRead: false }, files);
  try {
    file.writeText(formatRecord(record));
  } finally {
    file.close();
  }
}

/** The record in a lock's text; `undefined` for any other text, also for one that a crash cut short. */
export function parseRecord(text: string): OwnerRecord | undefined {
  const value = parseObject(text);
  if (value?.holdfastLock !== 1) return undefined;
  const { host, pid, command, since, kind } = value;
  if (typeof host !== 'string' || typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0)
    return undefined;
  if (typeof command !== 'string' || typeof since !== 'string') return undefined;
  return {
    owner: {
      host,
      pid,
      processStart: optionalText(value.processStart),
      bootId: optionalText(value.bootId),
      command,
      since,
    },
    kind: kind === 'lease' ? 'lease' : 'kernel',
    token: optionalText(value.token),
    released: optionalText(value.released),
  };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!text.startsWith('{') || text.length > LONGEST_TEXT) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
