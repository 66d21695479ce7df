import type { SnapshotLog } from '@holdfast/directorystorage';
import type { FastifyBaseLogger } from 'fastify';

/** Where it is told what was entered and left, and loudly what went wrong. */
export type KeeperLog = Pick<FastifyBaseLogger, 'debug' | 'info' | 'warn' | 'error'>;

/** What the parts say that are shared with `holdfast snapshot`. */
export function snapshotLog(log: KeeperLog, storage: string): SnapshotLog {
  return {
    message: (text) => log.info({ storage }, text),
    detail: (text) => log.debug({ storage }, text),
    warn: (text) => log.warn({ storage }, text),
  };
}
