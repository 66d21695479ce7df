import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import { type PythonProcess, spawnPython } from '@holdfast/test-kit';
import type { SnapshotEngine } from '../../../src/index.js';

const SCRIPT = readFileSync(fileURLToPath(new URL('toolkit.py', import.meta.url)), 'utf8');

const PASSWORD = 'geheim';

export interface Zope {
  readonly process: PythonProcess;
  readonly url: string;
  readonly port: number;
  /** What it was asked and did, in order, each with its code replaced by a word. */
  said(): Promise<readonly string[]>;
  /** Tells it to do something, and waits until it has. */
  tell(order: string): Promise<void>;
}

/** Starts a server of `toolkit.py`; `directory` `-`: one that has another storage. */
export async function startZope(
  directory: string,
  options: Readonly<Record<string, unknown>> = {},
): Promise<Zope> {
  const process = spawnPython(SCRIPT, [directory, JSON.stringify(options)]);
  const port = Number((await process.line('ready')).split(' ')[1]);
  let orders = 0;
  const tell = async (order: string) => {
    orders += 1;
    process.tell(order);
    const done = () => lines().filter((line) => line.startsWith('did ')).length;
    while (done() < orders) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const lines = () => process.output().stdout.split('\n');
  return {
    process,
    port,
    url: `${'certificate' in options ? 'https' : 'http'}://127.0.0.1:${port}/DSToolkit`,
    said: async () => {
      await tell('nothing');
      return lines()
        .map((line) => line.replace(/ \S+-\d+-holdfast\.\S+$/, ' CODE'))
        .filter((line) => line !== '' && !/^(?:ready|did) /.test(line));
    },
    tell,
  };
}

/** Writes a snapshot.conf, and the access file `access` that it may name. */
export async function writeConf(
  directory: string,
  lines: readonly string[],
  password = PASSWORD,
): Promise<void> {
  const config = join(directory, 'config');
  await mkdir(config, { recursive: true });
  await writeFile(join(config, 'snapshot.conf'), lines.map((line) => `${line}\n`).join(''));
  await writeFile(join(config, 'access'), `backup:${password}\n`, { mode: 0o600 });
}

export interface Told {
  readonly messages: readonly string[];
  readonly details: readonly string[];
  readonly warnings: readonly string[];
}

/** An engine on the real file system that writes down what it tells. */
export function makeEngine(changes: Partial<SnapshotEngine> = {}): { engine: SnapshotEngine; told: Told } {
  const told = { messages: [] as string[], details: [] as string[], warnings: [] as string[] };
  const log = {
    message: (text: string) => told.messages.push(text),
    detail: (text: string) => told.details.push(text),
    warn: (text: string) => told.warnings.push(text),
  };
  return { engine: { fs: nodeFileSystem, clock: systemClock, log, ...changes }, told };
}
