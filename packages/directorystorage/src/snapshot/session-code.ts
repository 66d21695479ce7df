/** The code of a session (docs/decisions/0050-snapshot-mode.md): it says by itself whose it is, so no file has to. */
import { randomBytes } from 'node:crypto';
import { livenessOf, ownIdentity, type ProcessIdentity } from '@holdfast/lockfile';

/** What a server puts before the code that it was sent. */
const USER = 'user/';
const NONCE_BYTES = 8;
const CODE = /^(.+)-(\d{1,10})-holdfast\.(\d{0,20})\.([0-9a-f-]{0,36})\.([0-9a-f]{16})$/;

/**
 * `<host>-<pid>-holdfast.<start of the process>.<boot id>.<nonce>`: DirectoryStorage's own form, and what tells this process
 * from a later one of the same number.
 */
export async function newSessionCode(): Promise<string> {
  const { host, pid, processStart, bootId } = await ownIdentity();
  const nonce = randomBytes(NONCE_BYTES).toString('hex');
  return `${host}-${pid}-holdfast.${processStart ?? ''}.${bootId ?? ''}.${nonce}`;
}

/** The process that made a code; undefined for codes that are not Holdfast's. */
export function processOf(code: string): ProcessIdentity | undefined {
  const match = CODE.exec(code);
  if (match === null) return undefined;
  const [, host = '', pid, processStart = '', bootId = ''] = match;
  return { host, pid: Number(pid), processStart: processStart || undefined, bootId: bootId || undefined };
}

/** What was sent, of what a server or `misc/snapshot` says. */
export function sentCode(shown: string): string {
  return shown.startsWith(USER) ? shown.slice(USER.length) : shown;
}

/** Whether a snapshot was entered by a Holdfast of this host that is gone: nobody else will leave it. */
export async function isLeftover(code: string): Promise<boolean> {
  const identity = processOf(code);
  if (identity === undefined) return false;
  const liveness = await livenessOf(identity);
  return liveness === 'dead' || liveness === 'pid-reused';
}
