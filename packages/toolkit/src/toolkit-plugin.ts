import formbody from '@fastify/formbody';
import helmet from '@fastify/helmet';
import { type Clock, type FileSystem, nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import type { Thresholds } from '@holdfast/monitor';
import type { FastifyInstance, RouteOptions } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import { registerApi } from './api/register-api.js';
import { registerHealth } from './health/health-routes.js';
import { makeReadiness } from './health/readiness.js';
import { sendError } from './http-errors.js';
import { makeParts } from './make-parts.js';
import { registerMetrics } from './metrics/metrics-routes.js';
import { registerPage } from './page/register-page.js';
import { sendErrorPage } from './page/send-error-page.js';
import { securityHeaders } from './security-headers.js';
import { shedLoad } from './shed-load.js';
import { claimState } from './state-directory.js';
import type { ToolkitStorage } from './storages.js';
import { registerXmlRpc } from './xml-rpc/register-xml-rpc.js';

export interface ToolkitPluginOptions {
  readonly storages: readonly ToolkitStorage[];
  /** Directory of what survives a restart; of this server alone. Made where it is missing. */
  readonly state: string;
  /** The access file: users, passwords, roles. */
  readonly access: string;
  /** For the head of the page. */
  readonly title: string;
  /** From when on a backup or a check is too old. Default: `DEFAULT_THRESHOLDS` of @holdfast/monitor. */
  readonly thresholds?: Thresholds | undefined;
  /** The server speaks TLS itself. */
  readonly tls: boolean;
  readonly fs?: FileSystem | undefined;
  readonly clock?: Clock | undefined;
  /** The program of jobs and its first arguments; the built one unless a test runs on the sources. */
  readonly jobProgram?: readonly string[] | undefined;
}

/** Bytes of a form. */
const LONGEST_FORM = 16 << 10;

/**
 * Everything that the server answers, in a scope of its own: `app.register(toolkitPlugin, options)`. When `app` is ready, what
 * was entered before a restart has been taken up; when it is closed, or could not become ready, every job has been stopped and
 * every snapshot left.
 *
 * @throws HoldfastError `toolkit.busy` (another server has the state directory), `toolkit.access`, `lock.unavailable`, of the `fs.`
 *   family
 */
export const toolkitPlugin = fastifyPlugin(register, {
  name: 'holdfast-toolkit',
  fastify: '5.x',
  encapsulate: true,
});

async function register(app: FastifyInstance, options: ToolkitPluginOptions): Promise<void> {
  const { fs = nodeFileSystem, clock = systemClock, tls, state } = options;
  const lock = await claimState(fs, state);
  app.addHook('onClose', () => lock.release());
  const toolkit = makeParts({ ...options, fs, clock, log: app.log });
  const { auth, jobs, paths, snapshots } = toolkit;

  let started = false;
  let closing: Promise<void> | undefined;
  const close = () => {
    started = false;
    closing ??= closeAll(toolkit);
    return closing;
  };
  app.addHook('onReady', async () => {
    try {
      // First: what is frozen has to be left again, also where nothing else can start.
      await snapshots.start();
      await auth.open();
      await jobs.open();
    } catch (error) {
      await close().catch((err: unknown) =>
        app.log.error({ err }, 'a start that failed was not ended tidily'),
      );
      throw error;
    }
    started = closing === undefined;
  });
  // From here on every request is refused; streams end with the jobs that they tell of.
  app.addHook('preClose', close);
  // A server that did not become ready has no preClose.
  app.addHook('onClose', close);

  app.setErrorHandler((error, _, reply) => sendError(reply, error, paths));
  app.addHook('onRoute', alsoWithSlash);
  app.setNotFoundHandler((_, reply) =>
    sendErrorPage(
      reply,
      new HoldfastError('toolkit.request', 'there is nothing at this address', { details: { status: 404 } }),
      paths,
    ),
  );
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  await app.register(helmet, securityHeaders(tls));
  await app.register(formbody, { bodyLimit: LONGEST_FORM });
  await shedLoad(app, paths);
  registerHealth(
    app,
    makeReadiness({ fs, clock, state }, () => started),
  );
  registerMetrics(app, toolkit);
  registerXmlRpc(app, toolkit);
  registerApi(app, toolkit);
  registerPage(app, toolkit);
}

/** `/main/` is `/main`: of the page, and of XML-RPC. The router of whoever registers this plugin need not ignore the slash. */
function alsoWithSlash(this: FastifyInstance, route: RouteOptions): void {
  if (route.url === '/:storage' && route.method !== 'HEAD') this.route({ ...route, url: `${route.url}/` });
}

/** A part that fails keeps no other from its end. */
async function closeAll({ jobs, snapshots, auth }: ReturnType<typeof makeParts>): Promise<void> {
  auth.close();
  const ends = await Promise.allSettled([jobs.close(), snapshots.close()]);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
