import { HoldfastError } from '@holdfast/errors';
import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import type { Job } from '../jobs/job-board.js';
import { storageNamed } from '../storages.js';
import type { Toolkit } from '../toolkit.js';
import { jobData, listedJob } from './job-data.js';
import { JobStreams } from './job-streams.js';
import { byJob, events, job, jobList, newJob, whichJobs } from './schemas.js';
import { routeSchema } from './zod-schemas.js';

/** `/jobs`: what runs and ran, starting, cancelling, and following one. */
export function jobRoutes(app: FastifyInstance, toolkit: Toolkit): void {
  const { auth, jobs, storages } = toolkit;
  // Before a body is read.
  const read = { onRequest: auth.require('read') };
  const backup = { onRequest: auth.require('backup') };
  const streams = new JobStreams(jobs);
  app.addHook('preClose', async () => streams.close());

  const listed = routeSchema({ summary: 'Jobs, newest first.', query: whichJobs, answers: { 200: jobList } });
  app.get('/jobs', { ...read, schema: listed }, async (request) => {
    const { storage, limit } = request.query as z.infer<typeof whichJobs>;
    if (storage !== undefined) storageNamed(storages, storage);
    return { jobs: jobs.list(storage).slice(0, limit).map(listedJob) };
  });

  const started = routeSchema({ summary: 'The job that was started.', body: newJob, answers: { 202: job } });
  app.post('/jobs', { ...backup, schema: started }, async (request, reply) => {
    const { user: by } = auth.identityOf(request);
    const made = await jobs.start({ ...(request.body as z.infer<typeof newJob>), by });
    return reply.code(202).header('location', `${app.prefix}/jobs/${made.id}`).send(jobData(made));
  });

  const one = routeSchema({ summary: 'One job.', params: byJob, answers: { 200: job } });
  app.get('/jobs/:id', { ...read, schema: one }, async (request) => jobData(jobOf(request.params)));

  const cancelled = routeSchema({
    summary: 'The job; it ends as cancelled when it has stopped.',
    params: byJob,
    answers: { 202: job },
  });
  app.delete('/jobs/:id', { ...backup, schema: cancelled }, async (request, reply) => {
    const { id } = jobOf(request.params);
    return reply.code(202).send(jobData(await jobs.cancel(id)));
  });

  const followed = routeSchema({
    summary: 'The job and its changes, as server-sent events, until it ends.',
    params: byJob,
    answers: { 200: events },
    type: 'text/event-stream',
  });
  app.get(
    '/jobs/:id/events',
    { ...read, schema: followed, exposeHeadRoute: false },
    async (request, reply) => {
      streams.begin(jobOf(request.params), reply);
      return reply;
    },
  );

  function jobOf(params: unknown): Job {
    const { id } = params as z.infer<typeof byJob>;
    const found = jobs.get(id);
    if (found === undefined) throw new HoldfastError('toolkit.no-job', `there is no job '${id}'`);
    return found;
  }
}
