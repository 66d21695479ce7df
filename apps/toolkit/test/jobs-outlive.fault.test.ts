import { readdirSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@holdfast/test-kit';
import { expect, test } from 'vitest';
import { type RunningServer, startServer, writeConfig } from './support/server.js';
import { serveSite } from './support/storages.js';
import { eventually } from './support/wait.js';

interface JobData {
  readonly id: string;
  readonly state: string;
  readonly [field: string]: unknown;
}

const post = { method: 'POST', headers: { 'content-type': 'application/json' } };

async function startJob(server: RunningServer, kind = 'backup'): Promise<JobData> {
  const body = JSON.stringify({ storage: 'main', kind });
  // 503: the machine is so busy that the server asks to come again.
  const response = await eventually('the server has time for a job', async () => {
    const answer = await server.ask('/api/v1/jobs', { ...post, body, as: 'backup' });
    return answer.status !== 503 && answer;
  });
  expect(response.status).toBe(202);
  return (await response.json()) as JobData;
}

async function jobOf(server: RunningServer, id: string): Promise<JobData> {
  return (await (await server.ask(`/api/v1/jobs/${id}`)).json()) as JobData;
}

const ended = (server: RunningServer, id: string) =>
  eventually('the job has ended', async () => {
    const job = await jobOf(server, id);
    return job.state !== 'running' && job;
  });

/** A site whose backups wait, until `slow` is emptied. */
async function serveSlowSite() {
  const site = await serveSite();
  const config = await writeConfig(await temporaryDirectory(), site.toml);
  const backups = () => {
    try {
      return readdirSync(join(site.directory, 'var/backups')).filter((name) => name.endsWith('.fsz'));
    } catch {
      return [];
    }
  };
  return { ...site, config, backups };
}

test('a backup runs, is followed, and is done', async () => {
  const { config, backups } = await serveSlowSite();
  const server = await startServer(config);
  const { id } = await startJob(server);
  const events = await server.ask(`/api/v1/jobs/${id}/events`, { as: 'reader' });
  expect(await events.text()).toMatch(/"state":"done"[^\n]*\n\n$/);
  expect(await jobOf(server, id)).toMatchObject({ state: 'done', storage: 'main', kind: 'backup' });
  expect(backups()).toHaveLength(1);
  expect(await ended(server, (await startJob(server, 'verify')).id)).toMatchObject({ state: 'done' });
});

test('a job of a server that was killed is told as interrupted, never as done; the next one runs', async () => {
  const { config, directory, backups } = await serveSlowSite();
  await appendFile(join(directory, 'holdfast.toml'), 'pre_command = "test -e go || sleep 60"\n');
  const killed = await startServer(config);
  const { id } = await startJob(killed);
  await new Promise((resolve) => setTimeout(resolve, 300));
  await killed.end('SIGKILL');
  const server = await startServer(config);
  expect(await jobOf(server, id)).toMatchObject({ state: 'interrupted' });
  expect(backups()).toEqual([]);
  await appendFile(join(directory, 'holdfast.toml'), '# \n');
  const second = await startJob(server);
  expect((await server.ask(`/api/v1/jobs/${second.id}`, { method: 'DELETE', as: 'backup' })).status).toBe(
    202,
  );
  expect(await ended(server, second.id)).toMatchObject({ state: 'cancelled' });
});

test('a server that is asked to end cancels its jobs, and ends with 0', async () => {
  const { config, directory, backups } = await serveSlowSite();
  await appendFile(join(directory, 'holdfast.toml'), 'pre_command = "sleep 60"\n');
  const server = await startServer(config);
  const { id } = await startJob(server);
  const events = server.ask(`/api/v1/jobs/${id}/events`);
  await events;
  const begun = performance.now();
  expect(await server.end()).toBe(0);
  expect(performance.now() - begun).toBeLessThan(15_000);
  expect(await (await events).text()).toContain('"state":"cancelled"');
  const again = await startServer(config);
  expect(await jobOf(again, id)).toMatchObject({ state: 'cancelled' });
  expect(backups()).toEqual([]);
});

test('a second signal ends the server at once', async () => {
  const { config, directory } = await serveSlowSite();
  await appendFile(join(directory, 'holdfast.toml'), `pre_command = "trap '' TERM INT; sleep 15"\n`);
  const server = await startServer(config);
  await startJob(server);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  server.child.kill('SIGTERM');
  await server.said('stopping');
  expect((await server.ask('/readyz').catch(() => undefined))?.status ?? 503).toBe(503);
  const begun = performance.now();
  expect(await server.end('SIGINT')).toBe(1);
  expect(performance.now() - begun).toBeLessThan(2_000);
});
