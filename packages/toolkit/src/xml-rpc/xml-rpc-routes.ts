import { HoldfastError } from '@holdfast/errors';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { fromOtherSite } from '../auth/other-site.js';
import { sendError, statusOf } from '../http-errors.js';
import { storageNamed, type ToolkitStorage } from '../storages.js';
import type { Toolkit } from '../toolkit.js';
import type { PathFilter } from '../without-paths.js';
import { decodeCall } from './decode-call.js';
import { dispatch } from './dispatch.js';
import { encodeFault, encodeResponse } from './encode.js';
import { badCall, FAULT, faultOf } from './faults.js';
import { XML_RPC_LIMITS } from './limits.js';
import { logFault } from './log-fault.js';

/** The XML-RPC calls: `POST /<storage>`, and `POST /RPC2` where there is one storage. In a scope of its own: it takes bodies of its own. */
export function xmlRpcRoutes(scope: FastifyInstance, toolkit: Toolkit): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: XML_RPC_LIMITS.body }, (_, body, done) =>
    done(null, body),
  );
  const { auth, paths, storages } = toolkit;
  scope.setErrorHandler((error, _, reply) =>
    statusOf(error) === 413 ? tooLong(reply, paths) : sendError(reply, error, paths),
  );
  // What was refused before its body was read must not be read to its end.
  scope.addHook('onSend', async (_, reply) => {
    if (reply.statusCode >= 400) reply.header('connection', 'close');
  });
  // Before the body: who may not ask does not make the server read.
  const onRequest = [auth.require('read'), onlyXml(paths)];
  scope.post<{ Params: { storage: string } }>('/:storage', { onRequest }, (request, reply) =>
    answer(toolkit, request, reply, () => storageNamed(storages, request.params.storage)),
  );
  scope.post('/RPC2', { onRequest }, (request, reply) =>
    answer(toolkit, request, reply, () => onlyStorage(toolkit)),
  );
}

async function answer(
  toolkit: Toolkit,
  request: FastifyRequest,
  reply: FastifyReply,
  storage: () => ToolkitStorage,
): Promise<FastifyReply> {
  const text = await answerText(toolkit, request, storage);
  return sendXml(reply, text);
}

async function answerText(
  toolkit: Toolkit,
  request: FastifyRequest,
  storage: () => ToolkitStorage,
): Promise<string> {
  const { id: requestId, log, body } = request;
  try {
    const call = decodeCall((body as Buffer | undefined) ?? new Uint8Array());
    const identity = toolkit.auth.identityOf(request);
    const context = { toolkit, storage: storage(), identity, requestId, log };
    return encodeResponse(await dispatch(context, call));
  } catch (error) {
    logFault(log, error);
    const { code, text } = faultOf(error, requestId, toolkit.paths);
    return encodeFault(code, text);
  }
}

/** A browser lets a page of another site send a body without a type, with the password of its user. */
function onlyXml(paths: PathFilter) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const error = refusal(request);
    if (error !== undefined) await sendError(reply, error, paths);
  };
}

function refusal(request: FastifyRequest): HoldfastError | undefined {
  const { 'content-type': type = 'text/xml', 'content-encoding': encoding = 'identity' } = request.headers;
  const [media = '', ...parameters] = type.toLowerCase().split(';');
  const charset = parameters.map((text) => /^\s*charset\s*=\s*"?([^"\s]*)/.exec(text)?.[1]).find(Boolean);
  if (!/^(?:text|application)\/xml$/.test(media.trim()))
    return unsupported('a call must have the type text/xml or application/xml');
  if (charset !== undefined && !/^(?:utf-?8|us-ascii)$/.test(charset))
    return unsupported('a call must be UTF-8');
  if (encoding !== 'identity') return unsupported('a call must not be compressed');
  if (!fromPage(request)) return undefined;
  return new HoldfastError('toolkit.denied', 'the request was made by a page of another site', {
    hint: 'These calls are for programs: send them without `Origin` and `Sec-Fetch-Site`.',
    details: { status: 403 },
  });
}

/** Programs send no `Origin`. One that a browser sends counts only where it has compared the sites itself: no page needs these calls. */
function fromPage(request: FastifyRequest): boolean {
  const { origin, 'sec-fetch-site': site } = request.headers;
  return fromOtherSite(request, []) || (origin !== undefined && site !== 'same-origin');
}

function unsupported(message: string): HoldfastError {
  return new HoldfastError('toolkit.request', message, {
    hint: 'See docs/toolkit/xml-rpc.md.',
    details: { status: 415 },
  });
}

function onlyStorage({ storages }: Toolkit): ToolkitStorage {
  const [storage] = storages;
  if (storage === undefined || storages.length > 1)
    throw new HoldfastError('toolkit.no-storage', '/RPC2 is for a server with one storage: call /<storage>');
  return storage;
}

function tooLong(reply: FastifyReply, paths: PathFilter): FastifyReply {
  const { code, text } = faultOf(
    badCall(FAULT.notXmlRpc, `The body is longer than ${XML_RPC_LIMITS.body} bytes`),
    reply.request.id,
    paths,
  );
  return sendXml(reply.code(413), encodeFault(code, text));
}

function sendXml(reply: FastifyReply, text: string): FastifyReply {
  return reply.type('text/xml; charset=utf-8').header('cache-control', 'no-store').send(text);
}
