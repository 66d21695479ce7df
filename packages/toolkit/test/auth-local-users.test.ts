import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { whenDone } from '@holdfast/test-kit';
import { expect, test } from 'vitest';
import { authApp, basic, cheapHash } from './support/auth-app.js';
import { usual } from './support/auth-usual.js';

const NOBODY = 65_534;
const canBecomeAnother = process.platform === 'linux' && process.getuid?.() === 0;

/** Says what each of its tries was answered. */
const GUESSING = `
  const [url] = process.argv.slice(1);
  for (let n = 0; ; n++) {
    const authorization = 'Basic ' + btoa('admin:wrong' + n);
    console.log((await fetch(url, { headers: { authorization } })).status);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }`;

test.skipIf(!canBecomeAnother)(
  'a user of this machine who guesses makes no other one wait (only root on Linux can try that)',
  async () => {
    const { app, log } = await authApp({ access: `admin:${await cheapHash('richtig')}:admin\n` });
    await app.listen({ host: '127.0.0.1', port: 0 });
    const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/admin`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', GUESSING, url], {
      uid: NOBODY,
      gid: NOBODY,
      cwd: '/',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    whenDone(async () => {
      child.kill('SIGKILL');
      await once(child, 'close');
    });
    let waits = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      if (line === '429') waits += 1;
      // More than help a remembered log-in.
      if (waits === 110) break;
    }
    const answer = () => fetch(url, { headers: { authorization: basic('admin', 'richtig') } });
    expect((await answer()).status).toBe(200);
    expect((await answer()).status).toBe(200);
    const waiting = log.lines.filter(({ text }) => text === 'somebody who guesses has to wait');
    expect(new Set(waiting.map(({ fields }) => fields.address))).toEqual(
      new Set([`local 127.0.0.1 uid ${NOBODY}`]),
    );
  },
);

test('over a loopback address nobody waits longer than five seconds, also where the user is not known', async () => {
  const { get, clock } = await usual();
  const statuses = async (from: string) => {
    for (let n = 0; n < 11; n++) {
      await get('/admin', 'admin', `wrong${n}`, {}, from);
      clock.advance(70_000);
    }
    await get('/admin', 'admin', 'wrong', {}, from);
    const waiting = await get('/admin', 'admin', 'richtig', {}, from);
    return [waiting.statusCode, Number(waiting.headers['retry-after'])];
  };
  expect(await statuses('127.0.0.1')).toEqual([429, 5]);
  expect(await statuses('::1')).toEqual([429, 5]);
  expect(await statuses('192.0.2.1')).toEqual([429, 128]);
});

test('an address that a trusted proxy tells is none of this machine, whatever it says', async () => {
  const { get, clock, log } = await usual({ trustProxy: () => true });
  const from = { 'x-forwarded-for': '127.0.0.1' };
  for (let n = 0; n < 11; n++) {
    await get('/admin', 'admin', `wrong${n}`, from, '127.0.0.1');
    clock.advance(70_000);
  }
  expect(log.lines.at(-1)?.fields.address).toBe('127.0.0.1');
  await get('/admin', 'admin', 'wrong', from, '127.0.0.1');
  const waiting = await get('/admin', 'admin', 'richtig', from, '127.0.0.1');
  expect([waiting.statusCode, waiting.headers['retry-after']]).toEqual([429, '128']);
  expect((await get('/admin', 'admin', 'richtig', {}, '127.0.0.1')).statusCode).toBe(200);
});
