import { errorLine } from '@holdfast/errors';
import { type StorageStatus, statusMetrics } from '@holdfast/monitor';
import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
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
    const statuses: StorageStatus[] = [];
    for (const { name } of toolkit.storages) {
      try {
        const status = await toolkit.statuses.status(name);
        if (status === undefined) continue;
        statuses.push(status);
        readable.set({ storage: name }, 1);
      } catch (error) {
        // The figures of the others count all the same.
        request.log.warn(
          { storage: name, problem: errorLine(error) },
          'the state of a storage could not be read',
        );
        readable.set({ storage: name }, 0);
      }
    }
    const merged = Registry.merge([registry, await statusMetrics(statuses)]);
    return reply.type(merged.contentType).send(await merged.metrics());
  });
}
