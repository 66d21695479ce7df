import { basename, resolve } from 'node:path';
import { HoldfastError } from '@holdfast/errors';
import { NAME } from '../config/names.js';
import { type Draft, pathSetting, type Setting, type StorageDraft } from './draft.js';
import type { TextFiles } from './text-files.js';
import { parseZConfig } from './zconfig/parse.js';
import { type FoundStorage, type FoundStorages, findStorages } from './zconfig/storages.js';

export interface ZConfigSource {
  readonly files: TextFiles;
  /** The `zope.conf` or `zeo.conf`, absolute. */
  readonly path: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Absolute; relative paths in the file are taken to be relative to it. */
  readonly site: string;
}

/**
 * A `zope.conf` or `zeo.conf` -> a draft.
 *
 * @throws HoldfastError `init.unreadable`, also where the file has no storage that lies on this machine
 */
export function draftFromZConfig(source: ZConfigSource): Draft {
  const { files, path, env, site } = source;
  const file = basename(path);
  const found = findStorages(parseZConfig(files, path, env));
  const main = mainOf(found.storages);
  if (main === undefined) throw nothingHere(path, found);
  const reader = new SettingReader(source);
  const relational = found.storages.filter(({ datafs }) => datafs === undefined);
  const others = found.storages.filter((storage) => storage !== main && storage.datafs !== undefined);
  const settings = reader.settings(main);
  const storages = named(others, reader);
  const notes = [
    ...found.storages.map((storage) => described(storage, storage === main, file)),
    ...found.notes,
    ...found.clients.map(
      ({ name, server }) =>
        `The storage ${name} belongs to a ZEO server (${server}): run holdfast init with its zeo.conf, on its machine.`,
    ),
  ];
  const blobless = main.datafs !== undefined && main.blobs === undefined;
  const usual = `The main storage has no blobs, others have: where ${site}/var/blobstorage is there, it is taken for its blobs; then move it away.`;
  const left = relational.filter((storage) => storage !== main);
  const warnings = [
    ...reader.warnings,
    ...(blobless && others.some(({ blobs }) => blobs !== undefined) ? [usual] : []),
    ...left.map(
      ({ name }) => `The blobs of ${name} (RelStorage) need a holdfast.toml of their own, with only_blobs.`,
    ),
  ];
  return {
    name: 'backup',
    site,
    settings: [...settings, ...settingsOfBlobs(main, others, file)],
    storages,
    sources: {},
    notes,
    warnings,
  };
}

/** Without a blob directory in the file, a `var/blobstorage` that is there is not this site's, or not in use any more. */
function settingsOfBlobs(
  main: FoundStorage,
  others: readonly FoundStorage[],
  file: string,
): readonly Setting[] {
  if (main.datafs === undefined) return [ONLY_BLOBS];
  if ([main, ...others].some(({ blobs }) => blobs !== undefined)) return [];
  return [{ option: 'backup_blobs', value: false, comment: `${file} names no blob directory` }];
}

const ONLY_BLOBS: Setting = {
  option: 'only_blobs',
  value: true,
  comment: 'the objects are in RelStorage: back its database up with its own tools',
};

/** The database at `/`, the one called main, ZEO's storage 1, or the first. */
function mainOf(storages: readonly FoundStorage[]): FoundStorage | undefined {
  return (
    storages.find(({ mountPoint }) =>
      mountPoint?.split(/\s+/).some((point) => point.replace(/:.*/, '') === '/'),
    ) ??
    storages.find(({ name }) => name === 'main') ??
    storages.find(({ name }) => name === '1') ??
    storages.find(({ datafs }) => datafs !== undefined) ??
    storages[0]
  );
}

function nothingHere(path: string, { clients, demos, notes }: FoundStorages): HoldfastError {
  const [client] = clients;
  const layers = demos.flatMap(({ datafs }) => datafs ?? []);
  if (client === undefined && layers.length > 0) {
    const message = `${path} has no storage but a <demostorage>, whose changes are laid over another storage (${layers.join(', ')})`;
    const hint =
      'Each of these is a storage of its own: write a holdfast.toml with datafs for the one that counts, and a table [storages.NAME] for another.';
    return new HoldfastError('init.unreadable', message, { path, hint, details: { notes } });
  }
  const message =
    client === undefined
      ? `${path} has no storage that can be backed up`
      : `${path} only has clients of a ZEO server (${client.server}): the storage is there`;
  return new HoldfastError('init.unreadable', message, {
    path,
    hint:
      client === undefined
        ? 'Give the zope.conf or zeo.conf that has a <filestorage>.'
        : 'Run `holdfast init` on the machine of the ZEO server, with its zeo.conf.',
    details: { notes },
  });
}

function described({ name, datafs, blobs, compressed }: FoundStorage, main: boolean, file: string): string {
  const what =
    datafs === undefined
      ? 'in RelStorage'
      : `in ${datafs}${compressed ? ' (compressed by zlibstorage, which makes no difference)' : ''}`;
  const where = blobs === undefined ? 'without blobs' : `with blobs in ${blobs}`;
  return `${file}: the ${main ? 'main' : 'additional'} storage '${name}' is ${what}, ${where}.`;
}

class SettingReader {
  readonly warnings: string[] = [];
  readonly #source: ZConfigSource;

  constructor(source: ZConfigSource) {
    this.#source = source;
  }

  settings({ datafs, blobs, name }: FoundStorage): readonly Setting[] {
    if (datafs === '' || blobs === '') this.warnings.push(`The storage '${name}' has an empty path.`);
    return [
      ...(datafs === undefined ? [] : [this.#path('datafs', datafs)]),
      ...(blobs === undefined ? [] : [this.#path('blob_storage', blobs)]),
    ];
  }

  #path(option: string, text: string): Setting {
    const { site, home } = this.#source;
    const expanded = text === '~' || text.startsWith('~/') ? home + text.slice(1) : text;
    if (!expanded.startsWith('/'))
      this.warnings.push(
        `${text} is relative to the directory that Zope is started in; it is taken to be relative to ${site}.`,
      );
    return pathSetting(option, resolve(site, expanded), site);
  }
}

/** Names of storages that can be parts of directory names, each once. */
function named(storages: readonly FoundStorage[], reader: SettingReader): readonly StorageDraft[] {
  const taken = new Set(['main', 'data', '1']);
  return storages.map((storage) => {
    const base = NAME.test(storage.name)
      ? storage.name
      : storage.name.replace(/[^A-Za-z0-9_.-]/g, '_').replace(/^[.-]/, '_');
    let name = base;
    for (let n = 2; taken.has(name.toLowerCase()); n += 1) name = `${base}_${n}`;
    taken.add(name.toLowerCase());
    return { name, settings: reader.settings(storage) };
  });
}
