import { CATALOGUE, type ErrorCode, EXIT, HoldfastError, isHoldfastError, printable } from '@holdfast/errors';
import type { FastifyReply } from 'fastify';
import type { PathFilter } from './without-paths.js';

/** An error as a client sees it: no stack trace, no path of the server's file system. */
export interface PublicError {
  readonly code: ErrorCode;
  /** One line. */
  readonly message: string;
  readonly hint: string;
}

const STATUSES: Partial<Readonly<Record<ErrorCode, number>>> = {
  'toolkit.request': 400,
  'toolkit.denied': 403,
  'toolkit.no-storage': 404,
  'toolkit.no-backups': 404,
  'toolkit.no-job': 404,
  'repository.no-backup': 404,
  'repository.missing': 404,
  'sets.not-found': 404,
  'toolkit.in-snapshot': 409,
  'toolkit.not-in-snapshot': 409,
  'toolkit.wrong-code': 409,
  'toolkit.busy': 409,
  'toolkit.job-running': 409,
  'toolkit.job-ended': 409,
};

/** What an error may say of its own status, in `details.status`. */
const OWN_STATUSES: ReadonlySet<unknown> = new Set([400, 401, 403, 404, 406, 413, 415, 429, 503]);

/**
 * The HTTP status of an error: the one in its `details.status` where it says one (`toolkit.denied`: 401, 403 or 429), the one of
 * its code, 4xx and 503 of fastify's own errors (a body too long, a media type), 500 for all others.
 */
export function statusOf(error: unknown): number {
  if (!isHoldfastError(error)) return frameworkStatus(error) ?? 500;
  const { status } = error.details;
  if (OWN_STATUSES.has(status)) return status as number;
  return STATUSES[error.code] ?? (CATALOGUE[error.code].exit === EXIT.busy ? 409 : 500);
}

/** What a client is told of an error; `undefined`: nothing, it is a mistake of the server. */
export function publicError(error: unknown, paths: PathFilter): PublicError | undefined {
  if (isHoldfastError(error)) {
    if (error.code === 'internal') return undefined;
    return {
      code: error.code,
      message: textOf(error, error.message, paths),
      hint: hintOf(error, paths),
    };
  }
  const status = frameworkStatus(error);
  if (status === undefined) return undefined;
  const code = status === 503 ? 'toolkit.server' : 'toolkit.request';
  const { message, hint } = new HoldfastError(code, paths.text(printable((error as Error).message)));
  return { code, message, hint };
}

/** The catalogue's own hints hold addresses of the server, and no path of its file system. */
function hintOf(error: HoldfastError, paths: PathFilter): string {
  const { code, hint } = error;
  const usable = withoutOptions(hint);
  return hint === CATALOGUE[code].hint ? usable : textOf(error, usable, paths);
}

/** An option of a command line that is not part of a whole command in backticks. */
const OPTION = /(?:^|\s)--[a-z]/;
const LAST_CHOICE = /, or [^,;]*\s--[a-z][^,;]*\.$/;

/** Who asks a server gave it no command line: what to do with an option there is left out, a choice or a whole sentence. */
function withoutOptions(hint: string): string {
  if (!OPTION.test(withoutCommands(hint))) return hint;
  const sentences = hint.split(/(?<=\.)\s+/).map((sentence) => sentence.replace(LAST_CHOICE, '.'));
  const usable = sentences.filter((sentence) => !OPTION.test(withoutCommands(sentence)));
  return usable.length > 0 ? usable.join(' ') : 'Whoever looks after the server finds more in its log.';
}

function withoutCommands(text: string): string {
  return text.replace(/`[^`]*`/g, '');
}

function textOf({ path }: HoldfastError, text: string, paths: PathFilter): string {
  return paths.text(printable(text), ...(path === undefined ? [] : [path]));
}

/**
 * Answers with an error as JSON: `{"error":{"code","message","hint"}}`. An error that nobody expected gives 500 and the id of
 * the request, no more; the log has the rest.
 */
export function sendError(reply: FastifyReply, error: unknown, paths: PathFilter): FastifyReply {
  const status = statusOf(error);
  const { request } = reply;
  if (status >= 500) request.log.error({ err: error }, 'a request failed');
  return reply
    .code(status)
    .type('application/json; charset=utf-8')
    .send({ error: errorBody(error, request.id, paths) });
}

/** As `sendError` says it, for those that answer otherwise than with JSON. `requestId`: of an error that nobody expected. */
export function errorBody(
  error: unknown,
  requestId: string,
  paths: PathFilter,
): PublicError & { readonly requestId?: string } {
  const told = publicError(error, paths);
  if (told !== undefined) return told;
  return {
    code: 'internal',
    message: `The server made a mistake; its log says more under the request ${requestId}.`,
    hint: CATALOGUE.internal.hint,
    requestId,
  };
}

/** Of an error of fastify or one of its plugins. */
function frameworkStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  const { statusCode } = error;
  if (typeof statusCode !== 'number' || !Number.isInteger(statusCode)) return undefined;
  return (statusCode >= 400 && statusCode < 500) || statusCode === 503 ? statusCode : undefined;
}
