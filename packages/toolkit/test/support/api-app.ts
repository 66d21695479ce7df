import { nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import type { StorageStatus } from '@holdfast/monitor';
import { whenDone } from '@holdfast/test-kit';
import fastify, { type FastifyInstance } from 'fastify';
import { registerApi } from '../../src/api/register-api.js';
import { type Identity, mayDo, type Role } from '../../src/auth/identity.js';
import type { JobBoard } from '../../src/jobs/job-board.js';
import type { HeldSnapshot, SnapshotKeeper } from '../../src/snapshots/snapshot-keeper.js';
import type { ToolkitStorage } from '../../src/storages.js';
import type { Authentication, Toolkit } from '../../src/toolkit.js';
import { pathFilter } from '../../src/without-paths.js';

export interface ApiParts {
  readonly storages: readonly ToolkitStorage[];
  readonly jobs: JobBoard;
  readonly held?: HeldSnapshot | undefined;
  /** What a storage says that is asked for its snapshot. */
  readonly code?: () => Promise<string | null>;
  readonly status?: (name: string) => Promise<StorageStatus | undefined>;
}

/** The API alone; whoever asks is the user that the header `x-user` names, with the roles of `x-roles`. */
export async function apiApp({ storages, jobs, held, code, status }: ApiParts): Promise<FastifyInstance> {
  const app = fastify();
  const snapshots: Partial<SnapshotKeeper> = {
    held: (name) => (held?.storage === name ? held : undefined),
    currentCode: code ?? (async () => held?.code ?? null),
  };
  const toolkit: Toolkit = {
    storages,
    jobs,
    snapshots: snapshots as SnapshotKeeper,
    statuses: { status: status ?? (async () => undefined), changed: () => {} },
    auth: headerAuthentication(),
    clock: systemClock,
    fs: nodeFileSystem,
    paths: pathFilter(storages),
    title: 'test',
  };
  registerApi(app, toolkit);
  await app.ready();
  whenDone(() => app.close());
  return app;
}

function headerAuthentication(): Authentication {
  const identities = new WeakMap<object, Identity>();
  return {
    require: (role: Role) => async (request) => {
      const { 'x-user': user = 'ada', 'x-roles': roles = 'admin' } = request.headers;
      const identity = {
        user: String(user),
        roles: new Set(
          String(roles)
            .split(',')
            .filter((name) => name !== '') as Role[],
        ),
      };
      if (!mayDo(identity, role)) throw new HoldfastError('toolkit.denied', `${role} is needed`);
      identities.set(request, identity);
    },
    identityOf: (request) => identities.get(request)!,
    csrfToken: () => '',
    checkForm: async () => {},
  };
}
