import { dirname } from 'node:path';
import { type ConfigurationProblem, readConfiguration } from '@holdfast/backup';
import { type FileSystem, readSmallFile } from '@holdfast/durable-fs';
import { errorLine, type HoldfastError, isHoldfastError } from '@holdfast/errors';
import { parseAccess } from '@holdfast/snapshot-conf';
import {
  RESERVED_NAMES,
  type StorageBackups,
  type StorageSource,
  type ToolkitStorage,
} from '@holdfast/toolkit';
import type { StorageValues } from './schema.js';
import { parseLife } from './values.js';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
/** Of an access file, bytes. */
const ACCESS_LIMIT = 64 * 1024;
const PREFIX = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** Which keys a kind of storage needs, and which it may have. */
const KEYS: Readonly<Record<StorageValues['kind'], { readonly needs: Keys; readonly may: Keys }>> = {
  filestorage: { needs: [], may: ['datafs', 'site', 'storage'] },
  directorystorage: { needs: ['directory'], may: ['archives'] },
  zope: { needs: ['directory', 'url', 'access'], may: ['archives'] },
};
type Keys = readonly (keyof StorageValues)[];
const ALWAYS: Keys = ['kind', 'life'];

export interface StorageContext {
  readonly fs: FileSystem;
  /** A path of the file made absolute. @param at the key that has it */
  absolute(path: string, at: readonly string[]): string;
  /** Where a storage has none of its own. */
  readonly lifeSeconds: number;
  report(problem: ConfigurationProblem): void;
}

/** A table `[storages.NAME]`; what is wrong is reported, and then undefined may come back. */
export async function readStorage(
  context: StorageContext,
  name: string,
  values: StorageValues,
): Promise<ToolkitStorage | undefined> {
  const at = ['storages', name];
  const report = (key: string | undefined, message: string) =>
    context.report({ path: key === undefined ? at : [...at, key], message });
  checkName(name, report);
  const { needs, may } = KEYS[values.kind];
  for (const key of needs) if (values[key] === undefined) report(undefined, `${key} is missing`);
  for (const key of Object.keys(values) as (keyof StorageValues)[]) {
    if (values[key] !== undefined && ![...ALWAYS, ...needs, ...may].includes(key))
      report(key, `means nothing for a storage of the kind ${values.kind}`);
  }
  const life = values.life === undefined ? { value: context.lifeSeconds } : parseLife(values.life);
  if ('problem' in life) report('life', life.problem);
  const place = (key: keyof StorageValues, path: string) => context.absolute(path, [...at, key]);
  const directory = values.directory === undefined ? undefined : place('directory', values.directory);
  const table: Table = { fs: context.fs, values, directory, report, place };
  const backups = await readBackups(table);
  const source = await readSource(table, backups?.dataFs);
  if (source === undefined || 'problem' in life) return undefined;
  return { name, source, lifeSeconds: life.value, backups: backups?.backups };
}

type Report = (key: string | undefined, message: string) => void;

/** What the parts of a table are read with. */
interface Table {
  readonly fs: FileSystem;
  readonly values: StorageValues;
  /** Absolute. */
  readonly directory: string | undefined;
  readonly report: Report;
  /** The path of a key made absolute. */
  place(key: keyof StorageValues, path: string): string;
}

function checkName(name: string, report: Report): void {
  if (!NAME.test(name))
    report(
      undefined,
      'the name must be 1 to 64 letters, digits, "_", "-" and ".", the first a letter or digit',
    );
  if (RESERVED_NAMES.has(name)) report(undefined, `${name} is an address of the server: take another name`);
}

interface Backups {
  readonly backups: StorageBackups;
  /** Where the site has the `Data.fs`. */
  readonly dataFs?: string | undefined;
}

async function readBackups({ fs, values, directory, report, place }: Table): Promise<Backups | undefined> {
  const { kind, site, storage = 'main', archives } = values;
  if (kind !== 'filestorage') {
    if (archives === undefined || directory === undefined) return undefined;
    if (!PREFIX.test(archives)) report('archives', 'must be a prefix of letters, digits, "_" and "-"');
    return { backups: { kind: 'archives', directory, prefix: archives } };
  }
  if (site === undefined) return undefined;
  const configFile = place('site', site);
  try {
    const { storages } = await readConfiguration(fs, { cwd: '/', file: configFile });
    const found = storages.find((candidate) => candidate.name === storage);
    if (found !== undefined) return { backups: { kind: 'site', configFile, storage }, dataFs: found.datafs };
    const names = storages.map((candidate) => candidate.name).join(', ');
    report('storage', `the site has no storage ${storage}; it has ${names}`);
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    report('site', `${errorLine(error)}${adviceOf(error, configFile)}`);
  }
  return undefined;
}

/** A site does without its file until somebody else has to know it. */
function adviceOf({ code }: HoldfastError, configFile: string): string {
  if (code !== 'configuration.missing') return '';
  return `: run \`holdfast init\` in ${dirname(configFile)}, which writes it`;
}

async function readSource(
  { fs, values, directory, report, place }: Table,
  siteDataFs: string | undefined,
): Promise<StorageSource | undefined> {
  if (values.kind === 'filestorage') {
    const dataFs = values.datafs === undefined ? siteDataFs : place('datafs', values.datafs);
    if (dataFs === undefined) {
      if (values.site === undefined) report(undefined, 'datafs is missing (or a site that says it)');
      return undefined;
    }
    if (siteDataFs !== undefined && (await realPath(fs, dataFs)) !== (await realPath(fs, siteDataFs)))
      report('datafs', `the site backs up ${siteDataFs}: leave datafs out, or mend one of them`);
    return { kind: 'filestorage', dataFs };
  }
  if (directory === undefined) return undefined;
  if (values.kind === 'directorystorage') return { kind: 'directorystorage', directory };
  if (values.url === undefined || values.access === undefined) return undefined;
  const url = readUrl(values.url, report);
  const path = place('access', values.access);
  try {
    const access = parseAccess((await readSmallFile(fs, path, ACCESS_LIMIT)).toString('utf8'), path);
    return url === undefined ? undefined : { kind: 'zope', directory, url, access };
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    report('access', errorLine(error));
    return undefined;
  }
}

function readUrl(text: string, report: Report): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    report('url', 'must be the address of the storage in Zope: "http://127.0.0.1:8080/toolkit"');
  else if (url.username !== '' || url.password !== '')
    report('url', 'must hold no user or password: they stand in the file of `access`');
  else return text;
  return undefined;
}

/** Without the links on the way to it; as it is where it is not there. */
export async function realPath(fs: FileSystem, path: string): Promise<string> {
  try {
    return await fs.realPath(path);
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    return path;
  }
}
