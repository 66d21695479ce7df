import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { askerOf } from '../see-storage.js';
import { storageNamed, type ToolkitStorage } from '../storages.js';
import type { Toolkit } from '../toolkit.js';
import {
  byName,
  bySet,
  lockList,
  runList,
  setList,
  setShown,
  status,
  storage,
  storageList,
} from './schemas.js';
import { SetSource } from './set-source.js';
import { storageData } from './storage-data.js';
import { routeSchema } from './zod-schemas.js';

/** `/storages`: what there is, how safe it is, and what was backed up. */
export function storageRoutes(app: FastifyInstance, toolkit: Toolkit): void {
  const { auth, storages, jobs } = toolkit;
  const onRequest = auth.require('read');
  const sets = new SetSource(toolkit);
  const unsubscribe = jobs.subscribe(({ state }) => {
    if (state !== 'running') sets.forget();
  });
  app.addHook('onClose', async () => unsubscribe());

  const all = routeSchema({ summary: 'The storages of this server.', answers: { 200: storageList } });
  app.get('/storages', { onRequest, schema: all }, async (request) => ({
    storages: await Promise.all(
      storages.map((one) => storageData(toolkit, one, askerOf(request, one), false)),
    ),
  }));
  get('', 'One storage.', byName, storage, (one, _, request) =>
    storageData(toolkit, one, askerOf(request, one), true),
  );
  get('/status', 'How safe it is, and why.', byName, status, (one) => sets.status(one));
  get('/sets', 'The sets of its site, or its archives, oldest first.', byName, setList, (one) =>
    sets.list(one),
  );
  get('/sets/:id', 'One set, and what a restore reads.', bySet, setShown, (one, id) => sets.show(one, id));
  get('/locks', 'Who holds which lock.', byName, lockList, async (one) => ({
    locks: (await sets.status(one)).locks,
  }));
  get('/runs', 'What was done, oldest first.', byName, runList, async (one) => ({
    runs: (await sets.status(one)).runs,
  }));

  function get(
    path: string,
    summary: string,
    params: z.ZodType,
    answer: z.ZodType,
    of: (storage: ToolkitStorage, id: string, request: FastifyRequest) => Promise<unknown>,
  ): void {
    const schema = routeSchema({ summary, params, answers: { 200: answer } });
    app.get(`/storages/:name${path}`, { onRequest, schema }, async (request) => {
      const { name, id = '' } = request.params as { readonly name: string; readonly id?: string };
      return await of(storageNamed(storages, name), id, request);
    });
  }
}
