import { mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { temporaryDirectory, whenDone } from '@holdfast/test-kit';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { readConfig } from '../src/config/read.js';
import { serve } from '../src/server/serve.js';
import { startServer, writeConfig } from './support/server.js';

/** A Zope that takes every call and answers none. */
async function silentZope() {
  const calls: Socket[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    calls.push(socket);
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  whenDone(() => {
    for (const socket of calls) socket.destroy();
    server.close();
  });
  return { calls, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/toolkit` };
}

/** The configuration of a server for the storage of such a Zope. */
async function configOf(url: string) {
  const directory = await temporaryDirectory();
  await writeFile(join(directory, 'zope-access'), 'backup:secret\n', { mode: 0o600 });
  const table = `[storages.zope]\nkind = "zope"\ndirectory = "ds"\nurl = "${url}"\naccess = "zope-access"\n`;
  return { directory, file: await writeConfig(directory, table) };
}

test('a server that is asked to stop while it starts is no longer about it than a stop may take', async () => {
  const zope = await silentZope();
  const { directory, file } = await configOf(zope.url);
  const times = { enteredMs: Date.now(), renewedMs: Date.now(), untilMs: Date.now() + 600_000 };
  const entry = {
    storage: 'zope',
    phase: 'entered',
    code: 'x-1',
    by: 'ann',
    memory: { kind: 'zope' },
    ...times,
  };
  await mkdir(join(directory, 'state'), { mode: 0o700 });
  const state = JSON.stringify({ version: 1, snapshots: [entry] });
  await writeFile(join(directory, 'state/snapshots.json'), state, { mode: 0o600 });
  const config = await readConfig(nodeFileSystem, { file, cwd: directory, env: {} });
  const log = pino({ level: 'silent' });
  const exit = () => expect.unreachable();
  const served = serve(config, { log, env: {}, exit, longestStopMs: 500 });
  await expect.poll(() => zope.calls.length, { timeout: 5_000 }).toBeGreaterThan(0);
  const asked = performance.now();
  process.emit('SIGTERM', 'SIGTERM');
  expect(await served).toBe(1);
  expect(performance.now() - asked).toBeLessThan(5_000);
}, 20_000);

test('a server that has stopped ends, also while a Zope does not answer a call', async () => {
  const zope = await silentZope();
  const { file } = await configOf(zope.url);
  const server = await startServer(file);
  // The page gives up after 2 s; the call goes on for 10 s.
  expect((await server.ask('/zope')).status).toBe(200);
  expect(zope.calls.length).toBeGreaterThan(0);
  const asked = performance.now();
  expect(await server.end()).toBe(0);
  expect(performance.now() - asked).toBeLessThan(5_000);
}, 40_000);
