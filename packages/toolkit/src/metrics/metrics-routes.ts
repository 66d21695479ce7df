import { statusMetrics } from '@holdfast/monitor';
import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { askerOf, seeStatus } from '../see-storage.js';
import type { Toolkit } from '../toolkit.js';
import { countRequests } from './request-metrics.js';
import { countWork } from './work-metrics.js';

/** `GET /metrics`, for those with the role read: docs/toolkit/metrics.md. */
export function registerMetrics(app: FastifyInstance, toolkit: Toolkit): void {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  countRequests(app, registry);
  const stopCounting = countWork(toolkit, registry);
  app.addHook('onClose', async () => stopCounting());
  const readable = new Gauge({
    name: 'holdfast_toolkit_status_readable',
    help: 'Whether the server could read how safe the storage is.',
    labelNames: ['storage'],
    registers: [registry],
  });

  app.get('/metrics', { preHandler: toolkit.auth.require('read') }, async (request, reply) => {
    const seen = await Promise.all(
      toolkit.storages.map(async (storage) => {
        const { name } = storage;
        const found = await seeStatus(toolkit, storage, askerOf(request, storage));
        // The figures of the others count all the same.
        if (found.kind !== 'not-backed-up') readable.set({ storage: name }, Number(found.kind === 'read'));
        return found;
      }),
    );
    const statuses = seen.flatMap((found) => (found.kind === 'read' ? [found.status] : []));
    const merged = Registry.merge([registry, await statusMetrics(statuses)]);
    return reply.type(merged.contentType).send(await merged.metrics());
  });
}
