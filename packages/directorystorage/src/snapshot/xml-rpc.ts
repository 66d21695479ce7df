/** One call over XML-RPC: the `xmlrpc` library makes and reads the XML; the HTTP around it is bounded in every way. */
import type { IncomingMessage, RequestOptions } from 'node:http';
import type { HoldfastError } from '@holdfast/errors';
import type { ZopeAccess } from '@holdfast/snapshot-conf';
import { serverError, without } from './server-error.js';
import { readResponse } from './xml-rpc-response.js';

export interface XmlRpcCall {
  /** `http:` or `https:`, without user name or password. */
  readonly url: string;
  readonly access: ZopeAccess;
  readonly method: string;
  readonly params: readonly string[];
  /** Milliseconds for the whole call. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Bytes of an answer; a code and a fault's traceback are far shorter. */
const LONGEST_ANSWER = 1 << 20;

/**
 * The value that the server answers with.
 *
 * @throws HoldfastError `snapshot.server` with the detail `failure` (`ServerFailure`); the signal's reason when it is aborted
 */
export async function callXmlRpc(call: XmlRpcCall): Promise<unknown> {
  call.signal?.throwIfAborted();
  const { default: serializer } = await import('xmlrpc/lib/serializer.js');
  const body = Buffer.from(serializer.serializeMethodCall(call.method, call.params));
  const answer = await post(call, body);
  return readResponse(answer, (failure, reason) =>
    serverError(failure, call.url, without(call.access.password, reason)),
  );
}

async function post(call: XmlRpcCall, body: Buffer): Promise<string> {
  const url = new URL(call.url);
  const { request } = await (url.protocol === 'https:' ? import('node:https') : import('node:http'));
  return new Promise<string>((resolve, reject) => {
    const sent = request(url, requestOptions(call, body));
    const end = (settle: () => void) => {
      clearTimeout(timer);
      call.signal?.removeEventListener('abort', stop);
      sent.destroy();
      settle();
    };
    const fail = (error: unknown) => end(() => reject(error));
    const stop = () => fail(call.signal?.reason);
    const timer = setTimeout(() => {
      fail(serverError('timeout', call.url, `no answer within ${call.timeoutMs / 1000} seconds`));
    }, call.timeoutMs);
    call.signal?.addEventListener('abort', stop, { once: true });
    sent.on('error', (error) => fail(connectionError(call.url, error)));
    sent.on('response', (response) => {
      const wrong = wrongStatus(call.url, response);
      if (wrong !== undefined) return fail(wrong);
      readBody(call.url, response, (text) => end(() => resolve(text)), fail);
    });
    sent.end(body);
  });
}

function requestOptions(
  { access }: XmlRpcCall,
  body: Buffer,
): RequestOptions & { rejectUnauthorized: boolean } {
  const credentials = Buffer.from(`${access.user}:${access.password.reveal()}`).toString('base64');
  return {
    method: 'POST',
    // A connection of its own: none that waits for the next call keeps the process from ending.
    agent: false,
    // Whatever the environment says (NODE_TLS_REJECT_UNAUTHORIZED).
    rejectUnauthorized: true,
    headers: {
      'Content-Type': 'text/xml',
      'Content-Length': body.length,
      'User-Agent': 'Holdfast snapshot',
      Authorization: `Basic ${credentials}`,
      Connection: 'close',
    },
  };
}

const UNTRUSTED = /^(?:CERT_UNTRUSTED|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED)/;
/** What OpenSSL says of an answer in clear text. */
const NO_TLS = /wrong version number|packet length too long|http request/;

function connectionError(url: string, error: NodeJS.ErrnoException): HoldfastError {
  const { code = '', message } = error;
  if (UNTRUSTED.test(code))
    return serverError('untrusted', url, `its certificate is not trusted: ${message}`, error);
  if (NO_TLS.test(message))
    return serverError('tls', url, 'it does not speak TLS: should the URL begin with http:?', error);
  if (/^(?:ERR_TLS|ERR_SSL|CERT_|EPROTO|HOSTNAME_MISMATCH)/.test(code))
    return serverError(
      'tls',
      url,
      `the certificate or the TLS connection was not accepted: ${message}`,
      error,
    );
  if (neverConnected(error)) {
    return serverError('unreachable', url, UNREACHABLE[code] ?? `no connection: ${message || code}`, error);
  }
  return serverError('closed', url, `the connection was lost before the answer: ${message}`, error);
}

/** A host with several addresses gives an error for each. */
function neverConnected(error: NodeJS.ErrnoException): boolean {
  return error instanceof AggregateError || error.syscall === 'connect' || error.syscall === 'getaddrinfo';
}

const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'no such host',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
};

function wrongStatus(
  url: string,
  { statusCode = 0, statusMessage = '' }: IncomingMessage,
): HoldfastError | undefined {
  if (statusCode === 200) return undefined;
  const status = `${statusCode} ${statusMessage}`.trim();
  if (statusCode >= 300 && statusCode < 400) {
    return serverError('redirect', url, `it redirects elsewhere (${status}), which is not followed`);
  }
  if (statusCode === 401 || statusCode === 403) {
    return serverError(
      'unauthorized',
      url,
      `user or password of the access file are not accepted (${status})`,
    );
  }
  const failure = statusCode >= 400 && statusCode < 500 ? 'rejected' : 'status';
  return serverError(failure, url, `the server answers ${status}`);
}

function readBody(
  url: string,
  response: IncomingMessage,
  done: (text: string) => void,
  fail: (error: unknown) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > LONGEST_ANSWER)
      fail(serverError('not-xml-rpc', url, `the answer is longer than ${LONGEST_ANSWER} bytes`));
    else chunks.push(chunk);
  });
  response.on('error', (error) =>
    fail(serverError('closed', url, `the answer broke off: ${error.message}`, error)),
  );
  response.on('close', () => {
    if (response.complete) done(Buffer.concat(chunks).toString('utf8'));
    else fail(serverError('closed', url, 'the answer broke off'));
  });
}
