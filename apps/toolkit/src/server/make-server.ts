import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { errorBody, isLoopback, pathFilter } from '@holdfast/toolkit';
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify';
import type { TlsPair } from './certificates.js';
import { limitConnections } from './connections-of-peer.js';
import { LIMITS, type Limits } from './limits.js';
import { logRequests } from './log-requests.js';
import { trustsProxy } from './trust-proxy.js';
import { warnOfProxy } from './warn-of-proxy.js';

export interface ServerOptions {
  readonly log: FastifyBaseLogger;
  /** Undefined: http. */
  readonly tls: TlsPair | undefined;
  readonly trustProxy: readonly string[];
  readonly limits?: Limits;
}

/** A fastify with the limits of this server, and no routes yet. */
export function makeServer({ log, tls, trustProxy, limits = LIMITS }: ServerOptions): FastifyInstance {
  const isTrusted = trustsProxy(trustProxy);
  const node = { connectionsCheckingInterval: limits.checkMs, maxHeaderSize: limits.headers };
  const options = {
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.body,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    maxRequestsPerSocket: limits.requestsOfConnection,
    // Entering what a restart left behind may mean to roll a journal forward.
    pluginTimeout: 300_000,
    requestIdHeader: false,
    genReqId: () => randomBytes(6).toString('hex'),
    trustProxy: trustProxy.length === 0 ? false : isTrusted,
    clientErrorHandler,
    rewriteUrl: ({ url = '/' }) => (canDecode(url) ? url : NOWHERE),
    // As long as an address can be: fastify answers longer ones by itself, without any hook.
    routerOptions: { maxParamLength: limits.headers },
  } as const;
  const app: FastifyInstance =
    tls === undefined
      ? fastify({ ...options, http: node })
      : (fastify({
          ...options,
          https: {
            ...node,
            cert: tls.certificate,
            key: tls.key,
            minVersion: 'TLSv1.2',
            handshakeTimeout: limits.headersMs,
          },
        }) as unknown as FastifyInstance);
  // Before the end of a handshake nothing can be answered.
  app.server.on('tlsClientError', (_: Error, socket: Socket) => socket.destroy());
  app.server.headersTimeout = limits.headersMs;
  app.server.maxConnections = limits.connections;
  const isExempt = (address: string | undefined) =>
    address === undefined || isLoopback(address) || isTrusted(address);
  limitConnections(app.server, { most: limits.connectionsOfPeer, isExempt }, log);
  logRequests(app);
  warnOfProxy(app, isTrusted);
  return app;
}

/** Where nothing is. */
const NOWHERE = '/no/address/that/can/be/decoded';

/** fastify answers those that cannot by itself, without any hook. */
function canDecode(url: string): boolean {
  try {
    decodeURIComponent(url.split('?', 1)[0]!);
    return true;
  } catch {
    return false;
  }
}

type ClientError = Error & { readonly code?: string };

const STATUSES: Readonly<Record<string, readonly [number, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout'],
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'Payload Too Large'],
};

/** What is no HTTP, or comes too slowly, has no request that could be answered: the answer is written to the socket. */
function clientErrorHandler(this: FastifyInstance, error: ClientError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const [status, text] = STATUSES[error.code ?? ''] ?? [400, 'Bad Request'];
  this.log.info({ status, reason: error.code, address: socket.remoteAddress }, 'not a request');
  const failure = Object.assign(new Error(text), { statusCode: status });
  const body = JSON.stringify({ error: errorBody(failure, '', pathFilter([])) });
  if (socket.writable) {
    socket.write(
      `HTTP/1.1 ${status} ${text}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
        `Content-Type: application/json; charset=utf-8\r\nConnection: close\r\n\r\n${body}`,
    );
  }
  socket.destroySoon();
}
