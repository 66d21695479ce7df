import type { Clock, FileSystem } from '@holdfast/durable-fs';
import type { StorageStatus } from '@holdfast/monitor';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Identity, Role } from './auth/identity.js';
import type { JobBoard } from './jobs/job-board.js';
import type { SnapshotKeeper } from './snapshots/snapshot-keeper.js';
import type { ToolkitStorage } from './storages.js';
import type { PathFilter } from './without-paths.js';

/** What the routes work with. `toolkit-plugin.ts` makes it. */
export interface Toolkit {
  readonly storages: readonly ToolkitStorage[];
  readonly snapshots: SnapshotKeeper;
  readonly jobs: JobBoard;
  readonly statuses: StatusSource;
  readonly auth: Authentication;
  readonly clock: Clock;
  readonly fs: FileSystem;
  /** For all that is told. */
  readonly paths: PathFilter;
  /** For the head of the page. */
  readonly title: string;
}

/** How safe each storage is: read at most every few seconds, and never twice at the same time. */
export interface StatusSource {
  /**
   * Undefined: the storage is not backed up by this server.
   *
   * @throws HoldfastError `toolkit.no-storage`, `toolkit.server` when it could not be read in some seconds, and what reading throws
   */
  status(storage: string): Promise<StorageStatus | undefined>;
  /** Forgets what it read: something has changed. */
  changed(storage: string): void;
}

export interface Authentication {
  /**
   * A hook (`onRequest`, `preHandler`) that lets only those through who may: 401 with `WWW-Authenticate` for nobody, 403 for
   * somebody who may not, 429 with `Retry-After` for whoever guesses.
   *
   * @throws HoldfastError `toolkit.denied` with that status in its details: the route's error handler answers
   */
  require(role: Role): (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
  /** Of a request that went through `require`. */
  identityOf(request: FastifyRequest): Identity;
  /** For forms of the page: belongs to the user, and is good for some hours. */
  csrfToken(request: FastifyRequest): string;
  /** A hook for forms (`application/x-www-form-urlencoded` with the field `csrf`): 403 without the right token, or from another site. */
  readonly checkForm: (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
}
