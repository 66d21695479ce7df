import type { StorageStatus } from '@holdfast/monitor';
import type { FastifyRequest } from 'fastify';
import { atMost } from './at-most.js';
import { errorBody } from './http-errors.js';
import type { ToolkitStorage } from './storages.js';
import type { Toolkit } from './toolkit.js';

/** How safe a storage is, as far as it could be read. */
export type SeenStatus =
  | { readonly kind: 'read'; readonly status: StorageStatus }
  | { readonly kind: 'not-backed-up' }
  | { readonly kind: 'failed'; readonly message: string; readonly hint: string };

/** The verdict on a storage whose status has failed. */
export const CANNOT_TELL = 'How safe this storage is cannot be told: its backups could not be read.';

/** The code of the snapshot that the storage says it is in; null: in none. A Zope may not answer. */
export type SeenCode =
  | { readonly kind: 'known'; readonly code: string | null }
  | { readonly kind: 'unknown'; readonly message: string };

/** For whom it is looked at. */
export interface Asker {
  readonly requestId: string;
  /** To the log, when something could not be read; whoever asks is told it in a sentence. */
  tell(error: unknown, what: string): void;
}

export function askerOf({ id, log }: Pick<FastifyRequest, 'id' | 'log'>, { name }: ToolkitStorage): Asker {
  return { requestId: id, tell: (err, what) => log.warn({ err, storage: name }, what) };
}

/** Never throws: what takes too long has failed, too (`StatusSource`). */
export async function seeStatus(
  { statuses, paths }: Pick<Toolkit, 'statuses' | 'paths'>,
  { name }: ToolkitStorage,
  { requestId, tell }: Asker,
): Promise<SeenStatus> {
  try {
    const status = await statuses.status(name);
    return status === undefined ? { kind: 'not-backed-up' } : { kind: 'read', status };
  } catch (error) {
    tell(error, 'the status of a storage could not be read');
    const { message, hint } = errorBody(error, requestId, paths);
    return { kind: 'failed', message, hint };
  }
}

/** A Zope that does not answer must not hold up what else is known, milliseconds. */
const ASK_MS = 2000;

/** Never throws. */
export async function seeCode(
  { snapshots, paths }: Pick<Toolkit, 'snapshots' | 'paths'>,
  { name }: ToolkitStorage,
  { requestId, tell }: Asker,
): Promise<SeenCode> {
  try {
    const code = await atMost(snapshots.currentCode(name), ASK_MS);
    if (code !== undefined) return { kind: 'known', code };
    tell(undefined, 'a storage did not say in time whether it is in a snapshot');
    return { kind: 'unknown', message: `it did not answer within ${ASK_MS / 1000} s.` };
  } catch (error) {
    tell(error, 'the snapshot of a storage could not be asked for');
    return { kind: 'unknown', message: errorBody(error, requestId, paths).message };
  }
}
