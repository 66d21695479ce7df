import { printable } from '@holdfast/errors';
import type { FastifyBaseLogger } from 'fastify';

export type AuthLog = Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>;

const LONGEST = 64;

/** A name that somebody sent, for a line of the log. */
export function shown(user: string): string {
  const text = printable(user.slice(0, LONGEST)).slice(0, LONGEST);
  return text.length < user.length ? `${text}…` : text;
}
