import swagger from '@fastify/swagger';
import { HoldfastError } from '@holdfast/errors';
import type { FastifyInstance } from 'fastify';
import { sendError } from '../http-errors.js';
import type { Toolkit } from '../toolkit.js';
import { jobRoutes } from './job-routes.js';
import { storageRoutes } from './storage-routes.js';
import { useZod } from './zod-schemas.js';

/** Bytes of a body. */
const LONGEST_BODY = 64 << 10;

/** The JSON API under `/api/v1` (docs/toolkit/api.md), in a scope of its own. */
export function registerApi(app: FastifyInstance, toolkit: Toolkit): void {
  app.register(
    async (api) => {
      await api.register(swagger, { openapi: documentOf(toolkit) });
      const { auth, paths } = toolkit;
      api.setErrorHandler((error, _, reply) => sendError(reply, error, paths));
      api.setNotFoundHandler((_, reply) =>
        sendError(
          reply,
          new HoldfastError('toolkit.request', 'the API has nothing at this address', {
            details: { status: 404 },
          }),
          paths,
        ),
      );
      // A form of another site can send no JSON: that it must be JSON keeps such forms out.
      api.removeAllContentTypeParsers();
      const parse = api.getDefaultJsonParser('error', 'error');
      const shape = { parseAs: 'string' as const, bodyLimit: LONGEST_BODY };
      api.addContentTypeParser<string>('application/json', shape, (request, body, done) => {
        const { 'content-encoding': encoding = 'identity' } = request.headers;
        return encoding === 'identity' ? parse(request, body, done) : done(compressed());
      });
      api.addHook('onRequest', async (request, reply) => {
        reply.header('cache-control', 'no-store');
        if (request.headers['sec-fetch-site'] === 'cross-site')
          throw new HoldfastError('toolkit.denied', 'the API is not for pages of other sites');
      });
      useZod(api);
      storageRoutes(api, toolkit);
      jobRoutes(api, toolkit);
      api.get(
        '/openapi.json',
        { onRequest: auth.require('read'), schema: { summary: 'This document.' } },
        async () => api.swagger(),
      );
    },
    { prefix: '/api/v1' },
  );
}

function compressed(): HoldfastError {
  return new HoldfastError('toolkit.request', 'a body must not be compressed', {
    hint: 'Send it without Content-Encoding.',
    details: { status: 415 },
  });
}

function documentOf({ title }: Toolkit) {
  return {
    openapi: '3.1.0',
    info: { title: `${title}: Holdfast toolkit server`, version: '1' },
    components: { securitySchemes: { basic: { type: 'http' as const, scheme: 'basic' } } },
    security: [{ basic: [] }],
  };
}
