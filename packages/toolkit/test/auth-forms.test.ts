import { describe, expect, test } from 'vitest';
import { basic } from './support/auth-app.js';
import { usual } from './support/auth-usual.js';

describe('a request that another site had the browser make', () => {
  const host = { host: 'backup.example.org:8440' };

  test.each([
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ origin: 'https://evil.example' }, 403],
    [{ origin: 'https://backup.example.org' }, 403],
    [{ origin: 'garbage' }, 403],
    [{ origin: 'null' }, 403],
    [{ 'sec-fetch-site': 'same-origin', origin: 'null' }, 200],
    [{ 'sec-fetch-site': 'none' }, 200],
    [{ origin: 'https://BACKUP.example.org:8440' }, 200],
    [{ origin: 'https://front.example.org' }, 200],
    [{}, 200],
  ])('changes nothing: %j', async (headers, status) => {
    const { get } = await usual({ origins: ['https://front.example.org'] });
    const sent = { ...host, ...(headers as Record<string, string>) };
    expect((await get('/snapshot', 'client', 'geheim', sent)).statusCode).toBe(status);
    expect((await get('/read', 'client', 'geheim', sent)).statusCode).toBe(200);
  });

  test('is told by Host alone: a trusted proxy may pass on an X-Forwarded-Host that it got', async () => {
    const { get } = await usual({ trustProxy: () => true });
    const forwarded = { ...host, 'x-forwarded-for': '203.0.113.9', 'x-forwarded-host': 'evil.example' };
    const asked = async (origin: string) =>
      (await get('/snapshot', 'client', 'geheim', { ...forwarded, origin })).statusCode;
    expect(await asked('https://evil.example')).toBe(403);
    expect(await asked('https://backup.example.org:8440')).toBe(200);
  });

  test('is told so, with what to do behind a proxy', async () => {
    const { get } = await usual();
    const { error } = (await get('/snapshot', 'client', 'geheim', { origin: 'https://evil.example' })).json();
    expect(error).toMatchObject({
      code: 'toolkit.denied',
      message: 'the request was made by another site',
      hint: expect.stringContaining('Host with the port'),
    });
  });
});

describe('a form', () => {
  async function withToken() {
    const made = await usual();
    const token = (await made.get('/token', 'client', 'geheim')).body;
    const post = (
      csrf: string | undefined,
      headers: Record<string, string> = {},
      user = 'client',
      password = 'geheim',
    ) =>
      made.app.inject({
        method: 'POST',
        url: '/form',
        headers: {
          authorization: basic(user, password),
          'content-type': 'application/x-www-form-urlencoded',
          ...headers,
        },
        payload: csrf === undefined ? 'other=1' : new URLSearchParams({ csrf }).toString(),
      });
    return { ...made, token, post };
  }

  test('is taken with the token of the user, for half a day', async () => {
    const { token, post, clock } = await withToken();
    expect((await post(token)).statusCode).toBe(200);
    expect((await post(token, { origin: 'null' })).statusCode).toBe(200);
    clock.advance(12 * 3_600_000);
    expect((await post(token)).statusCode).toBe(200);
    clock.advance(3_600_000);
    expect((await post(token)).statusCode).toBe(403);
  });

  test('is taken also when the wall clock was set back', async () => {
    const { token, post, clock } = await withToken();
    clock.set(clock.now() - 6 * 3_600_000);
    expect((await post(token)).statusCode).toBe(200);
  });

  test('is refused without a token, with another one, and with that of another user', async () => {
    const { token, post } = await withToken();
    const [hour, mac] = token.split('.') as [string, string];
    const others = [
      undefined,
      '',
      'x',
      `${hour}.`,
      `${Number(hour) + 1}.${mac}`,
      `${hour}.${mac.toLowerCase()}`,
      `${token}x`,
    ];
    for (const other of others) expect((await post(other)).statusCode).toBe(403);
    expect((await post(token, {}, 'viewer', 'x')).statusCode).toBe(403);
  });

  test('is refused from another site, token or not; of two tokens neither counts', async () => {
    const { token, post, app } = await withToken();
    expect((await post(token, { 'sec-fetch-site': 'cross-site' })).statusCode).toBe(403);
    expect((await post(token, { 'sec-fetch-site': 'same-site' })).statusCode).toBe(403);
    expect((await post(token, { origin: 'https://evil.example' })).statusCode).toBe(403);
    const twice = await app.inject({
      method: 'POST',
      url: '/form',
      headers: {
        authorization: basic('client', 'geheim'),
        'content-type': 'application/x-www-form-urlencoded',
      },
      payload: `csrf=${token}&csrf=${token}`,
    });
    expect(twice.statusCode).toBe(403);
  });
});
