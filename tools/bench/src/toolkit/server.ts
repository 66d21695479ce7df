import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { generateStorage } from '@holdfast/test-kit';
import { ROOT } from '../root.js';

export const AUTHORIZATION = `Basic ${Buffer.from('admin:secret').toString('base64')}`;

export interface BenchServer {
  readonly url: string;
  residentBytes(): Promise<number>;
  stop(): Promise<number>;
}

/** A site with a `Data.fs` of so many bytes, and the built server that looks after it. */
export async function startServer(directory: string, bytes: number): Promise<BenchServer> {
  await mkdir(join(directory, 'var/filestorage'), { recursive: true });
  await generateStorage(join(directory, 'var/filestorage/Data.fs'), { bytes });
  await writeFile(join(directory, 'holdfast.toml'), 'keep = 2\n');
  await writeFile(join(directory, 'access'), 'admin:secret:admin\n', { mode: 0o600 });
  const config = join(directory, 'toolkit.toml');
  const lines = [
    'listen = "127.0.0.1:0"',
    'state = "state"',
    'access = "access"',
    '[storages.main]',
    'kind = "filestorage"',
    'site = "holdfast.toml"',
  ];
  await writeFile(config, `${lines.join('\n')}\n`, { mode: 0o600 });
  const bin = join(ROOT, 'apps/toolkit/bin/holdfast-toolkit.js');
  const child = spawn(process.execPath, [bin, '--config', config], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)));
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { msg, address } = JSON.parse(line) as { readonly msg: string; readonly address?: string };
      if (msg === 'listening') resolve(address!);
    });
    void ended.then((status) => reject(new Error(`the server ended with status ${status}`)));
  });
  return {
    url,
    residentBytes: async () => {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
      return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) * 1024;
    },
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}
