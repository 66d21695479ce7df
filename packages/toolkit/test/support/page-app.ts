import formbody from '@fastify/formbody';
import helmet from '@fastify/helmet';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import { FixedClock } from '@holdfast/test-kit';
import fastify, { type FastifyInstance } from 'fastify';
import {
  type Identity,
  type Job,
  type JobRequest,
  mayDo,
  pathFilter,
  type Role,
  type Toolkit,
} from '../../src/index.js';
import type { SeenStorage } from '../../src/page/model/seen.js';
import { registerPage } from '../../src/page/register-page.js';
import { sendErrorPage } from '../../src/page/send-error-page.js';
import { securityHeaders } from '../../src/security-headers.js';
import { ADMIN, job, NOW } from './page-scene.js';

export interface PageApp {
  readonly app: FastifyInstance;
  readonly started: JobRequest[];
  readonly cancelled: string[];
}

/** The page over a scene: the parts of the contract stand still in memory; `user: nobody` in a header is turned away. */
export async function pageApp(scene: readonly SeenStorage[], identity: Identity = ADMIN): Promise<PageApp> {
  const started: JobRequest[] = [];
  const cancelled: string[] = [];
  const app = fastify();
  await app.register(formbody);
  await app.register(helmet, securityHeaders(false));
  const storages = scene.map(({ storage }) => storage);
  const paths = pathFilter(storages);
  registerPage(app, {
    storages,
    title: 'intranet.example.org',
    clock: new FixedClock(NOW),
    fs: nodeFileSystem,
    paths,
    statuses: { status: (name) => statusOf(scene, name), changed() {} },
    snapshots: snapshotsOf(scene),
    jobs: jobsOf(scene, started, cancelled),
    auth: authOf(identity, paths),
  });
  return { app, started, cancelled };
}

const find = (scene: readonly SeenStorage[], name: string) =>
  scene.find(({ storage }) => storage.name === name)!;

async function statusOf(scene: readonly SeenStorage[], name: string) {
  const { status } = find(scene, name);
  if (status.kind === 'failed') throw new HoldfastError('fs.failed', status.message, { hint: status.hint });
  return status.kind === 'read' ? status.status : undefined;
}

const unused = () => Promise.reject(new Error('not for the page'));

function snapshotsOf(scene: readonly SeenStorage[]): Toolkit['snapshots'] {
  return {
    enter: unused,
    leave: unused,
    renew: unused,
    start: unused,
    close: unused,
    held: (name) => find(scene, name).held,
    async currentCode(name) {
      const { snapshotCode } = find(scene, name);
      if (snapshotCode.kind === 'unknown') throw new HoldfastError('toolkit.busy', snapshotCode.message);
      return snapshotCode.code;
    },
  };
}

function jobsOf(scene: readonly SeenStorage[], started: JobRequest[], cancelled: string[]): Toolkit['jobs'] {
  const all = scene.flatMap(({ jobs }) => jobs);
  return {
    open: unused,
    close: unused,
    subscribe: () => () => {},
    get: (id) => all.find((one) => one.id === id),
    list: (name) => all.filter((one) => name === undefined || one.storage === name),
    runningBeside: (name) => find(scene, name).busyWith,
    async start(request): Promise<Job> {
      const running = all.find((one) => one.state === 'running' && one.storage === request.storage);
      if (running !== undefined)
        throw new HoldfastError(
          'toolkit.job-running',
          `the storage ${request.storage} has the job ${running.id}`,
        );
      started.push(request);
      return job({ ...request, id: '20261121T120005-beef' });
    },
    async cancel(id) {
      cancelled.push(id);
      return all.find((one) => one.id === id)!;
    },
  };
}

function authOf(identity: Identity, paths: Toolkit['paths']): Toolkit['auth'] {
  const denied = (status: number, message: string) =>
    new HoldfastError('toolkit.denied', message, { details: { status } });
  return {
    require: (role: Role) => async (request, reply) => {
      if (request.headers.user === 'nobody') {
        await sendErrorPage(reply, denied(401, 'a user name and password are needed'), paths);
        return;
      }
      if (!mayDo(identity, role)) throw denied(403, `this needs the role ${role}, which the user has not`);
    },
    identityOf: () => identity,
    csrfToken: () => 'token-of-alice',
    checkForm: async ({ body }) => {
      if ((body as { csrf?: unknown } | undefined)?.csrf !== 'token-of-alice')
        throw denied(403, 'the form is too old, or not one of this server');
    },
  };
}
