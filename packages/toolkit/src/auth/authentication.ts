import { join } from 'node:path';
import type { Clock, FileSystem } from '@holdfast/durable-fs';
import { type ErrorFields, HoldfastError } from '@holdfast/errors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Authentication } from '../toolkit.js';
import type { AuthLog } from './auth-log.js';
import { parseBasic } from './basic-credentials.js';
import { makeClientKeys } from './client-key.js';
import { CsrfTokens, openCsrfKey } from './csrf.js';
import type { QueueLimits } from './guess-queue.js';
import { type Identity, mayDo } from './identity.js';
import { LiveUsers } from './live-users.js';
import { fromOtherSite, OTHER_SITE_HINT } from './other-site.js';
import { type Derive, deriveByScrypt } from './passwords.js';
import { Prover } from './prover.js';

export interface AuthenticationOptions {
  readonly accessFile: string;
  /** Here lies the key of the forms: `csrf-key`. */
  readonly stateDirectory: string;
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly log: AuthLog;
  /** What the browser's dialog shows. Default `Holdfast`. */
  readonly realm?: string;
  /** Further origins of this server, where it does not know the one that browsers see: `https://backup.example.org`. */
  readonly origins?: readonly string[];
  /** How much proving may cost. */
  readonly limits?: QueueLimits;
  /** Default: scrypt on the thread pool. */
  readonly derive?: Derive;
}

export interface RunningAuthentication extends Authentication {
  /**
   * Reads the access file and the key of the forms. Call it once, before any request.
   *
   * @throws HoldfastError `toolkit.access`, or of the `fs.` family for the state directory
   */
  open(): Promise<void>;
  /** Lets those go who wait for their proof. */
  close(): void;
}

/**
 * HTTP Basic authentication against an access file: docs/toolkit/security.md. Whoever is not let through gets the error
 * `toolkit.denied` with the status in its details, for the error handler of the route, and the headers that belong to it.
 */
export function makeAuthentication(options: AuthenticationOptions): RunningAuthentication {
  const { accessFile, stateDirectory, fs, clock, log, origins = [], limits = {} } = options;
  const users = new LiveUsers(fs, accessFile, clock, log);
  const prover = new Prover({ users, clock, log, limits, derive: options.derive ?? deriveByScrypt });
  const prove = identityProver(prover, makeClientKeys(fs), options.realm ?? 'Holdfast');
  const identities = new WeakMap<FastifyRequest, Identity>();
  let tokens: CsrfTokens | undefined;

  const identityOf = (request: FastifyRequest): Identity => {
    const identity = identities.get(request);
    if (identity === undefined)
      throw new HoldfastError('internal', 'a route asks who asks, and requires no role');
    return identity;
  };
  const tokensOf = (): CsrfTokens => {
    if (tokens === undefined) throw new HoldfastError('internal', 'the authentication was not opened');
    return tokens;
  };

  return {
    async open() {
      await users.open();
      tokens = new CsrfTokens(await openCsrfKey(fs, join(stateDirectory, 'csrf-key'), log), clock);
    },
    close: () => prover.close(),
    require: (role) => async (request, reply) => {
      const identity = await prove(request, reply);
      if (!mayDo(identity, role)) throw denied(403, `this needs the role ${role}, which the user has not`);
      if (role !== 'read') needOwnSite(request, origins);
      identities.set(request, identity);
    },
    identityOf,
    csrfToken: (request) => tokensOf().make(identityOf(request).user),
    checkForm: async (request) => {
      needOwnSite(request, origins);
      const { body } = request;
      const token = typeof body === 'object' && body !== null && 'csrf' in body ? body.csrf : undefined;
      if (tokensOf().check(identityOf(request).user, token)) return;
      const hint = 'Load the page again, then send the form again.';
      throw denied(403, 'the form is too old, or not one of this server', { hint });
    },
  };
}

/** Who asks. What it returns throws HoldfastError `toolkit.denied` with 401 or 429, and sets the headers that belong to it. */
function identityProver(prover: Prover, keyOf: ReturnType<typeof makeClientKeys>, realm: string) {
  const challenge = `Basic realm="${quoted(realm)}", charset="UTF-8"`;
  return async (request: FastifyRequest, reply: FastifyReply): Promise<Identity> => {
    const credentials = parseBasic(request.headers.authorization);
    const proof =
      credentials === undefined ? undefined : await prover.prove(credentials, await keyOf(request));
    if (proof?.kind === 'proven') return proof.identity;
    if (proof?.kind === 'wait') {
      reply.header('retry-after', String(proof.seconds));
      const hint = `Wait ${proof.seconds === 1 ? 'a second' : `${proof.seconds} seconds`}, then try again.`;
      throw denied(429, 'too many tries that failed, or too many at once', { hint });
    }
    reply.header('www-authenticate', challenge);
    throw denied(
      401,
      proof === undefined
        ? 'a user name and password are needed'
        : 'the user name and password were not accepted',
    );
  };
}

function needOwnSite(request: FastifyRequest, origins: readonly string[]): void {
  if (fromOtherSite(request, origins))
    throw denied(403, 'the request was made by another site', { hint: OTHER_SITE_HINT });
}

function denied(status: 401 | 403 | 429, message: string, fields: ErrorFields = {}): HoldfastError {
  return new HoldfastError('toolkit.denied', message, { ...fields, details: { status } });
}

function quoted(realm: string): string {
  return realm.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&');
}
