import type { FastifyBaseLogger } from 'fastify';
import { statusOf } from '../http-errors.js';

/** A fault is an answer, so the HTTP log shows nothing of it. */
export function logFault(log: FastifyBaseLogger, error: unknown): void {
  if (statusOf(error) >= 500) log.error({ err: error }, 'an XML-RPC call failed');
  else
    log.info(
      { reason: error instanceof Error ? error.message : String(error) },
      'an XML-RPC call was answered with a fault',
    );
}
