import type { FastifyReply, FastifyRequest } from 'fastify';
import { errorBody, sendError, statusOf } from '../http-errors.js';
import type { PathFilter } from '../without-paths.js';
import { hrefOf } from './model/page-model.js';
import { renderError } from './render.js';

/**
 * Answers a browser with an error that it can show: what, what to do, the way back. Says as little of the server as `sendError`
 * does, and answers programs as that does: whoever does not ask for `text/html`, and all below `/api/`.
 */
export function sendErrorPage(reply: FastifyReply, error: unknown, paths: PathFilter): FastifyReply {
  const { request } = reply;
  if (!asksForPages(request)) return sendError(reply, error, paths);
  const status = statusOf(error);
  if (status >= 500) request.log.error({ err: error }, 'a request failed');
  const { code, message, hint } = errorBody(error, request.id, paths);
  const view = { status, code, message: sentence(message), hint, back: wayBack(request, status) };
  return reply
    .code(status)
    .type('text/html; charset=utf-8')
    .header('cache-control', 'no-store')
    .send(renderError(view));
}

function asksForPages({ headers, url }: FastifyRequest): boolean {
  return !url.startsWith('/api/') && (headers.accept ?? '').includes('text/html');
}

/** Messages are parts of a line of a log. */
function sentence(message: string): string {
  const first = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}

function wayBack(
  { params }: FastifyRequest,
  status: number,
): { readonly href: string; readonly label: string } {
  if (status === 401) return { href: '/', label: 'Try again' };
  const storage = (params as { readonly storage?: string } | undefined)?.storage;
  if (storage === undefined || status === 404) return { href: '/', label: 'All storages' };
  return { href: hrefOf(storage), label: `Back to ${storage}` };
}
