import type { FastifyInstance } from 'fastify';

/** Says once that a proxy may have been forgotten: behind it all clients share one address, and wait for one who guesses. */
export function warnOfProxy(app: FastifyInstance, isTrusted: (address: string | undefined) => boolean): void {
  let told = false;
  app.addHook('onRequest', async (request) => {
    if (told || request.headers['x-forwarded-for'] === undefined) return;
    const { remoteAddress } = request.raw.socket;
    if (isTrusted(remoteAddress)) return;
    told = true;
    app.log.warn(
      { address: remoteAddress ?? 'unix' },
      'X-Forwarded-For came from an address that `trust_proxy` does not name, and is not looked at: where that is your proxy, name it',
    );
  });
}
