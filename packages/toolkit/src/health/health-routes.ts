import type { FastifyInstance } from 'fastify';

/** Whether the server can do its work now. */
export type Readiness = () => Promise<boolean>;

/** For those that start, stop and balance servers: no password is asked, and no more is told than yes or no. */
export function registerHealth(app: FastifyInstance, ready: Readiness): void {
  app.get('/healthz', async (_, reply) => reply.type('text/plain').send('ok\n'));
  app.get('/readyz', async (_, reply) => {
    const isReady = await ready();
    return reply
      .code(isReady ? 200 : 503)
      .type('text/plain')
      .send(isReady ? 'ready\n' : 'not ready\n');
  });
}
