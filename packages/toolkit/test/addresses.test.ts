import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory, whenDone } from '@holdfast/test-kit';
import fastify, { type InjectOptions } from 'fastify';
import { expect, test } from 'vitest';
import { toolkitPlugin } from '../src/index.js';
import { makeFileStorage, storageOf } from './support/keeper.js';

const BROWSER = { accept: 'text/html,application/xhtml+xml' };
const CALL = '<?xml version="1.0"?><methodCall><methodName>currentSnapshotCode</methodName></methodCall>';

/** The whole plugin on a fastify whose router minds a slash at the end. */
async function serve() {
  const directory = await temporaryDirectory();
  const access = join(directory, 'access');
  await writeFile(access, 'admin:secret of admin:admin\n', { mode: 0o600 });
  const storages = [storageOf('main', { kind: 'filestorage', dataFs: await makeFileStorage() })];
  const app = fastify();
  whenDone(() => app.close());
  app.register(toolkitPlugin, {
    storages,
    state: join(directory, 'state'),
    access,
    title: 'test',
    tls: false,
  });
  await app.ready();
  const authorization = `Basic ${Buffer.from('admin:secret of admin').toString('base64')}`;
  return (options: InjectOptions) =>
    app.inject({ ...options, headers: { authorization, ...options.headers } });
}

test('a slash at the end of a storage makes no other address, for the page and for XML-RPC', async () => {
  const ask = await serve();
  const page = await ask({ url: '/main/', headers: BROWSER });
  expect(page.statusCode).toBe(200);
  expect(page.body).toContain('<h1 id="storage-name">main</h1>');
  expect((await ask({ method: 'HEAD', url: '/main/' })).statusCode).toBe(200);
  const headers = { 'content-type': 'text/xml' };
  const [plain, slash] = await Promise.all(
    ['/main', '/main/'].map((url) => ask({ method: 'POST', url, payload: CALL, headers })),
  );
  expect(slash!.statusCode).toBe(200);
  expect(slash!.body).toContain('<methodResponse>');
  expect(slash!.body).toBe(plain!.body);
});

test('what is not there is a page for a browser, and JSON for a program', async () => {
  const ask = await serve();
  for (const url of ['/main/foo', '/main/foo/', '/no/such/place']) {
    const page = await ask({ url, headers: BROWSER });
    expect([page.statusCode, page.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
    expect(page.body).toContain('There is nothing at this address.');
    expect((await ask({ url })).json()).toMatchObject({ error: { code: 'toolkit.request' } });
  }
  const api = await ask({ url: '/api/v1/foo', headers: BROWSER });
  expect(api.json()).toMatchObject({ error: { code: 'toolkit.request' } });
});
