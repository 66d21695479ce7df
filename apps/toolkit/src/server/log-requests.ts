import type { FastifyInstance } from 'fastify';

/** Those that are asked every few seconds. */
const OFTEN: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);

/** One line a request, without its query string, headers and body. */
export function logRequests(app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    const { method, originalUrl, ip } = request;
    const path = originalUrl.split('?', 1)[0]!.slice(0, 200);
    const { statusCode: status, elapsedTime } = reply;
    const level = OFTEN.has(path) && status < 400 ? 'debug' : 'info';
    request.log[level](
      { method, path, status, address: ip, milliseconds: Math.round(elapsedTime) },
      'answered',
    );
  });
}
