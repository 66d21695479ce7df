import { afterEach, describe, expect, test } from 'vitest';
import type { Identity } from '../src/index.js';
import { ASSETS } from '../src/page/assets/assets.js';
import type { SeenStorage } from '../src/page/model/seen.js';
import { type PageApp, pageApp } from './support/page-app.js';
import { job, scene, seen, storage } from './support/page-scene.js';

const BROWSER = { accept: 'text/html,application/xhtml+xml' };
const FORM = { ...BROWSER, 'content-type': 'application/x-www-form-urlencoded' };
const TOKEN = 'csrf=token-of-alice';

const open: PageApp[] = [];

async function serve(storages: readonly SeenStorage[] = scene(), identity?: Identity) {
  const page = await pageApp(storages, identity);
  open.push(page);
  const { app } = page;
  return {
    ...page,
    get: (url: string, headers: Record<string, string> = {}) =>
      app.inject({ url, headers: { ...BROWSER, ...headers } }),
    post: (url: string, payload: string) => app.inject({ method: 'POST', url, headers: FORM, payload }),
  };
}

afterEach(async () => {
  for (const { app } of open.splice(0)) await app.close();
});

describe('reading', () => {
  test('the list has the worst storage first, and is not kept', async () => {
    const { get } = await serve();
    const reply = await get('/');
    expect(reply.statusCode).toBe(200);
    expect(reply.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
    });
    const order = [...reply.body.matchAll(/id="storage-([^"]+)"/g)].map(([, name]) => name);
    expect(order).toEqual(['catalog', 'archive-2019', 'main']);
    expect(reply.body).toContain('1 of 3 storages is in danger.');
  });

  test('a storage has its page, whatever is in its name', async () => {
    const { get } = await serve([seen({ storage: storage({ name: 'a.b-c' }) })]);
    expect((await get('/a.b-c')).body).toContain('<h1 id="storage-name">a.b-c</h1>');
  });

  test('one that is not there is said so on a page, with the way back', async () => {
    const { get } = await serve();
    const reply = await get('/nothing');
    expect(reply.statusCode).toBe(404);
    expect(reply.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(reply.body).toContain('toolkit.no-storage');
    expect(reply.body).toContain('<a class="button" href="/">All storages</a>');
  });

  test('style, script and icons may be kept for ever', async () => {
    const { get } = await serve();
    const page = (await get('/main')).body;
    for (const { address, type, text } of ASSETS) {
      const reply = await get(address);
      expect(reply.headers['cache-control']).toContain('immutable');
      expect([reply.headers['content-type'], reply.body]).toEqual([type, text]);
      if (!address.includes('icon')) expect(page).toContain(`"${address}"`);
    }
  });

  test('whoever is nobody sees no page; a program is told in JSON', async () => {
    const { get } = await serve();
    const page = await get('/main', { user: 'nobody' });
    expect(page.statusCode).toBe(401);
    expect(page.body).toContain('A user name and password are needed.');
    const program = await get('/main', { user: 'nobody', accept: '*/*' });
    expect(program.json()).toMatchObject({ error: { code: 'toolkit.denied' } });
  });

  test('a storage that cannot be read takes the others not with it', async () => {
    const broken = seen({
      storage: storage({ name: 'broken' }),
      status: { kind: 'failed', message: 'cannot read /srv/secret/holdfast.json', hint: 'mend it' },
      snapshotCode: { kind: 'unknown', message: 'the Zope says 502' },
    });
    const { get } = await serve([seen(), broken]);
    const all = await get('/');
    expect(all.statusCode).toBe(200);
    expect(all.body).toContain('How safe this storage is cannot be told');
    expect(all.body).toContain('cannot read holdfast.json');
    expect(all.body).not.toContain('/srv/secret');
    expect((await get('/broken')).body).toContain(
      'Whether it is in a snapshot is not known: the Zope says 502',
    );
  });
});

describe('a form', () => {
  test('starts a job, and shows the storage', async () => {
    const { post, started } = await serve([seen()]);
    const reply = await post('/main/jobs', `kind=verify&level=deep&${TOKEN}`);
    expect(reply.statusCode).toBe(303);
    expect(reply.headers.location).toBe('/main#job-20261121T120005-beef');
    expect(started).toEqual([{ storage: 'main', kind: 'verify', level: 'deep', by: 'alice' }]);
  });

  test('cancels a job of its storage, and of no other', async () => {
    const { post, cancelled } = await serve();
    const { id } = job();
    expect((await post(`/main/jobs/${id}/cancel`, TOKEN)).headers.location).toBe('/main#jobs');
    const other = await post(`/catalog/jobs/${id}/cancel`, TOKEN);
    expect(other.statusCode).toBe(404);
    expect(cancelled).toEqual([id]);
  });

  test.each([
    ['no token', 'kind=backup', 403],
    ['another token', 'kind=backup&csrf=token-of-mallory', 403],
    ['no kind', TOKEN, 400],
    ['an unknown kind', `kind=__proto__&${TOKEN}`, 400],
    ['an unknown level', `kind=verify&level=all&${TOKEN}`, 400],
    ['a kind twice', `kind=backup&kind=prune&${TOKEN}`, 400],
  ])('with %s does nothing', async (_, payload, status) => {
    const { post, started } = await serve([seen()]);
    const reply = await post('/main/jobs', payload);
    expect(reply.statusCode).toBe(status);
    expect(reply.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(reply.body).toContain('Back to main');
    expect(started).toEqual([]);
  });

  test('while a job runs says so, with what to do', async () => {
    const { post } = await serve();
    const reply = await post('/main/jobs', `kind=backup&${TOKEN}`);
    expect(reply.statusCode).toBe(409);
    expect(reply.body).toContain('toolkit.job-running');
  });

  test('of somebody who may only read does nothing', async () => {
    const { post, started } = await serve([seen()], { user: 'bob', roles: new Set(['read', 'snapshot']) });
    expect((await post('/main/jobs', `kind=backup&${TOKEN}`)).statusCode).toBe(403);
    expect(started).toEqual([]);
  });

  test('for a storage that is not there does nothing', async () => {
    const { post, started } = await serve();
    expect((await post('/nothing/jobs', `kind=backup&${TOKEN}`)).statusCode).toBe(404);
    expect(started).toEqual([]);
  });
});
