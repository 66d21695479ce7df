import { FixedClock } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { type Derive, hashPassword } from '../src/auth/passwords.js';
import { authApp, basic, cheapHash } from './support/auth-app.js';
import { counting, usual } from './support/auth-usual.js';

const CHALLENGE = 'Basic realm="Holdfast", charset="UTF-8"';

describe('who asks', () => {
  test('nobody is asked for a name and password; somebody else too', async () => {
    const { get, app } = await usual();
    for (const response of [
      await get('/read'),
      await get('/read', 'admin', 'falsch'),
      await get('/read', 'nobody', 'x'),
    ]) {
      expect(response.statusCode).toBe(401);
      expect(response.headers['www-authenticate']).toBe(CHALLENGE);
      expect(response.json()).toMatchObject({ error: { code: 'toolkit.denied' } });
    }
    const wrong = await get('/read', 'admin', 'falsch');
    const unknown = await get('/read', 'nobody', 'falsch');
    expect(wrong.body).toBe(unknown.body);
    expect((await app.inject('/open')).body).toBe('open');
  });

  test('a hashed secret and one in clear text let in', async () => {
    const { get } = await usual();
    expect((await get('/read', 'admin', 'richtig')).body).toBe('admin');
    expect((await get('/read', 'client', 'geheim')).body).toBe('client');
  });

  test.each([
    ['admin', 'richtig', [200, 200, 200, 200]],
    ['client', 'geheim', [200, 200, 403, 403]],
    ['backer', 'x', [200, 403, 200, 403]],
    ['viewer', 'x', [200, 403, 403, 403]],
  ])('%s may do what its roles say', async (user, password, statuses) => {
    const { get } = await usual();
    const answers = [];
    for (const role of ['read', 'snapshot', 'backup', 'admin'])
      answers.push((await get(`/${role}`, user, password)).statusCode);
    expect(answers).toEqual(statuses);
  });

  test.each([
    ['Bearer abc'],
    ['Basic'],
    ['Basic !!!'],
    [`Basic ${Buffer.from('admin').toString('base64')}`],
    [`Basic ${Buffer.from(':richtig').toString('base64')}`],
    [`Basic ${Buffer.from('admin:rich\u0000tig').toString('base64')}`],
    [`Basic ${Buffer.from([0x61, 0x3a, 0xff, 0xfe]).toString('base64')}`],
    [`${basic('admin', 'richtig')}\u00a0`],
    [basic('admin', 'x'.repeat(4096))],
  ])('a header that is none costs nothing: %s', async (authorization) => {
    const { app, costs } = await usual();
    expect((await app.inject({ url: '/read', headers: { authorization } })).statusCode).toBe(401);
    expect(costs).toEqual([]);
  });

  test('a password with letters of any kind is typed in either way', async () => {
    const access = `ren\u00e9:${await cheapHash('caf\u00e9 ☕:x')}\n`;
    const { get } = await authApp({ access, derive: counting().derive });
    expect((await get('/read', 'rene\u0301', 'cafe\u0301 ☕:x')).body).toBe('ren\u00e9');
  });

  test('a route that required no role learns of nobody', async () => {
    const { get } = await usual();
    expect((await get('/nobody', 'admin', 'richtig')).statusCode).toBe(500);
  });
});

