import { HoldfastError } from '@holdfast/errors';
import type { ToolkitPlace } from './place.js';

interface Answer {
  readonly status: number;
  /** Seconds, as the header says it. */
  readonly retryAfter: string | undefined;
}

/** The error of an answer that is none of success. @param told as the server says it, where it says something that is known here */
export function refusalOf(
  { api, access }: ToolkitPlace,
  { status, retryAfter }: Answer,
  told: HoldfastError | undefined,
): HoldfastError {
  const message = told?.message ?? `${api.host} answered with status ${status}`;
  if (status === 429) {
    const seconds = /^\d{1,6}$/.test(retryAfter ?? '') ? Number(retryAfter) : undefined;
    return new HoldfastError('toolkit.too-many', message, {
      details: seconds === undefined ? {} : { seconds },
      ...(seconds !== undefined && {
        hint: `Try again in ${seconds === 1 ? 'a second' : `${seconds} seconds`}, with the right password.`,
      }),
    });
  }
  if (status === 401 && access === undefined) {
    return new HoldfastError('toolkit.denied', message, {
      hint: 'Give --toolkit-access FILE: a file with user:password that only you can read.',
    });
  }
  if (told !== undefined) return told;
  if (status === 401 || status === 403) return new HoldfastError('toolkit.denied', message);
  return new HoldfastError('toolkit.server', message, {
    hint: 'Is that the URL of a Holdfast toolkit server? --toolkit takes it without /api.',
  });
}

/** Somebody else answered, with success. @param what it sent, in words */
export function strangerOf({ api }: ToolkitPlace, what: string): HoldfastError {
  const url = new URL('../..', api).href.replace(/\/$/, '');
  const message = `${url} is no Holdfast toolkit server: it answered with ${what}`;
  return new HoldfastError('toolkit.server', message, {
    hint: 'Give --toolkit the URL that shows the page of the toolkit server in a browser: host, port and path, without /api.',
  });
}
