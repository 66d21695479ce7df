import { HoldfastError } from '@holdfast/errors';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendErrorPage } from '../page/send-error-page.js';
import { storageNamed } from '../storages.js';
import type { Toolkit } from '../toolkit.js';
import { enterSnapshot, leaveSnapshot } from './enter-leave.js';
import { DEFAULT_CODE, optionalCode } from './parameters.js';

interface StorageRoute {
  Params: { storage: string };
  Querystring: Readonly<Record<string, unknown>>;
  Body: { readonly code?: unknown } | undefined;
}
type StorageRequest = FastifyRequest<StorageRoute>;

type Act = typeof enterSnapshot | typeof leaveSnapshot;
const ACTS: readonly (readonly [string, Act])[] = [
  ['enterSnapshot', enterSnapshot],
  ['leaveSnapshot', leaveSnapshot],
];

/** Entering and leaving from a browser: forms of the page, and the addresses that one typed into the original. Then the page. */
export function browserRoutes(scope: FastifyInstance, toolkit: Toolkit): void {
  scope.setErrorHandler((error, _, reply) => sendErrorPage(reply, error, toolkit.paths));
  const onRequest = toolkit.auth.require('snapshot');
  for (const [name, act] of ACTS) {
    const url = `/:storage/${name}`;
    scope.post<StorageRoute>(url, { onRequest, preHandler: toolkit.auth.checkForm }, (request, reply) =>
      actAndShow(toolkit, act, request, reply, codeOf(request.body?.code)),
    );
    // A HEAD must change nothing.
    scope.get<StorageRoute>(url, { onRequest, exposeHeadRoute: false }, async (request, reply) => {
      refuseForeign(request);
      return await actAndShow(toolkit, act, request, reply, DEFAULT_CODE);
    });
  }
}

async function actAndShow(
  toolkit: Toolkit,
  act: Act,
  request: StorageRequest,
  reply: FastifyReply,
  code: string,
): Promise<FastifyReply> {
  const storage = storageNamed(toolkit.storages, request.params.storage);
  await act({ toolkit, storage, identity: toolkit.auth.identityOf(request) }, code);
  return reply.header('cache-control', 'no-store').redirect(`/${storage.name}`, 303);
}

/** A field that is missing or empty is no code. */
function codeOf(sent: unknown): string {
  const { success, data } = optionalCode.safeParse(sent ?? null);
  if (success) return data;
  throw new HoldfastError('toolkit.request', 'A code has 1 to 200 printable characters');
}

function isBrowser({ 'user-agent': agent = '', referer }: StorageRequest['headers']): boolean {
  return agent.startsWith('Mozilla/') || referer !== undefined;
}

/** A link or an image of another site, or a browser that looks ahead, must not freeze a storage. */
function refuseForeign({ headers, query }: StorageRequest): void {
  // Without it (plain HTTP to another machine) an image of another site looks like an address that was typed in.
  const { 'sec-fetch-site': site = isBrowser(headers) ? 'unknown' : 'none' } = headers;
  const purpose = `${headers['sec-purpose'] ?? ''} ${headers.purpose ?? ''}`;
  if ((site !== 'none' && site !== 'same-origin') || purpose.includes('prefetch')) {
    throw new HoldfastError('toolkit.denied', 'The request was made by another site, or ahead of its time', {
      hint: 'Use the buttons of the page.',
      details: { status: 403 },
    });
  }
  if (query.code !== undefined)
    throw new HoldfastError(
      'toolkit.request',
      'A code is sent by the form of the page or over XML-RPC, not in the address',
    );
}
