import { HoldfastError, printable, type Secret } from '@holdfast/errors';

/** How a call went wrong. */
export type ServerFailure =
  /** Nothing was sent: no such host, connection refused, no route. */
  | 'unreachable'
  /** The certificate or the protocol was not accepted; nothing was sent. */
  | 'tls'
  /** Nobody that is trusted vouches for the certificate; nothing was sent. */
  | 'untrusted'
  /** No whole answer in time. */
  | 'timeout'
  /** The connection broke before the whole answer was there. */
  | 'closed'
  /** 3xx: never followed, because the password would go along. */
  | 'redirect'
  /** 401 or 403. */
  | 'unauthorized'
  /** Another 4xx: nothing is there, or it takes no such call. */
  | 'rejected'
  /** Another status than 200, such as a proxy's 504. */
  | 'status'
  /** The answer is not one of XML-RPC, or too long. */
  | 'not-xml-rpc'
  /** The server's own answer that it did not do it. */
  | 'fault';

/** Longer fault texts are HTML pages and tracebacks. */
const LONGEST_REASON = 300;

export function serverError(
  failure: ServerFailure,
  url: string,
  reason: string,
  cause?: unknown,
): HoldfastError {
  const text = printable(reason.trim().slice(0, LONGEST_REASON));
  return new HoldfastError('snapshot.server', `${url}: ${text}`, {
    cause,
    details: { failure, reason: text, url },
  });
}

export function failureOf(error: HoldfastError): ServerFailure {
  return error.details.failure as ServerFailure;
}

/** The reason without the URL before it. */
export function reasonOf(error: HoldfastError): string {
  return error.code === 'snapshot.server' ? String(error.details.reason) : error.message;
}

const NOTHING_DONE: readonly ServerFailure[] = [
  'unreachable',
  'tls',
  'untrusted',
  'redirect',
  'unauthorized',
  'rejected',
];
const STILL_AT_WORK: readonly ServerFailure[] = ['timeout', 'closed', 'status'];

/** Whether the server may have done what it was asked for all the same. */
export function mayBeDone(error: HoldfastError): boolean {
  return !NOTHING_DONE.includes(failureOf(error));
}

/** Whether it may still do it, later. */
export function mayBeAtWork(error: HoldfastError): boolean {
  return STILL_AT_WORK.includes(failureOf(error));
}

/** Takes a password out of what a server said: some echo the request. */
export function without(secret: Secret, text: string): string {
  return text.replaceAll(secret.reveal(), '[secret]');
}
