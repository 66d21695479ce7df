import { mkdir, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { temporaryDirectory, whenDone } from '@holdfast/test-kit';
import fastify from 'fastify';
import { describe, expect, test } from 'vitest';
import type { Listen } from '../src/config/server-config.js';
import { listenOn } from '../src/server/listen.js';

function listen(where: Listen): Promise<string> {
  const app = fastify();
  whenDone(() => app.close());
  return listenOn(app, nodeFileSystem, where);
}

const tcp = (host: string, port: number): Listen => ({ kind: 'tcp', host, port });
const unix = (path: string): Listen => ({ kind: 'unix', path, mode: 0o600 });

describe('where nobody can listen, the hint says what to do about it', () => {
  test('another program is there', async () => {
    const app = fastify();
    whenDone(() => app.close());
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo;
    await expect(listen(tcp('127.0.0.1', port))).rejects.toMatchObject({
      code: 'toolkit.busy',
      hint: expect.stringContaining('Stop the other program'),
    });
  });

  test('the address is not of this machine', async () => {
    await expect(listen(tcp('192.0.2.1', 0))).rejects.toMatchObject({
      code: 'toolkit.configuration',
      message: 'cannot listen on 192.0.2.1:0: EADDRNOTAVAIL',
      hint: expect.stringContaining('no such address'),
    });
  });

  test('the directory of the socket is missing', async () => {
    const path = join(await temporaryDirectory(), 'run/toolkit.sock');
    await expect(listen(unix(path))).rejects.toMatchObject({
      code: 'toolkit.configuration',
      message: expect.stringContaining('of the socket is not there'),
      hint: expect.stringContaining('Make it'),
    });
  });

  test.skipIf(process.getuid?.() === 0)('the user may not', async () => {
    const directory = join(await temporaryDirectory(), 'run');
    await mkdir(directory, { mode: 0o500 });
    await expect(listen(unix(join(directory, 'toolkit.sock')))).rejects.toMatchObject({
      hint: expect.stringContaining('Let the user of the server write'),
    });
  });

  test('what is there is no socket', async () => {
    const path = join(await temporaryDirectory(), 'toolkit.sock');
    await writeFile(path, '');
    await expect(listen(unix(path))).rejects.toMatchObject({
      message: `${path} is there already, and is no socket`,
    });
  });
});
