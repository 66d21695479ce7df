import underPressure from '@fastify/under-pressure';
import { HoldfastError } from '@holdfast/errors';
import type { FastifyInstance } from 'fastify';
import { sendError } from './http-errors.js';
import type { PathFilter } from './without-paths.js';

/** An event loop that is behind by more answers no new work, milliseconds. */
const MOST_DELAY_MS = 1_000;

/** 503 for all but the question whether the server lives, while it cannot keep up. */
export async function shedLoad(app: FastifyInstance, paths: PathFilter): Promise<void> {
  await app.register(underPressure, {
    maxEventLoopDelay: MOST_DELAY_MS,
    pressureHandler: (request, reply) => {
      if (request.routeOptions.url === '/healthz') return;
      const error = new HoldfastError('toolkit.server', 'the server has too much to do', {
        details: { status: 503 },
        hint: 'Try again in some seconds.',
      });
      sendError(reply.header('retry-after', '5'), error, paths);
    },
  });
}
