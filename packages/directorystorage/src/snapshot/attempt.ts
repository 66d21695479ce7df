/** What was tried to get into snapshot mode, why it failed, and which of the documented causes that looks like. */

import type { ServerFailure } from './server-error.js';

type AttemptOutcome =
  | 'entered'
  /** No server could be asked, or it could not do it: connection, credentials, the toolkit. */
  | 'no-communication'
  /** The access file cannot be used. */
  | 'access'
  /** The server is in another snapshot, or on its way out of one. */
  | 'in-use'
  /** Somebody holds the locks that direct access needs. */
  | 'busy'
  /** Direct access was refused for what is in the storage. */
  | 'refused';

export interface Attempt {
  /** `http URL`, `direct`. */
  readonly method: string;
  readonly outcome: AttemptOutcome;
  readonly reason: string;
  /** Of a server that could not be asked. */
  readonly failure?: ServerFailure | undefined;
  /** What to do, where direct access was refused. */
  readonly hint?: string | undefined;
}

/** How it ended, after the methods. */
export type LockOutcome =
  /** Somebody holds `misc/sublock`. */
  | 'sublock-busy'
  /** It is free, but `misc/snapshot` is not there. */
  | 'not-a-snapshot';

/** The causes of DirectoryStorage's documentation, by their numbers (docs/formats/snapshot-conf.md, "Could not lock"). */
export type Cause = 1 | 2 | 3 | 4;

export const CAUSES: Readonly<Record<Cause, string>> = {
  1: 'no communication with the Zope server',
  2: 'the wrong Zope server',
  3: 'the Zope server did not shut down cleanly, and direct access is not possible',
  4: 'another process uses the storage directly',
};

/** What an attempt that failed looks like; undefined for none of the four: the reason says it all. */
export function causeOfAttempt({ outcome }: Attempt, all: readonly Attempt[]): Cause | undefined {
  switch (outcome) {
    case 'no-communication':
    case 'access':
      return 1;
    case 'busy':
      // The holder may as well be the server that could not be asked.
      return all.some((attempt) => isServer(attempt)) ? 1 : 4;
    default:
      return undefined;
  }
}

/** What the whole looks like. */
export function causeOfEnd(end: LockOutcome, attempts: readonly Attempt[]): Cause | undefined {
  if (attempts.some(({ outcome, method }) => outcome === 'entered' && method !== 'direct')) return 2;
  if (attempts.some(({ outcome }) => outcome === 'in-use')) return undefined;
  if (end === 'not-a-snapshot') return attempts.some(({ outcome }) => outcome === 'busy') ? 4 : 3;
  return attempts.some(isServer) ? 1 : 4;
}

function isServer({ outcome }: Attempt): boolean {
  return outcome === 'no-communication' || outcome === 'access';
}
