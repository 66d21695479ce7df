import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import formbody from '@fastify/formbody';
import { type Clock, type FileSystem, nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import { temporaryDirectory, whenDone } from '@holdfast/test-kit';
import Fastify from 'fastify';
import { type AuthenticationOptions, makeAuthentication } from '../../src/auth/authentication.js';
import { type Derive, hashPassword } from '../../src/auth/passwords.js';
import { sendError } from '../../src/http-errors.js';
import { pathFilter } from '../../src/without-paths.js';

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly fields: Readonly<Record<string, unknown>>;
  readonly text: string;
}

export class RecordedLog {
  readonly lines: LogLine[] = [];
  info = this.at('info');
  warn = this.at('warn');
  error = this.at('error');

  private at(level: LogLine['level']) {
    return (...[fields, text]: [unknown, (string | undefined)?, ...unknown[]]): void => {
      this.lines.push({ level, fields: fields as LogLine['fields'], text: text ?? '' });
    };
  }
}

/** As dear as nothing, for tests that are not about the cost. */
export const CHEAP = { ln: 1, r: 1, p: 1 };

export function cheapHash(password: string): Promise<string> {
  return hashPassword(password, CHEAP);
}

export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

export interface AccessFileText {
  readonly directory: string;
  readonly path: string;
  write(text: string, mode?: number): Promise<void>;
}

export async function accessFile(text: string, mode = 0o600): Promise<AccessFileText> {
  const directory = await temporaryDirectory();
  const path = join(directory, 'access');
  const write = async (content: string, bits = 0o600) => {
    await writeFile(path, content, { mode: bits });
    await chmod(path, bits);
  };
  await write(text, mode);
  return { directory, path, write };
}

export interface AuthAppOptions {
  readonly access: string;
  readonly clock?: Clock;
  readonly fs?: FileSystem;
  readonly derive?: Derive;
  readonly limits?: AuthenticationOptions['limits'];
  readonly origins?: readonly string[];
  /** Of fastify. */
  readonly trustProxy?: (address: string) => boolean;
}

/** A server with a route for each thing that the authentication does. */
export async function authApp(options: AuthAppOptions) {
  const { access, clock = systemClock, fs = nodeFileSystem, derive, limits, origins, trustProxy } = options;
  const file = await accessFile(access);
  const log = new RecordedLog();
  const auth = makeAuthentication({
    accessFile: file.path,
    stateDirectory: join(file.directory, 'state'),
    fs,
    clock,
    log,
    ...(derive === undefined ? {} : { derive }),
    ...(limits === undefined ? {} : { limits }),
    ...(origins === undefined ? {} : { origins }),
  });
  await auth.open();
  const app = Fastify(trustProxy === undefined ? {} : { trustProxy });
  app.setErrorHandler((error, _, reply) => sendError(reply, error, pathFilter([])));
  await app.register(formbody);
  for (const role of ['read', 'snapshot', 'backup', 'admin'] as const) {
    app.get(`/${role}`, { preHandler: auth.require(role) }, (request) => auth.identityOf(request).user);
  }
  app.get('/token', { preHandler: auth.require('read') }, (request) => auth.csrfToken(request));
  app.post('/form', { preHandler: [auth.require('read'), auth.checkForm] }, () => 'done');
  app.get('/nobody', (request) => auth.identityOf(request).user);
  app.get('/open', () => 'open');
  whenDone(async () => {
    auth.close();
    await app.close();
  });
  const get = (
    url: string,
    user?: string,
    password = '',
    headers: Record<string, string> = {},
    from = '192.0.2.1',
  ) =>
    app.inject({
      url,
      remoteAddress: from,
      headers: { ...headers, ...(user === undefined ? {} : { authorization: basic(user, password) }) },
    });
  return { app, auth, file, log, get };
}
