import { homedir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { type ConfigurationProblem, expandPath } from '@holdfast/backup';
import { type FileSystem, readExactly } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import { DEFAULT_THRESHOLDS, type Thresholds } from '@holdfast/monitor';
import { parseConfig, refused } from './problems.js';
import type { Values } from './schema.js';
import { CLEAR_TEXT_CONSENT, type Listen, type ServerConfig } from './server-config.js';
import { readStorage } from './storages.js';
import {
  consentProblem,
  isLocal,
  parseAge,
  parseLife,
  parseListen,
  parseMode,
  proxyProblem,
  type Read,
} from './values.js';

const DEFAULTS = {
  listen: '127.0.0.1:8042',
  socket_mode: '0660',
  title: 'Holdfast',
  life: '15m',
  log: 'info',
} as const;

/** No configuration is longer, bytes. */
const LIMIT = 256 * 1024;

export interface ReadRequest {
  readonly file: string;
  /** What a relative `file` is relative to. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The configuration of the server. All problems are told at once.
 *
 * @throws HoldfastError `toolkit.configuration` with `details.problems`: one sentence each; `toolkit.insecure`
 */
export async function readConfig(
  fs: FileSystem,
  { file: given, cwd, env }: ReadRequest,
): Promise<ServerConfig> {
  const file = resolve(cwd, given);
  const text = await readText(fs, file);
  const values = parseConfig(file, text);
  const problems: ConfigurationProblem[] = [];
  const report = (problem: ConfigurationProblem) => {
    problems.push(problem);
  };
  const absolute = (path: string, at: readonly string[] = []) => {
    const expanded = expandPath(path, dirname(file), { env, home: homedir() });
    if ('path' in expanded) return expanded.path;
    report({ path: at, message: expanded.problem });
    return path;
  };
  const value = <T>(key: string, read: Read<T>, fallback: T): T => {
    if ('value' in read) return read.value;
    report({ path: [key], message: read.problem });
    return fallback;
  };
  const mode = value('socket_mode', parseMode(values.socket_mode ?? DEFAULTS.socket_mode), 0o660);
  const listen = value<Listen>(
    'listen',
    parseListen(values.listen ?? DEFAULTS.listen, mode, (path) => absolute(path, ['listen'])),
    { kind: 'tcp', host: '127.0.0.1', port: 0 },
  );
  const lifeSeconds = value('life', parseLife(values.life ?? DEFAULTS.life), 1);
  for (const proxy of values.trust_proxy ?? []) {
    const message = proxyProblem(proxy);
    if (message !== undefined) report({ path: ['trust_proxy'], message });
  }
  const unclear = consentProblem(values.allow_passwords_without_tls);
  if (unclear !== undefined) report({ path: ['allow_passwords_without_tls'], message: unclear });
  if (listen.kind === 'unix' && values.tls !== undefined)
    report({ path: ['tls'], message: 'means nothing for a unix socket: take it out' });

  const thresholds = readThresholds(values, report);
  const storages = [];
  for (const [name, table] of Object.entries(values.storages)) {
    const ofStorage = (path: string) => absolute(path, ['storages', name]);
    const storage = await readStorage({ fs, absolute: ofStorage, lifeSeconds, report }, name, table);
    if (storage !== undefined) storages.push(storage);
  }
  const config: ServerConfig = {
    file,
    listen,
    state: absolute(values.state, ['state']),
    access: absolute(values.access, ['access']),
    title: values.title ?? DEFAULTS.title,
    tls:
      values.tls === undefined
        ? undefined
        : { certificate: absolute(values.tls.certificate), key: absolute(values.tls.key) },
    trustProxy: values.trust_proxy ?? [],
    log: values.log ?? DEFAULTS.log,
    thresholds,
    storages,
  };
  if (problems.length > 0) throw refused(file, text, problems);
  needSecure(config, values);
  return config;
}

function readThresholds(
  { thresholds = {} }: Values,
  report: (problem: ConfigurationProblem) => void,
): Thresholds {
  const read = (key: keyof typeof thresholds, fallback: number) => {
    const text = thresholds[key];
    const age = text === undefined ? { value: fallback } : parseAge(text);
    if ('value' in age) return age.value;
    report({ path: ['thresholds', key], message: age.problem });
    return fallback;
  };
  const found = {
    ageAttentionSeconds: read('backup_attention', DEFAULT_THRESHOLDS.ageAttentionSeconds),
    ageDangerSeconds: read('backup_danger', DEFAULT_THRESHOLDS.ageDangerSeconds),
    checkSeconds: read('check_attention', DEFAULT_THRESHOLDS.checkSeconds),
  };
  if (found.ageDangerSeconds < found.ageAttentionSeconds)
    report({ path: ['thresholds'], message: 'backup_danger must not come before backup_attention' });
  return found;
}

function needSecure({ file, listen, tls }: ServerConfig, values: Values): void {
  if (tls !== undefined || isLocal(listen) || values.allow_passwords_without_tls === CLEAR_TEXT_CONSENT)
    return;
  const where = values.listen ?? DEFAULTS.listen;
  throw new HoldfastError(
    'toolkit.insecure',
    `${file}: ${where} is not a loopback address, and there is no [tls]`,
    {
      path: file,
    },
  );
}

async function readText(fs: FileSystem, path: string): Promise<string> {
  const file = await open(fs, path);
  try {
    const { size, mode } = await file.stat();
    if ((mode & 0o022) !== 0)
      throw new HoldfastError('toolkit.configuration', `others than its owner can write ${path}`, {
        path,
        hint: `It says what the server may do, so take that right away: chmod go-w ${path}`,
      });
    if (size > LIMIT)
      throw new HoldfastError('toolkit.configuration', `${path} is larger than ${LIMIT} bytes`, {
        path,
        hint: 'Is it another file? Give --config the path of a toolkit.toml.',
      });
    return new TextDecoder('utf-8', { fatal: true }).decode(await readExactly(file, 0, size));
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new HoldfastError('toolkit.configuration', `${path} is not UTF-8`, {
      path,
      cause,
      hint: 'Save it as UTF-8, or give --config the path of a toolkit.toml.',
    });
  } finally {
    await file.close();
  }
}

async function open(fs: FileSystem, path: string) {
  try {
    return await fs.openRead(path, { followSymlinks: true });
  } catch (cause) {
    if (!isHoldfastError(cause)) throw cause;
    throw new HoldfastError('toolkit.configuration', cause.message, {
      path,
      cause,
      hint: hintOf(cause, path),
    });
  }
}

function hintOf({ code }: HoldfastError, path: string): string {
  if (code === 'fs.not-found')
    return `Write it, or give --config another path; docs/toolkit/configuration.md begins with one to copy.`;
  if (code === 'fs.permission')
    return `Let the user of the server read ${path}, or be that user (sudo -u USER).`;
  return 'Give --config the path of a toolkit.toml.';
}
