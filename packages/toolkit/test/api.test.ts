import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { nodeBulkFiles, nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import { bestCodec } from '@holdfast/gzip-members';
import { temporaryDirectory, whenDone } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { readStatuses } from '../src/read-statuses.js';
import { apiApp } from './support/api-app.js';
import { endOf, makeJobSite, openBoard, storageOf } from './support/job-site.js';
import { expectDocumented } from './support/openapi.js';
import { sets as sceneSets, status as sceneStatus } from './support/page-scene.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const API = '/api/v1';

async function make(toml = '') {
  const site = await makeJobSite(toml);
  const main = storageOf('main', site);
  const bare = { ...main, name: 'bare', backups: undefined };
  const { board } = await openBoard([main, bare]);
  const app = await apiApp({ storages: [main, bare], jobs: board });
  const get = async (path: string, headers = {}) => {
    const answer = await app.inject({ url: API + path, headers });
    await expectDocumented(app, 'get', path, answer);
    return answer;
  };
  const post = async (body: unknown, headers = {}) => {
    const payload = typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await app.inject({
      method: 'POST',
      url: `${API}/jobs`,
      headers: { ...JSON_TYPE, ...headers },
      payload,
    });
    await expectDocumented(app, 'post', '/jobs', answer);
    return answer;
  };
  const remove = async (id: string, headers = {}) => {
    const answer = await app.inject({ method: 'DELETE', url: `${API}/jobs/${id}`, headers });
    await expectDocumented(app, 'delete', `/jobs/${id}`, answer);
    return answer;
  };
  return { site, app, board, get, post, remove };
}

describe('storages', () => {
  test('are listed, with what runs', async () => {
    const { get, post } = await make('pre_command = "sleep 30"\n');
    const { id } = (await post({ storage: 'main', kind: 'backup' })).json();
    expect((await get('/storages')).json()).toEqual({
      storages: [
        expect.objectContaining({ name: 'main', kind: 'filestorage', backups: 'site', snapshot: null }),
        expect.objectContaining({ name: 'bare', backups: null, job: null, verdict: null }),
      ],
    });
    expect((await get('/storages/main')).json().job).toMatchObject({ id, state: 'running' });
  });

  test('that are not there, or not backed up', async () => {
    const { get } = await make();
    expect([(await get('/storages/none')).statusCode, (await get('/storages/bare/sets')).statusCode]).toEqual(
      [404, 404],
    );
    expect((await get('/storages/main/sets')).json().error.code).toBe('repository.missing');
    expect((await get('/storages/main/status')).json().error.code).toBe('toolkit.no-backups');
  });

  test('have sets, as holdfast list and show tell them, without paths', async () => {
    const { site, board, get, post } = await make();
    const { id } = (await post({ storage: 'main', kind: 'backup' })).json();
    const { set } = await endOf(board, id);
    const listed = await get('/storages/main/sets');
    expect(listed.json()).toMatchObject({
      sets: [{ id: set, kind: 'backup', storages: [{ storage: 'main', filestorage: { kind: 'full' } }] }],
      problems: [],
    });
    const shown = await get(`/storages/main/sets/${set}`);
    expect(shown.json()).toMatchObject({ set: { id: set }, files: [{ repository: 'backups' }] });
    expect(listed.body + shown.body).not.toContain(site.path);
    expect((await get('/storages/main/sets/2001-01-01-00-00-00')).json().error.code).toBe('sets.not-found');
  });

  test('tell how safe they are, who holds which lock, and what was done', async () => {
    const site = await makeJobSite();
    const storages = [storageOf('main', site)];
    const { board } = await openBoard(storages);
    await endOf(board, (await board.start({ storage: 'main', kind: 'backup', by: 'ada' })).id);
    const world = { fs: nodeFileSystem, bulk: nodeBulkFiles, clock: systemClock, codec: bestCodec };
    const status = async (name: string) => (await readStatuses(world, storages)).get(name);
    const app = await apiApp({ storages, jobs: board, status });
    const get = async (path: string) => {
      const answer = await app.inject(API + path);
      await expectDocumented(app, 'get', path, answer);
      expect(answer.body).not.toContain(site.path);
      return answer.json();
    };
    expect(await get('/storages/main/status')).toMatchObject({
      storage: 'main',
      source: { present: true },
      uncovered: { bytes: 0 },
      sets: [{ part: 'full', whole: true }],
    });
    expect((await get('/storages/main/runs')).runs).toMatchObject([{ kind: 'backup', result: 'done' }]);
    expect((await get('/storages/main/locks')).locks).toContainEqual(
      expect.objectContaining({ what: 'storage', state: expect.any(String) }),
    );
    expect((await get('/storages/main')).verdict).toMatchObject({ level: expect.any(String) });
  });

  test('in a directory with a blank: their paths are told nowhere', async () => {
    const site = await makeJobSite('', 'my site');
    const storages = [storageOf('main', site)];
    const { board } = await openBoard(storages);
    await endOf(board, (await board.start({ storage: 'main', kind: 'backup', by: 'ada' })).id);
    const backups = join(site.path, 'var/backups');
    const name = (await readdir(backups)).find((file) => file.endsWith('.holdfast-set'))!;
    await writeFile(join(backups, name), 'torn');
    const world = { fs: nodeFileSystem, bulk: nodeBulkFiles, clock: systemClock, codec: bestCodec };
    const status = async (of: string) => (await readStatuses(world, storages)).get(of);
    const app = await apiApp({ storages, jobs: board, status });
    const paths = [
      '/storages',
      '/storages/main/status',
      '/storages/main/sets',
      '/storages/main/runs',
      '/jobs',
    ];
    const ask = async () =>
      (await Promise.all(paths.map(async (path) => (await app.inject(API + path)).body))).join('\n');
    const told = await ask();
    await site.configure('keep = "many"\n');
    const wrong = await ask();
    expect(told).toContain(`"${name} is not used`);
    expect(wrong).toContain('holdfast.toml');
    expect(told + wrong).not.toMatch(/my site|site\/var/);
  });

  test('one of which cannot be read takes no other with it', async () => {
    const main = storageOf('main', await makeJobSite());
    const broken = { ...main, name: 'broken' };
    const { board } = await openBoard([main, broken]);
    const status = async (name: string) => {
      if (name === 'broken')
        throw new HoldfastError('configuration.missing', 'no configuration at /srv/x.toml');
      return sceneStatus();
    };
    const app = await apiApp({ storages: [main, broken], jobs: board, status });
    const listed = await app.inject(`${API}/storages`);
    await expectDocumented(app, 'get', '/storages', listed);
    expect(listed.json().storages).toMatchObject([
      { name: 'main', verdict: { level: 'safe' } },
      {
        name: 'broken',
        verdict: {
          level: 'danger',
          headline: expect.stringContaining('its backups could not be read'),
          reasons: ['no configuration at x.toml', expect.any(String)],
        },
      },
    ]);
    expect((await app.inject(`${API}/storages/broken`)).json().verdict.level).toBe('danger');
    expect((await app.inject(`${API}/storages/broken/status`)).json().error.code).toBe(
      'configuration.missing',
    );
  });

  test('of one site: the job that runs is told of each', async () => {
    const main = storageOf('main', await makeJobSite('pre_command = "sleep 30"\n'));
    const storages = [main, { ...main, name: 'catalog' }];
    const { board } = await openBoard(storages);
    const app = await apiApp({ storages, jobs: board });
    const { id } = await board.start({ storage: 'main', kind: 'backup', by: 'ada' });
    const told = (await app.inject(`${API}/storages`)).json().storages as readonly { readonly job: object }[];
    expect(told.map(({ job }) => job)).toMatchObject([
      { id, storage: 'main' },
      { id, storage: 'main' },
    ]);
  });

  test('with archives: the beginning of an id is enough there, too', async () => {
    const archive = storageOf('pages', await makeJobSite());
    const storage = { ...archive, backups: { kind: 'archives', directory: '/a', prefix: 'x' } } as const;
    const { board } = await openBoard([]);
    const sets = sceneSets(3);
    const app = await apiApp({ storages: [storage], jobs: board, status: async () => sceneStatus({ sets }) });
    const show = async (id: string) => (await app.inject(`${API}/storages/pages/sets/${id}`)).json();
    const { id } = sets[1]!;
    expect(await show(id.slice(0, -9))).toMatchObject({ set: { id }, files: [{ files: [id] }] });
    expect(await show(id.slice(0, 4))).toMatchObject({ error: { code: 'sets.not-found' } });
  });

  test('in a snapshot: whose, until when, but not the frozen path', async () => {
    const site = await makeJobSite();
    const storage = storageOf('main', site);
    const { board } = await openBoard([storage]);
    const times = { enteredMs: 1e12, renewedMs: 1e12 + 1000, untilMs: 1e12 + 60_000 };
    const frozen = { path: '/srv/frozen', size: 1234, tid: undefined };
    const held = { storage: 'main', code: 'abc', by: 'ada', ...times, frozen };
    const app = await apiApp({ storages: [storage], jobs: board, held });
    const { body } = await app.inject(`${API}/storages/main`);
    expect(JSON.parse(body).snapshot).toMatchObject({ code: 'abc', by: 'ada', size: 1234, tid: null });
    expect(body).not.toContain('frozen');
  });

  test.each([
    ['does not answer', () => new Promise<null>(() => {})],
    ['cannot be asked', () => Promise.reject(new Error('the connection was refused'))],
  ])(
    'held by a Zope that %s: all else is told',
    async (_, code) => {
      const storage = storageOf('main', await makeJobSite());
      const { board } = await openBoard([storage]);
      const app = await apiApp({ storages: [storage], jobs: board, code });
      const answer = await app.inject(`${API}/storages/main`);
      expect(answer.statusCode).toBe(200);
      expect(answer.json()).toMatchObject({ name: 'main', snapshot: null });
    },
    5000,
  );
});

describe('jobs', () => {
  test('are started, found, followed and listed', async () => {
    const { board, get, post } = await make();
    const started = await post({ storage: 'main', kind: 'backup' }, { 'x-user': 'bob' });
    const { id } = started.json();
    expect([started.statusCode, started.headers.location]).toEqual([202, `${API}/jobs/${id}`]);
    expect(started.json()).toMatchObject({ state: 'running', by: 'bob', finished: null });
    await endOf(board, id);
    expect((await get(`/jobs/${id}`)).json()).toMatchObject({ id, state: 'done', data: { made: true } });
    expect((await get('/jobs?storage=main')).json().jobs).toHaveLength(1);
    expect((await get('/jobs?storage=bare')).json().jobs).toEqual([]);
    expect((await get('/jobs?storage=none')).statusCode).toBe(404);
  });

  test('run one at a time, and are cancelled', async () => {
    const { board, post, remove } = await make('pre_command = "sleep 30"\n');
    const { id } = (await post({ storage: 'main', kind: 'backup' })).json();
    const second = await post({ storage: 'main', kind: 'verify', level: 'deep' });
    expect([second.statusCode, second.json().error.code]).toEqual([409, 'toolkit.job-running']);
    expect((await remove(id)).statusCode).toBe(202);
    expect((await endOf(board, id)).state).toBe('cancelled');
    expect((await remove(id)).json().error.code).toBe('toolkit.job-ended');
    expect((await remove('none')).statusCode).toBe(404);
  });

  test.each([
    ['no JSON', '{', 400],
    ['a prototype', '{"storage":"main","kind":"backup","__proto__":{"by":"eve"}}', 400],
    ['another kind', { storage: 'main', kind: 'restore' }, 400],
    ['another field', { storage: 'main', kind: 'backup', by: 'eve' }, 400],
    ['a wrong type', { storage: ['main'], kind: 'backup' }, 400],
    ['a level of a backup', { storage: 'main', kind: 'backup', level: 'deep' }, 400],
    ['nothing', '', 400],
    ['no object', '[]', 400],
    ['a name of great length', { storage: 'x'.repeat(5000), kind: 'backup' }, 400],
    ['no such storage', { storage: 'none', kind: 'backup' }, 404],
    ['a storage without backups', { storage: 'bare', kind: 'backup' }, 404],
    ['65 KiB', { storage: 'main', kind: 'backup', text: 'x'.repeat(65 << 10) }, 413],
  ])('are not started by %s', async (_, body, status) => {
    const { board, post } = await make();
    expect((await post(body)).statusCode).toBe(status);
    expect(board.list()).toEqual([]);
  });

  test.each([
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['plain text', { 'content-type': 'text/plain' }, 415],
    ['a body that is said to be compressed', { 'content-encoding': 'gzip' }, 415],
    ['a page of another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['who may only read', { 'x-roles': 'read' }, 403],
    ['who may only enter snapshots', { 'x-roles': 'snapshot' }, 403],
  ])('are not started by %s', async (_, headers, status) => {
    const { board, post, remove } = await make();
    expect((await post({ storage: 'main', kind: 'backup' }, headers)).statusCode).toBe(status);
    if (status === 403) expect((await remove('x', headers)).statusCode).toBe(403);
    expect(board.list()).toEqual([]);
  });

  test('are listed without what may be long, and no more of them than asked for', async () => {
    const stateDirectory = await temporaryDirectory();
    await mkdir(join(stateDirectory, 'jobs'));
    const ids = Array.from({ length: 60 }, (_, at) => `20260101T0000${String(at).padStart(2, '0')}-0000`);
    for (const [at, id] of ids.entries()) {
      const error = { code: 'repository.verify-failed', message: 'm', details: { problems: ['long'] } };
      const long = { lines: ['long'], warnings: ['long'], data: { long: true }, error };
      const job = { id, storage: 'main', kind: 'verify', by: 'ada', startedMs: at, state: 'failed', ...long };
      await writeFile(join(stateDirectory, 'jobs', `${id}.json`), JSON.stringify({ version: 1, job }));
    }
    const { board } = await openBoard([], { stateDirectory });
    const app = await apiApp({ storages: [], jobs: board });
    const list = async (query: string) => {
      const answer = await app.inject(`${API}/jobs${query}`);
      await expectDocumented(app, 'get', `/jobs${query}`, answer);
      return answer;
    };
    const { jobs } = (await list('')).json() as { readonly jobs: readonly { readonly id: string }[] };
    expect(jobs.map(({ id }) => id)).toEqual(ids.slice(10).reverse());
    expect(jobs[0]).toMatchObject({ state: 'failed', error: { message: 'm' }, cut: false });
    expect(JSON.stringify(jobs)).not.toContain('long');
    expect((await app.inject(`${API}/jobs/${ids[0]}`)).json()).toMatchObject({
      lines: ['long'],
      warnings: ['long'],
      data: { long: true },
      error: { details: { problems: ['long'] } },
    });
    expect((await list('?limit=2')).json().jobs).toHaveLength(2);
    expect((await list('?limit=200')).json().jobs).toHaveLength(60);
    for (const wrong of ['0', '201', '1.5', '', 'x', '1&limit=2'])
      expect((await list(`?limit=${wrong}`)).statusCode, wrong).toBe(400);
  });

  test('are refused to who may not start them before the body is read', async () => {
    const { app, board } = await make();
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo;
    const headers = { ...JSON_TYPE, 'content-length': 60_000, 'x-roles': 'read' };
    const asking = request({ host: '127.0.0.1', port, path: `${API}/jobs`, method: 'POST', headers });
    asking.on('error', () => {});
    whenDone(() => void asking.destroy());
    asking.write('{');
    const status = await new Promise((resolve) =>
      asking.once('response', ({ statusCode }) => resolve(statusCode)),
    );
    expect(status).toBe(403);
    expect(board.list()).toEqual([]);
  }, 5000);

  test('may be looked at by who may only read', async () => {
    const { get } = await make();
    expect((await get('/jobs', { 'x-roles': 'read' })).statusCode).toBe(200);
    expect((await get('/jobs', { 'x-roles': '' })).statusCode).toBe(403);
  });
});

describe('the document', () => {
  test('is OpenAPI 3.1, and has every route', async () => {
    const { app, get } = await make();
    const document = (await app.inject(`${API}/openapi.json`)).json();
    expect(document.openapi).toBe('3.1.0');
    const documented = Object.entries<object>(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(documented.sort()).toEqual([
      'DELETE /api/v1/jobs/{id}',
      'GET /api/v1/jobs',
      'GET /api/v1/jobs/{id}',
      'GET /api/v1/jobs/{id}/events',
      'GET /api/v1/openapi.json',
      'GET /api/v1/storages',
      'GET /api/v1/storages/{name}',
      'GET /api/v1/storages/{name}/locks',
      'GET /api/v1/storages/{name}/runs',
      'GET /api/v1/storages/{name}/sets',
      'GET /api/v1/storages/{name}/sets/{id}',
      'GET /api/v1/storages/{name}/status',
      'POST /api/v1/jobs',
    ]);
    expect((await get('/nothing')).json().error.code).toBe('toolkit.request');
  });
});
