import { homedir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { type ConfigurationProblem, expandPath } from '@holdfast/backup';
import type { FileSystem } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import { DEFAULT_THRESHOLDS, type Thresholds } from '@holdfast/monitor';
import type { ToolkitStorage } from '@holdfast/toolkit';
import { parseConfig, refused } from './problems.js';
import { readText } from './read-text.js';
import { reportSamePlaces } from './same-places.js';
import type { Values } from './schema.js';
import { CLEAR_TEXT_CONSENT, type Listen, type ServerConfig, type TlsFiles } from './server-config.js';
import { readStorage, type StorageContext } from './storages.js';
import {
  consentProblem,
  isLocal,
  parseAge,
  parseLife,
  parseListen,
  parseMode,
  proxyProblem,
  type Read,
  UNIX,
} from './values.js';

const DEFAULTS = {
  listen: '127.0.0.1:8042',
  socket_mode: '0660',
  title: 'Holdfast',
  life: '15m',
  log: 'info',
} as const;

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
  /** Keys with a path that cannot be expanded: what follows from that is not told. */
  const unusable = new Set<string>();
  const report = (problem: ConfigurationProblem) => {
    if (!unusable.has(problem.path.join('\0'))) problems.push(problem);
  };
  const absolute = (path: string, at: readonly string[]) => {
    const expanded = expandPath(path, dirname(file), { env, home: homedir() });
    if ('path' in expanded) return expanded.path;
    report({ path: at, message: expanded.problem });
    unusable.add(at.join('\0'));
    return path;
  };
  const reading = { fs, values, absolute, report };
  const config: ServerConfig = {
    file,
    listen: readListen(reading),
    state: absolute(values.state, ['state']),
    access: absolute(values.access, ['access']),
    title: values.title ?? DEFAULTS.title,
    tls: readTlsFiles(reading),
    trustProxy: readTrustProxy(reading),
    log: values.log ?? DEFAULTS.log,
    thresholds: readThresholds(reading),
    storages: await readStorages(reading),
  };
  const unclear = consentProblem(values.allow_passwords_without_tls);
  if (unclear !== undefined) report({ path: ['allow_passwords_without_tls'], message: unclear });
  if (problems.length > 0) throw refused(file, text, problems);
  needSecure(config, values);
  return config;
}

/** What is wrong is reported, and something that fits stands in its place. */
interface Reading extends Pick<StorageContext, 'fs' | 'absolute' | 'report'> {
  readonly values: Values;
}

function usable<T>({ report }: Reading, key: string, read: Read<T>, fallback: T): T {
  if ('value' in read) return read.value;
  report({ path: [key], message: read.problem });
  return fallback;
}

function readListen(reading: Reading): Listen {
  const { values, absolute } = reading;
  const { listen = DEFAULTS.listen, socket_mode = DEFAULTS.socket_mode } = values;
  const mode = usable(reading, 'socket_mode', parseMode(socket_mode), 0o660);
  return usable<Listen>(
    reading,
    'listen',
    parseListen(listen, mode, (path) => absolute(path, ['listen'])),
    { kind: 'tcp', host: '127.0.0.1', port: 0 },
  );
}

function readTlsFiles({ values: { listen, tls }, absolute, report }: Reading): TlsFiles | undefined {
  if (tls === undefined) return undefined;
  if (listen?.startsWith(UNIX) === true)
    report({ path: ['tls'], message: 'means nothing for a unix socket: take it out' });
  return {
    certificate: absolute(tls.certificate, ['tls', 'certificate']),
    key: absolute(tls.key, ['tls', 'key']),
  };
}

function readTrustProxy({ values: { trust_proxy = [] }, report }: Reading): readonly string[] {
  for (const proxy of trust_proxy) {
    const message = proxyProblem(proxy);
    if (message !== undefined) report({ path: ['trust_proxy'], message });
  }
  return trust_proxy;
}

async function readStorages(reading: Reading): Promise<readonly ToolkitStorage[]> {
  const { values, ...context } = reading;
  const lifeSeconds = usable(reading, 'life', parseLife(values.life ?? DEFAULTS.life), 1);
  const storages: ToolkitStorage[] = [];
  for (const [name, table] of Object.entries(values.storages)) {
    const storage = await readStorage({ ...context, lifeSeconds }, name, table);
    if (storage !== undefined) storages.push(storage);
  }
  await reportSamePlaces(context, storages);
  return storages;
}

function readThresholds({ values: { thresholds = {} }, report }: Reading): Thresholds {
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
