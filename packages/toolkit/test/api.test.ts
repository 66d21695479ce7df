import { nodeBulkFiles, nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import { bestCodec } from '@holdfast/gzip-members';
import { describe, expect, test } from 'vitest';
import { readStatuses } from '../src/read-statuses.js';
import { apiApp } from './support/api-app.js';
import { endOf, makeJobSite, openBoard, storageOf } from './support/job-site.js';
import { expectDocumented } from './support/openapi.js';

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
    ['a page of another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['who may only read', { 'x-roles': 'read' }, 403],
    ['who may only enter snapshots', { 'x-roles': 'snapshot' }, 403],
  ])('are not started by %s', async (_, headers, status) => {
    const { board, post, remove } = await make();
    expect((await post({ storage: 'main', kind: 'backup' }, headers)).statusCode).toBe(status);
    if (status === 403) expect((await remove('x', headers)).statusCode).toBe(403);
    expect(board.list()).toEqual([]);
  });

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
