import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describePeers, temporaryDirectory, whenDone } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { passwordOf, type RunningServer, startServer, writeConfig } from './support/server.js';
import { serveDirectory, serveSite, serveZope } from './support/storages.js';
import { eventually } from './support/wait.js';
import { call } from './support/xml-rpc.js';

const HOLDFAST = fileURLToPath(new URL('../../cli/bin/holdfast.js', import.meta.url));

/** `holdfast snapshot` through the server, with a COMMAND that takes its time and has begun. */
async function holdSnapshot(server: RunningServer, name: string, storage: string, seconds: number) {
  const conf = await temporaryDirectory();
  await writeFile(join(conf, 'access'), `zope:${passwordOf('zope')}\n`, { mode: 0o600 });
  await writeFile(join(conf, 'snapshot.conf'), `http ${server.url}/${name} access\nnodirect\n`);
  const args = ['snapshot', '--snapshot-conf', join(conf, 'snapshot.conf'), '--storage', storage];
  const command = ['sh', '-c', `echo begun; exec sleep ${seconds}`];
  const child = spawn(process.execPath, [HOLDFAST, ...args, '--', ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  whenDone(() => {
    child.kill('SIGKILL');
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const status = new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? -1)));
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  await eventually('COMMAND has begun', () => stdout.includes('begun'));
  expect(await call(server, name, 'currentSnapshotCode')).toMatch(/^user\//);
  return { status, stderr: () => stderr };
}

async function serve(name: 'main' | 'pages') {
  const start = async (toml: string) => startServer(await writeConfig(await temporaryDirectory(), toml));
  if (name === 'main') {
    const { toml, dataFs } = await serveSite('2s');
    return { server: await start(toml), storage: dataFs };
  }
  const { toml, directory } = await serveDirectory('2s');
  return { server: await start(toml), storage: directory };
}

describe.each(['main', 'pages'] as const)('holdfast snapshot of /%s', (name) => {
  test('keeps it for longer than a life, by renewing', async () => {
    const { server, storage } = await serve(name);
    const held = await holdSnapshot(server, name, storage, 5);
    await new Promise((resolve) => setTimeout(resolve, 3_500));
    expect(await call(server, name, 'currentSnapshotCode')).toMatch(/^user\/.+-holdfast\./);
    expect(await held.status, held.stderr()).toBe(0);
    expect(await call(server, name, 'currentSnapshotCode')).not.toContain('user/');
  });

  test('ends non-zero when the server lets the snapshot go before COMMAND is done', async () => {
    const { server, storage } = await serve(name);
    const held = await holdSnapshot(server, name, storage, 6);
    // A server that ends waits for nobody who reads: a DirectoryStorage is left when COMMAND has ended.
    server.child.kill('SIGTERM');
    expect(await held.status, held.stderr()).not.toBe(0);
    expect(held.stderr()).toMatch(/snapshot/);
  });
});

describePeers('archives of a DirectoryStorage', () => {
  test.each(['pages', 'zope'] as const)('are made by a job of the server: /%s', async (name) => {
    const zope = name === 'zope' ? await serveZope() : undefined;
    const served = zope ?? (await serveDirectory());
    const toml = zope === undefined ? served.toml : `${served.toml}archives = "nightly"\n`;
    await mkdir(join(served.directory, 'backups'), { recursive: true });
    if (zope !== undefined) {
      const conf = join(served.directory, 'config/snapshot.conf');
      await writeFile(conf, `http ${zope.zope.url} access\nnodirect\n`);
      await writeFile(join(served.directory, 'config/access'), 'backup:geheim\n', { mode: 0o600 });
    }
    const server = await startServer(await writeConfig(await temporaryDirectory(), toml));
    const response = await server.ask('/api/v1/jobs', {
      method: 'POST',
      body: JSON.stringify({ storage: name, kind: 'fullbackup' }),
      headers: { 'content-type': 'application/json' },
    });
    const { id } = (await response.json()) as { readonly id: string };
    const job = await eventually('the job has ended', async () => {
      const found = (await (await server.ask(`/api/v1/jobs/${id}`)).json()) as { readonly state: string };
      return found.state !== 'running' && found;
    });
    expect(job).toMatchObject({ state: 'done' });
    expect(readdirSync(join(served.directory, 'backups'))).toContain('nightly-1.tgz');
    const status = await (await server.ask(`/api/v1/storages/${name}/status`)).json();
    expect(JSON.stringify(status)).not.toContain('Nothing can be restored');
  });
});
