import type { Registry } from 'prom-client';
import type { StorageStatus } from '../status.js';
import { figuresOf } from './figures.js';

/**
 * The figures of some storages as a registry of their own, to be asked once or merged with another. prom-client is
 * loaded with the first call: most commands never need it.
 */
export async function statusMetrics(statuses: readonly StorageStatus[]): Promise<Registry> {
  const { Gauge, Registry } = await import('prom-client');
  const registry = new Registry();
  for (const { name, help, labels, samples } of figuresOf(statuses)) {
    const gauge = new Gauge({ name, help, labelNames: labels, registers: [registry] });
    for (const sample of samples) gauge.set(sample.labels, sample.value);
  }
  return registry;
}
