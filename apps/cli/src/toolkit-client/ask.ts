import type { IncomingMessage } from 'node:http';
import { CATALOGUE, type ErrorCode, HoldfastError, isHoldfastError } from '@holdfast/errors';
import { connectionInWords } from './connection-in-words.js';
import { hintHere } from './hint-here.js';
import type { ToolkitPlace } from './place.js';
import { refusalOf, strangerOf } from './refusal.js';

export interface Question {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** Relative to the API. */
  readonly path: string;
  readonly body?: object;
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds without a byte: for an answer, and between two events (the server sends a comment every 15 s). */
const SILENCE_MS = 60_000;
/** Bytes of an answer: the sets of twenty years. */
const LONGEST = 64 << 20;

/**
 * The answer as JSON.
 *
 * @param isAnswer what a toolkit server answers; of all else it is said that it is none
 * @throws HoldfastError as the server says it, `toolkit.denied`, `toolkit.too-many`, `toolkit.server`; the signal's reason
 */
export async function ask<T>(
  place: ToolkitPlace,
  question: Question,
  isAnswer: (value: unknown) => value is T,
): Promise<T> {
  const response = await send(place, question, 'application/json');
  const type = (response.headers['content-type'] ?? '').replace(/\s*;.*/, '');
  if (type !== 'application/json') {
    response.destroy();
    throw strangerOf(place, type === '' ? 'data of no type' : type);
  }
  const answer = await jsonOf(place, response);
  if (!isAnswer(answer)) throw strangerOf(place, 'JSON of another kind');
  return answer;
}

/** The response, its status found to be well. It follows no redirection: the password is for this server alone. */
export async function send(
  place: ToolkitPlace,
  question: Question,
  accept: string,
): Promise<IncomingMessage> {
  const { method = 'GET', path, body, signal } = question;
  const url = new URL(path, place.api);
  const { request } = await (url.protocol === 'https:' ? import('node:https') : import('node:http'));
  const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  const headers = {
    accept,
    ...authorization(place),
    ...(payload !== undefined && { 'content-type': 'application/json', 'content-length': payload.length }),
  };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(
      url,
      { method, headers, agent: false, ...(signal !== undefined && { signal }) },
      resolve,
    );
    sent.setTimeout(SILENCE_MS, () =>
      sent.destroy(new Error(`nothing was heard for ${SILENCE_MS / 1000} s`)),
    );
    sent.on('error', (error) => reject(signal?.aborted === true ? signal.reason : unreachable(place, error)));
    sent.end(payload);
  });
  const { statusCode: status = 0 } = response;
  if (status >= 200 && status < 300) return response;
  const told = await jsonOf(place, response).catch(() => undefined);
  throw refusalOf(place, { status, retryAfter: response.headers['retry-after'] }, errorIn(told));
}

function authorization({ access }: ToolkitPlace) {
  if (access === undefined) return {};
  const text = `${access.user}:${access.password.reveal()}`;
  return { authorization: `Basic ${Buffer.from(text).toString('base64')}` };
}

function errorIn(told: unknown): HoldfastError | undefined {
  return errorOf((told as { readonly error?: unknown } | undefined)?.error);
}

/** An error as the API tells it; undefined: it is none that is known here. */
export function errorOf(told: unknown): HoldfastError | undefined {
  if (typeof told !== 'object' || told === null) return undefined;
  const { code, message, hint, details } = told as Readonly<Record<string, unknown>>;
  if (typeof code !== 'string' || typeof message !== 'string') return undefined;
  if (!Object.hasOwn(CATALOGUE, code)) return new HoldfastError('toolkit.server', `${message} (${code})`);
  return new HoldfastError(code as ErrorCode, message, {
    hint: hintHere(typeof hint === 'string' ? hint : CATALOGUE[code as ErrorCode].hint),
    ...(typeof details === 'object' && details !== null && { details: details as Record<string, unknown> }),
  });
}

async function jsonOf(place: ToolkitPlace, response: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > LONGEST)
        throw new HoldfastError('toolkit.server', `the answer of ${place.api.host} does not end`);
      chunks.push(chunk);
    }
  } catch (error) {
    throw isHoldfastError(error) ? error : unreachable(place, error as Error);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw strangerOf(place, 'what is no JSON');
  }
}

function unreachable({ api }: ToolkitPlace, cause: NodeJS.ErrnoException): HoldfastError {
  const { reason, hint } = connectionInWords(cause, api);
  const message = `the toolkit server at ${api.host} did not answer: ${reason}`;
  return new HoldfastError('toolkit.server', message, { cause, hint });
}