describe('a proof', () => {
  test('is remembered for five minutes, from that address', async () => {
    const { get, clock, costs } = await usual();
    for (let n = 0; n < 50; n++) await get('/read', 'admin', 'richtig');
    expect(costs).toHaveLength(1);
    clock.advance(5 * 60_000 - 1);
    await get('/read', 'admin', 'richtig');
    expect(costs).toHaveLength(1);
    await get('/read', 'admin', 'richtig', {}, '192.0.2.2');
    expect(costs).toHaveLength(2);
    clock.advance(1);
    await get('/read', 'admin', 'richtig');
    expect(costs).toHaveLength(3);
  });

  test('is worked on once for fifty clients that come at the same time', async () => {
    const { get, costs } = await usual();
    const answers = await Promise.all(Array.from({ length: 50 }, () => get('/read', 'admin', 'richtig')));
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200]));
    expect(costs).toHaveLength(1);
  });

  test('of fifty users behind one address, at the same time, none is refused', async () => {
    const access = Array.from({ length: 50 }, (_, n) => `user${n}:word${n}`).join('\n');
    const { get } = await authApp({
      access,
      derive: counting().derive,
      limits: { perSecond: 1000, waiting: 64, waitingOfAddress: 64 },
    });
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => get('/read', `user${n}`, `word${n}`)),
    );
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(50).fill(200));
  });

  test('is forgotten when the access file changes: at once a user is gone, or has another password', async () => {
    const { get, clock, file } = await usual();
    expect((await get('/read', 'admin', 'richtig')).statusCode).toBe(200);
    await file.write(`admin:${await cheapHash('neu')}:read\n`);
    clock.advance(1000);
    expect((await get('/read', 'admin', 'richtig')).statusCode).toBe(401);
    expect((await get('/read', 'admin', 'neu')).statusCode).toBe(200);
    expect((await get('/backup', 'admin', 'neu')).statusCode).toBe(403);
    expect((await get('/read', 'client', 'geheim')).statusCode).toBe(401);
  });

  test('costs the same for whoever there is and is not: one computation, of a cost that the file has', async () => {
    const access = `a:${await hashPassword('x', { ln: 4, r: 1, p: 1 })}\nb:${await hashPassword('x', { ln: 6, r: 1, p: 1 })}\nc:x\n`;
    const { derive, costs } = counting();
    const clock = new FixedClock();
    const { get } = await authApp({ access, clock, derive });
    let address = 1;
    const costOf = async (user: string) => {
      costs.length = 0;
      await get('/read', user, 'falsch', {}, `192.0.2.${address++}`);
      clock.advance(1000);
      expect(costs).toHaveLength(1);
      return costs[0]!;
    };
    expect([await costOf('a'), await costOf('b'), await costOf('c')]).toEqual([4, 6, 15]);
    const strangers = [];
    for (let n = 0; n < 40; n++) strangers.push(await costOf(`stranger${n}`));
    expect([...new Set(strangers)].sort((a, b) => a - b)).toEqual([4, 6, 15]);
    expect(await costOf('stranger0')).toBe(strangers[0]);
  });

  test('that cannot be computed is a mistake of the server, and no failure of the user', async () => {
    let broken = true;
    const derive: Derive = (...given) =>
      broken ? Promise.reject(new Error('no memory')) : counting().derive(...given);
    const { get } = await usual({ derive });
    for (let n = 0; n < 10; n++) expect((await get('/read', 'admin', 'richtig')).statusCode).toBe(500);
    broken = false;
    expect((await get('/read', 'admin', 'richtig')).statusCode).toBe(200);
  });
});

describe('who guesses', () => {
  test('is told to wait, before anything is computed; nobody elsewhere is', async () => {
    const { get, costs, clock } = await usual();
    for (let n = 0; n < 5; n++) expect((await get('/read', 'admin', `falsch${n}`)).statusCode).toBe(401);
    expect(costs).toHaveLength(5);
    const slowed = await get('/read', 'admin', 'richtig');
    expect(slowed.statusCode).toBe(429);
    expect(slowed.headers['retry-after']).toBe('1');
    expect(slowed.json()).toMatchObject({
      error: { code: 'toolkit.denied', hint: 'Wait a second, then try again.' },
    });
    expect(costs).toHaveLength(5);
    expect((await get('/read', 'admin', 'richtig', {}, '192.0.2.2')).statusCode).toBe(200);
    clock.advance(1000);
    expect((await get('/read', 'admin', 'richtig')).statusCode).toBe(200);
  });

  test('cannot lock out a user who is in, from the same address, with a hundred tries', async () => {
    const { get } = await usual();
    expect((await get('/read', 'admin', 'richtig')).statusCode).toBe(200);
    for (let n = 0; n < 90; n++) await get('/read', 'admin', `falsch${n}`);
    expect((await get('/read', 'admin', 'falsch')).statusCode).toBe(429);
    expect((await get('/read', 'admin', 'richtig')).statusCode).toBe(200);
  });

  test('cannot guess at remembered proofs for long', async () => {
    const { get } = await usual();
    expect((await get('/read', 'admin', 'richtig')).statusCode).toBe(200);
    for (let n = 0; n < 200; n++) await get('/read', 'admin', `falsch${n}`);
    expect((await get('/read', 'admin', 'richtig')).statusCode).toBe(429);
    expect((await get('/read', 'admin', 'richtig', {}, '192.0.2.2')).statusCode).toBe(200);
  });

  test('is logged, with the name cut short and made harmless, and never with a password', async () => {
    const { get, log } = await usual();
    await get('/read', 'admin', 'sehrgeheim');
    await get('/read', `bad\u2028name${'x'.repeat(300)}`, 'sehrgeheim');
    for (let n = 0; n < 100; n++) await get('/read', 'admin', `sehrgeheim${n}`);
    const refusals = log.lines.filter(({ text }) => text === 'a user and password were refused');
    expect(refusals[0]!.fields).toEqual({ user: 'admin', address: '192.0.2.1' });
    expect(refusals[1]!.fields.user).toBe(`bad\\u2028name${'x'.repeat(64 - 13)}…`);
    const slowed = log.lines.filter(({ text }) => text === 'somebody who guesses has to wait');
    expect(slowed.map(({ fields }) => fields.times)).toEqual([1, 10]);
    expect(JSON.stringify(log.lines)).not.toContain('sehrgeheim');
  });
});
