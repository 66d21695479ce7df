import { describe, expect, test } from 'vitest';
import { COLLEAGUE, OPERATOR, READER, twoStorages, xmlRpcApp } from './support/xml-rpc-app.js';

async function server() {
  const parts = await xmlRpcApp({ storages: await twoStorages() });
  const { app } = parts;
  const get = (url: string, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET') =>
    app.inject({ method, url, headers: { authorization: OPERATOR, accept: 'text/html', ...headers } });
  const post = async (
    url: string,
    fields: Record<string, string>,
    user = OPERATOR,
    more: Record<string, string> = {},
  ) => {
    const csrf = (await app.inject({ url: '/token', headers: { authorization: user } })).body;
    const payload = new URLSearchParams({ csrf, ...fields }).toString();
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: user,
      accept: 'text/html',
      ...more,
    };
    return app.inject({ method: 'POST', url, payload, headers });
  };
  return { ...parts, get, post };
}

describe('the addresses of the original', () => {
  test.each([
    {},
    { 'user-agent': 'curl/8.5.0' },
    { 'sec-fetch-site': 'none', 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64)' },
    { 'sec-fetch-site': 'same-origin', 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64)' },
  ])('enter as toolkit, leave, and show the page: %j', async (headers: Record<string, string>) => {
    const { get, keeper } = await server();
    const entered = await get('/main/enterSnapshot', headers);
    expect([entered.statusCode, entered.headers.location]).toEqual([303, '/main']);
    expect(keeper.held('main')).toMatchObject({ code: 'toolkit', by: 'operator' });
    const left = await get('/main/leaveSnapshot', headers);
    expect([left.statusCode, left.headers.location]).toEqual([303, '/main']);
    expect(keeper.held('main')).toBeUndefined();
  });

  test.each([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'anything' },
    { 'sec-purpose': 'prefetch;prerender' },
    { purpose: 'prefetch' },
    // An image, over plain HTTP to another machine.
    { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64)' },
    { referer: 'http://evil.example/' },
    { origin: 'null' },
  ])('do nothing for another site, or ahead of time: %j', async (headers: Record<string, string>) => {
    const { get, keeper } = await server();
    expect((await get('/main/enterSnapshot', headers)).statusCode).toBe(403);
    expect(keeper.held('main')).toBeUndefined();
    await keeper.enter('main', 'toolkit', 'operator');
    expect((await get('/main/leaveSnapshot', headers)).statusCode).toBe(403);
    expect(keeper.held('main')).toBeDefined();
  });

  test('do nothing when only their head is asked for', async () => {
    const { get, keeper } = await server();
    expect((await get('/main/enterSnapshot', {}, 'HEAD')).statusCode).toBe(404);
    expect(keeper.held('main')).toBeUndefined();
  });

  test('take no code, and leave no snapshot of another code', async () => {
    const { get, keeper } = await server();
    expect((await get('/main/enterSnapshot?code=a')).statusCode).toBe(400);
    await keeper.enter('main', 'host-1', 'operator');
    const refused = await get('/main/leaveSnapshot');
    expect(refused.statusCode).toBe(409);
    expect(refused.body).toContain('host-1');
    expect((await get('/main/enterSnapshot')).statusCode).toBe(409);
    expect(keeper.held('main')).toMatchObject({ code: 'host-1' });
  });

  test('need the role, and a storage', async () => {
    const { get, keeper } = await server();
    expect((await get('/main/enterSnapshot', { authorization: READER })).statusCode).toBe(403);
    expect((await get('/main/enterSnapshot', { authorization: '' })).statusCode).toBe(401);
    expect((await get('/nothing/enterSnapshot')).statusCode).toBe(404);
    expect(keeper.held('main')).toBeUndefined();
  });
});

describe('the forms of the page', () => {
  test('enter and leave, with a code or as toolkit', async () => {
    const { post, keeper } = await server();
    const entered = await post('/main/enterSnapshot', {});
    expect([entered.statusCode, entered.headers.location]).toEqual([303, '/main']);
    expect(keeper.held('main')).toMatchObject({ code: 'toolkit' });
    expect((await post('/main/leaveSnapshot', { code: '' })).statusCode).toBe(303);
    expect((await post('/main/enterSnapshot', { code: 'night' })).statusCode).toBe(303);
    expect((await post('/main/leaveSnapshot', { code: 'other' })).statusCode).toBe(409);
    // Whoever sees the code on the page may let the storage go.
    expect((await post('/main/leaveSnapshot', { code: 'night' }, COLLEAGUE)).statusCode).toBe(303);
    expect(keeper.held('main')).toBeUndefined();
  });

  test('are taken from a page that says no origin', async () => {
    const { app, post, keeper } = await server();
    const headers = {
      authorization: OPERATOR,
      origin: 'null',
      'content-type': 'application/x-www-form-urlencoded',
    };
    const forged = { method: 'POST' as const, url: '/main/enterSnapshot', headers, payload: 'code=a' };
    expect((await app.inject(forged)).statusCode).toBe(403);
    expect((await post('/main/enterSnapshot', {}, OPERATOR, { origin: 'null' })).statusCode).toBe(303);
    expect(keeper.held('main')).toBeDefined();
  });

  test('are refused without their token, with a wrong one, and with a code that is none', async () => {
    const { post, app, keeper } = await server();
    expect((await post('/main/enterSnapshot', { csrf: 'x' })).statusCode).toBe(403);
    expect((await post('/main/enterSnapshot', { code: 'a\nb' })).statusCode).toBe(400);
    expect((await post('/main/enterSnapshot', { code: 'a'.repeat(201) })).statusCode).toBe(400);
    const bare = {
      method: 'POST' as const,
      url: '/main/enterSnapshot',
      headers: { authorization: OPERATOR },
    };
    expect((await app.inject(bare)).statusCode).toBe(403);
    expect(keeper.held('main')).toBeUndefined();
  });
});
