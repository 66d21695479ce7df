import { systemClock } from '@holdfast/durable-fs';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import type { Job } from '../src/index.js';
import { countWork } from '../src/metrics/work-metrics.js';
import { job, storage } from './support/page-scene.js';

const ENDED = 'holdfast_toolkit_jobs_total';

function setUp() {
  const registry = new Registry();
  const listeners = new Set<(job: Job) => void>();
  const stop = countWork(
    {
      storages: [
        storage(),
        storage({ name: 'pages', backups: { kind: 'archives', directory: '/a', prefix: 'x' } }),
        storage({ name: 'bare', backups: undefined }),
      ],
      jobs: {
        list: () => [],
        subscribe: (listener: (job: Job) => void) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      } as never,
      snapshots: { held: () => undefined } as never,
      clock: systemClock,
    },
    registry,
  );
  const ended = async () => {
    const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith(`${ENDED}{`));
    return new Map(
      lines.map((line) => [line.slice(ENDED.length, line.lastIndexOf(' ')), Number(line.split(' ').pop())]),
    );
  };
  const tell = (fields: Partial<Job>) => {
    for (const listener of listeners) listener(job(fields));
  };
  return { ended, tell, stop };
}

test('the jobs that ended are counted from 0, for each kind that a storage knows', async () => {
  const { ended } = setUp();
  const figures = await ended();
  expect([...figures.values()].every((value) => value === 0)).toBe(true);
  const of = (name: string) => [...figures.keys()].filter((labels) => labels.includes(`storage="${name}"`));
  expect([of('main').length, of('pages').length, of('bare').length]).toEqual([24, 12, 0]);
  expect(of('main')).toContain('{storage="main",kind="prune",state="failed"}');
  expect(of('pages').join()).not.toContain('prune');
});

test('a job counts once, when it has ended', async () => {
  const { ended, tell } = setUp();
  const labels = '{storage="main",kind="backup",state="failed"}';
  tell({});
  expect((await ended()).get(labels)).toBe(0);
  tell({ state: 'failed' });
  tell({ state: 'failed' });
  expect((await ended()).get(labels)).toBe(1);
});

test('a job that the end of the server before interrupted counts, though nobody saw it running', async () => {
  const { ended, tell } = setUp();
  tell({ state: 'interrupted' });
  expect((await ended()).get('{storage="main",kind="backup",state="interrupted"}')).toBe(1);
});
