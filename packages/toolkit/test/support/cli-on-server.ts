import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory, whenDone } from '@holdfast/test-kit';
import fastify from 'fastify';
import type { ToolkitStorage } from '../../src/storages.js';
import { toolkitPlugin } from '../../src/toolkit-plugin.js';
import { PROGRAM } from './job-site.js';

const BIN = fileURLToPath(new URL('../../../../apps/cli/bin/holdfast.js', import.meta.url));

interface CliResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOnServer {
  readonly url: string;
  /** Of a user who may all; `reader` may only read. */
  readonly access: string;
  readonly reader: string;
  /** `holdfast --toolkit URL --toolkit-access FILE …` */
  run(...args: readonly string[]): Promise<CliResult>;
  begin(...args: readonly string[]): RunningCli;
  close(): Promise<void>;
}

export interface RunningCli {
  readonly done: Promise<CliResult>;
  kill(signal: NodeJS.Signals): void;
}

/** A server with all its parts, on a port of its own, and the command that asks it. */
export async function cliOnServer(storages: readonly ToolkitStorage[]): Promise<CliOnServer> {
  const directory = await temporaryDirectory();
  const file = async (name: string, text: string) => {
    await writeFile(join(directory, name), text, { mode: 0o600 });
    return join(directory, name);
  };
  const users = await file('users', 'ada:right horse:admin\nrob:wrong horse:read\n');
  const access = await file('ada', 'ada:right horse\n');
  const reader = await file('rob', 'rob:wrong horse\n');
  const app = fastify();
  await app.register(toolkitPlugin, {
    storages,
    state: join(directory, 'state'),
    access: users,
    title: 'test',
    tls: false,
    jobProgram: PROGRAM,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  whenDone(() => app.close());
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const begin = (...args: readonly string[]) =>
    holdfast(['--toolkit', url, '--toolkit-access', access, ...args]);
  return { url, access, reader, begin, run: (...args) => begin(...args).done, close: () => app.close() };
}

export function holdfast(args: readonly string[]): RunningCli {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = spawn(process.execPath, [BIN, ...args], { cwd: '/', env, stdio: ['ignore', 'pipe', 'pipe'] });
  whenDone(() => void child.kill('SIGKILL'));
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString('utf8');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8');
  });
  const done = new Promise<CliResult>((resolve) => {
    child.once('close', (code) => resolve({ status: code ?? -1, stdout, stderr }));
  });
  return { done, kill: (signal) => void child.kill(signal) };
}
