import { errorBody } from '../http-errors.js';
import type { ToolkitStorage } from '../storages.js';
import type { Toolkit } from '../toolkit.js';
import type { SeenCode, SeenStatus, SeenStorage } from './model/seen.js';

/** A Zope that does not answer must not hold up the page of the others. */
const CODE_TIMEOUT_MS = 2000;

/** What is told to the log when something could not be read; the page says it in a sentence. */
export type Tell = (error: unknown, what: string) => void;

/** Gathers what the page shows of a storage. One part that fails takes no other with it. */
export async function see(
  { statuses, snapshots, jobs }: Toolkit,
  storage: ToolkitStorage,
  requestId: string,
  tell: Tell,
): Promise<SeenStorage> {
  const [status, snapshotCode] = await Promise.all([
    seeStatus(() => statuses.status(storage.name), requestId, tell),
    seeCode(() => snapshots.currentCode(storage.name), requestId, tell),
  ]);
  return { storage, status, snapshotCode, held: snapshots.held(storage.name), jobs: jobs.list(storage.name) };
}

async function seeStatus(
  read: () => ReturnType<Toolkit['statuses']['status']>,
  requestId: string,
  tell: Tell,
): Promise<SeenStatus> {
  try {
    const status = await read();
    return status === undefined ? { kind: 'not-backed-up' } : { kind: 'read', status };
  } catch (error) {
    tell(error, 'the status of a storage could not be read');
    const { message, hint } = errorBody(error, requestId);
    return { kind: 'failed', message, hint };
  }
}

async function seeCode(ask: () => Promise<string | null>, requestId: string, tell: Tell): Promise<SeenCode> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<SeenCode>((resolve) => {
    const message = `it did not answer within ${CODE_TIMEOUT_MS / 1000} s.`;
    timer = setTimeout(() => resolve({ kind: 'unknown', message }), CODE_TIMEOUT_MS);
  });
  try {
    return await Promise.race([ask().then((code): SeenCode => ({ kind: 'known', code })), late]);
  } catch (error) {
    tell(error, 'the snapshot of a storage could not be asked for');
    return { kind: 'unknown', message: errorBody(error, requestId).message };
  } finally {
    clearTimeout(timer);
  }
}
