import { HoldfastError } from '@holdfast/errors';
import { type Attempt, CAUSES, type Cause, causeOfAttempt, causeOfEnd, type LockOutcome } from './attempt.js';

export interface NotLocked {
  readonly directory: string;
  readonly attempts: readonly Attempt[];
  readonly end: LockOutcome;
  /** Who holds `misc/sublock`, or what is missing. */
  readonly reason: string;
}

/** One line of the failure. */
export interface FailureLine {
  /** `http URL`, `direct`, `lock`. */
  readonly method: string;
  readonly reason: string;
  readonly cause: Cause | undefined;
  /** `cause` in words. */
  readonly looksLike: string | undefined;
}

/** The error `snapshot.not-locked`, with each method, its reason and its likely cause, also in the details `lines`. */
export function notLocked(failed: NotLocked): HoldfastError {
  const { directory, attempts, end, reason } = failed;
  const tried = attempts.filter(({ outcome }) => outcome !== 'entered');
  const lines = [
    ...tried.map((attempt) => line(attempt.method, attempt.reason, causeOfAttempt(attempt, attempts))),
    line('lock', reason, causeOfEnd(end, attempts)),
  ];
  const text = lines.map(describe).join('; ');
  return new HoldfastError('snapshot.not-locked', `Could not lock storage directory ${directory}: ${text}`, {
    path: directory,
    details: { lines },
    hint: hintFor(lines.at(-1)?.cause, attempts),
  });
}

/** `http http://zope/DSToolkit: connection refused (looks like cause 1: no communication with the Zope server)`. */
export function describe({ method, reason, cause, looksLike }: FailureLine): string {
  return `${method}: ${reason}${cause === undefined ? '' : ` (looks like cause ${cause}: ${looksLike})`}`;
}

function line(method: string, reason: string, cause: Cause | undefined): FailureLine {
  return { method, reason, cause, looksLike: cause === undefined ? undefined : CAUSES[cause] };
}

/**
 * The same for a FileStorage that no server of its `snapshot.conf` entered where one must (`nodirect`). It has no lock and
 * none of the documented causes: the reason of each method says it all.
 */
export function notFrozen(dataFs: string, attempts: readonly Attempt[]): HoldfastError {
  const lines = [
    ...attempts.map(({ method, reason }) => line(method, reason, undefined)),
    line('direct', 'snapshot.conf says nodirect', undefined),
  ];
  const text = lines.map(describe).join('; ');
  return new HoldfastError('snapshot.not-locked', `Could not freeze ${dataFs}: ${text}`, {
    path: dataFs,
    details: { lines },
    hint: hintForFile(attempts),
  });
}

function hintForFile(attempts: readonly Attempt[]): string {
  const failed = attempts.findLast(({ outcome }) => outcome !== 'entered');
  if (failed === undefined) return 'Name a server in snapshot.conf, or take nodirect out of it.';
  if (failed.failure === 'untrusted') return TRUST;
  if (failed.outcome === 'access') return 'Mend the access file that snapshot.conf names.';
  if (failed.outcome === 'in-use') return WAIT;
  const server = failed.method.replace(/^http /, '');
  if (failed.failure === 'unreachable')
    return `Start the server at ${server}, or take nodirect out of snapshot.conf: a Data.fs can be frozen without a server.`;
  return `Look at the server at ${server}: its URL, user and log.`;
}

const TRUST =
  'Name the certificate, or that of its authority, in the environment: NODE_EXTRA_CA_CERTS=/path/to/ca.pem.';
const MEND = 'Mend what direct access refused; nothing was changed.';
const WAIT =
  'Wait until the other snapshot is over (`holdfast snapshot -t SECONDS` tries again); `holdfast snapshot leave` leaves one that was left behind.';

function hintFor(cause: Cause | undefined, attempts: readonly Attempt[]): string {
  if (cause === 1 && attempts.some(({ failure }) => failure === 'untrusted')) return TRUST;
  // Without a server there is nothing but direct access, and that says what is in its way.
  const refused = attempts.find(({ outcome }) => outcome === 'refused');
  if (refused !== undefined && (cause === undefined || cause === 3)) return refused.hint ?? MEND;
  return cause === undefined ? WAIT : HINTS[cause];
}

const HINTS: Readonly<Record<Cause, string>> = {
  1: 'Check that Zope runs, the URLs and access files in snapshot.conf, the DirectoryStorageToolkit there, firewalls, and the patch of ZEO.',
  2: 'Compare the URLs in snapshot.conf with the Zope that uses this storage; -v names the one that was entered.',
  3: 'Start Zope, or take nodirect out of snapshot.conf, so that the storage can be tidied up directly.',
  4: 'Wait until that process has ended (`holdfast snapshot -t SECONDS` tries again), or name the Zope server in snapshot.conf.',
};
