import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Waiting, whenDone } from '@holdfast/test-kit';

/** The command as an administrator starts it: the build of apps/toolkit. */
export const BIN = fileURLToPath(new URL('../../bin/holdfast-toolkit.js', import.meta.url));

const USERS = {
  admin: 'admin:secret of admin:admin',
  backup: 'backup:secret of backup:backup',
  reader: 'reader:secret of reader:read',
  zope: 'zope:secret of zope:snapshot',
} as const;

export type User = keyof typeof USERS;

export const passwordOf = (user: User) => `secret of ${user}`;

export const basic = (user: User) => ({
  authorization: `Basic ${Buffer.from(`${user}:${passwordOf(user)}`).toString('base64')}`,
});

interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface RunningServer {
  /** `http://127.0.0.1:<port>`, or the path of its socket. */
  readonly url: string;
  readonly child: ChildProcess;
  readonly pid: number;
  readonly log: readonly LogLine[];
  /** The first line of the log, past or future, with this message. */
  said(message: string, timeoutMs?: number): Promise<LogLine>;
  /** Sends the signal and waits for the end: the exit status, or the signal that ended it. */
  end(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals>;
  /** A request as a user, `admin` unless told otherwise. */
  ask(path: string, init?: RequestInit & { readonly as?: User | undefined }): Promise<Response>;
}

/** Writes `toolkit.toml` and `access` to a directory; `storages` is the rest of the configuration, as TOML. */
export async function writeConfig(directory: string, storages: string, top = ''): Promise<string> {
  const file = join(directory, 'toolkit.toml');
  const text = `${top.includes('listen') ? '' : 'listen = "127.0.0.1:0"\n'}state = "state"\naccess = "access"\nlog = "debug"\n${top}\n${storages}`;
  await writeFile(file, text, { mode: 0o600 });
  const users = `${Object.values(USERS).join('\n')}\n`;
  await writeFile(join(directory, 'access'), users, { mode: 0o600 });
  return file;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Arguments of Node. */
  readonly node?: readonly string[];
}

/** Starts the server and waits until it listens; killed when the test ends. */
export async function startServer(config: string, options: StartOptions = {}): Promise<RunningServer> {
  const server = launch(['--config', config], options);
  const { address } = await server.said('listening');
  return { ...server, url: String(address), ask: asker(String(address)) };
}

export function launch(args: readonly string[], { env = {}, node = [] }: StartOptions = {}) {
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  const child = spawn(process.execPath, [...node, BIN, ...args], {
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log: LogLine[] = [];
  let stderr = '';
  let ended: number | NodeJS.Signals | undefined;
  const waiting = new Waiting(
    () => (ended === undefined ? undefined : `ended with ${ended}`),
    () => `${log.map((line) => JSON.stringify(line)).join('\n')}\n${stderr}`,
  );
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8');
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    log.push(JSON.parse(line) as LogLine);
    waiting.wake();
  });
  child.on('close', (code, signal) => {
    ended = code ?? signal ?? -1;
    waiting.wake();
  });
  whenDone(() => {
    child.kill('SIGKILL');
  });

  const done = (timeoutMs = 30_000) => waiting.until('the end', timeoutMs, () => ended);

  return {
    child,
    pid: child.pid!,
    log,
    stderr: () => stderr,
    done,
    said: (message: string, timeoutMs = 20_000) =>
      waiting.until(`"${message}"`, timeoutMs, () => log.find(({ msg }) => msg === message)),
    end: async (signal: NodeJS.Signals = 'SIGTERM') => {
      child.kill(signal);
      return done();
    },
  };
}

function asker(url: string): RunningServer['ask'] {
  return (path, { as = 'admin', headers, ...init } = {}) =>
    fetch(`${url}${path}`, {
      redirect: 'manual',
      ...init,
      headers: { ...basic(as), ...headers } as HeadersInit,
    });
}
