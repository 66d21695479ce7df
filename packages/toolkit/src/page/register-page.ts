import { HoldfastError } from '@holdfast/errors';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CHECK_LEVELS, JOB_KINDS, type JobRequest } from '../jobs/job-board.js';
import { askerOf } from '../see-storage.js';
import { storageNamed, type ToolkitStorage } from '../storages.js';
import type { Toolkit } from '../toolkit.js';
import { ASSETS } from './assets/assets.js';
import { hrefOf, overviewModel, storageModel } from './model/page-model.js';
import type { SeenStorage, Viewer } from './model/seen.js';
import { renderOverview, renderStorage } from './render.js';
import { see } from './see.js';
import { sendErrorPage } from './send-error-page.js';

const HTML = 'text/html; charset=utf-8';

/**
 * The page for people: `/`, `/<storage>`, their style and script, and the forms that start and cancel jobs
 * (docs/toolkit/page.md). Errors are pages, too.
 */
export function registerPage(app: FastifyInstance, toolkit: Toolkit): void {
  // A context of its own: the error handler is for these routes only.
  void app.register((page, _options, done) => {
    page.setErrorHandler((error, _request, reply) => sendErrorPage(reply, error, toolkit.paths));
    assetRoutes(page);
    readingRoutes(page, toolkit);
    formRoutes(page, toolkit);
    done();
  });
}

/** Open to all: the pages that say that somebody is not let in use them, too, and nothing in them is a secret. */
function assetRoutes(app: FastifyInstance): void {
  for (const { address, type, text } of ASSETS) {
    app.get(address, (_request, reply) =>
      reply.type(type).header('cache-control', 'public, max-age=31536000, immutable').send(text),
    );
  }
}

function readingRoutes(app: FastifyInstance, toolkit: Toolkit): void {
  const onRequest = toolkit.auth.require('read');
  app.get('/', { onRequest }, async (request, reply) => {
    const seen = await Promise.all(toolkit.storages.map((storage) => seeFor(toolkit, storage, request)));
    return page(reply).send(renderOverview(overviewModel(seen, viewerOf(toolkit, request))));
  });
  app.get<{ Params: { storage: string } }>('/:storage', { onRequest }, async (request, reply) => {
    const seen = await seeFor(toolkit, storageNamed(toolkit.storages, request.params.storage), request);
    return page(reply).send(renderStorage(storageModel(seen, viewerOf(toolkit, request))));
  });
}

function formRoutes(app: FastifyInstance, toolkit: Toolkit): void {
  const { auth, jobs, storages } = toolkit;
  // Before the body is read.
  const hooks = { onRequest: auth.require('backup'), preHandler: auth.checkForm };
  app.post<{ Params: { storage: string } }>('/:storage/jobs', hooks, async (request, reply) => {
    const { name } = storageNamed(storages, request.params.storage);
    const job = await jobs.start(jobRequest(name, request.body, auth.identityOf(request).user));
    return page(reply).redirect(`${hrefOf(name)}#job-${encodeURIComponent(job.id)}`, 303);
  });
  app.post<{ Params: { storage: string; id: string } }>(
    '/:storage/jobs/:id/cancel',
    hooks,
    async (request, reply) => {
      const { name } = storageNamed(storages, request.params.storage);
      const { id } = request.params;
      if (jobs.get(id)?.storage !== name)
        throw new HoldfastError('toolkit.no-job', `the storage '${name}' has no job '${id}'`);
      await jobs.cancel(id);
      return page(reply).redirect(`${hrefOf(name)}#jobs`, 303);
    },
  );
}

/** What is shown was true when it was read, no longer. */
function page(reply: FastifyReply): FastifyReply {
  return reply.type(HTML).header('cache-control', 'no-store');
}

function seeFor(toolkit: Toolkit, storage: ToolkitStorage, request: FastifyRequest): Promise<SeenStorage> {
  return see(toolkit, storage, askerOf(request, storage));
}

function viewerOf({ auth, clock, title, paths }: Toolkit, request: FastifyRequest): Viewer {
  return {
    identity: auth.identityOf(request),
    csrf: auth.csrfToken(request),
    nowMs: clock.now(),
    title,
    paths,
  };
}

function jobRequest(storage: string, body: unknown, by: string): JobRequest {
  const fields = new Map(Object.entries(typeof body === 'object' && body !== null ? body : {}));
  const kind = JOB_KINDS.find((one) => one === fields.get('kind'));
  if (kind === undefined) throw badField('kind', JOB_KINDS);
  const wanted = fields.get('level');
  if (wanted === undefined) return { storage, kind, by };
  const level = CHECK_LEVELS.find((one) => one === wanted);
  if (level === undefined) throw badField('level', CHECK_LEVELS);
  return { storage, kind, level, by };
}

function badField(field: string, values: readonly string[]): HoldfastError {
  return new HoldfastError('toolkit.request', `the form says nothing of use in '${field}'`, {
    hint: `It is one of ${values.join(', ')}. Go back to the page and use its buttons.`,
  });
}
