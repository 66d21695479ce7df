import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FaultyFileSystem, type Method, temporaryDirectory, whenDone } from '@holdfast/test-kit';
import fastify from 'fastify';
import { expect, test } from 'vitest';
import { toolkitPlugin } from '../src/index.js';
import { basic } from './support/auth-app.js';
import { makeJobSite, PROGRAM, storageOf } from './support/job-site.js';

const READING: readonly Method[] = ['openRead', 'lstat', 'stat', 'readDirectory', 'readLink', 'realPath'];
/** Prometheus gives up after 10 s. */
const LONGEST_MS = 9_500;

/** A server of two sites. Each call to the disk of one of them never returns. */
async function serverWithHungSite() {
  const [fine, hung] = [await makeJobSite(), await makeJobSite()];
  const fs = new FaultyFileSystem();
  const of = { path: new RegExp(`^${hung.path}/`), times: Infinity };
  for (const method of READING) fs.before(method, () => new Promise(() => {}), of);
  const directory = await temporaryDirectory();
  const access = join(directory, 'access');
  await writeFile(access, 'admin:secret:admin\n', { mode: 0o600 });
  const app = fastify();
  app.register(toolkitPlugin, {
    storages: [storageOf('hung', hung), storageOf('fine', fine)],
    state: join(directory, 'state'),
    access,
    title: 'test',
    tls: false,
    fs,
    jobProgram: PROGRAM,
  });
  whenDone(() => app.close());
  await app.ready();
  return async (url: string, accept = '*/*') => {
    const begun = performance.now();
    const headers = { authorization: basic('admin', 'secret'), accept };
    const { statusCode, body } = await app.inject({ url, headers });
    return { statusCode, body, ms: performance.now() - begun };
  };
}

test('a site whose disk hangs takes page, API and figures of no other site with it', async () => {
  const get = await serverWithHungSite();
  const [page, list, figures, sets, fine] = await Promise.all([
    get('/', 'text/html'),
    get('/api/v1/storages'),
    get('/metrics'),
    get('/api/v1/storages/hung/sets'),
    get('/fine', 'text/html'),
  ]);
  for (const { ms } of [page, list, figures, sets]) expect(ms).toBeLessThan(LONGEST_MS);
  expect(fine.ms).toBeLessThan(LONGEST_MS / 2);
  expect([page, list, figures, fine].map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200]);
  expect(page.body).toContain('its backups could not be read');
  expect(page.body).toContain('could not be read within 8 s');
  expect(JSON.parse(list.body).storages).toMatchObject([
    { name: 'hung', verdict: { level: 'danger', headline: expect.stringContaining('could not be read') } },
    { name: 'fine', verdict: { reasons: expect.any(Array) } },
  ]);
  expect(figures.body).toContain('holdfast_toolkit_status_readable{storage="hung"} 0');
  expect(figures.body).toContain('holdfast_toolkit_status_readable{storage="fine"} 1');
  expect(sets).toMatchObject({ statusCode: 503, body: expect.stringContaining('toolkit.server') });
  // Until its disk answers, nobody waits for it any more.
  expect((await get('/metrics')).ms).toBeLessThan(1_000);
}, 30_000);
