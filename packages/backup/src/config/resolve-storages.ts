import { dirname, join } from 'node:path';
import type { Places, SetKind, StorageConfig } from '../config.js';
import { FILESTORAGE, VAR } from './find.js';
import { NAME } from './names.js';
import type { PathReader } from './path-reader.js';
import { defaultNames, type PlaceOption, placeNames, placeOption } from './place-names.js';
import type { StorageValues, Values } from './schema.js';

/** The main storage; in the recipe's texts it is `1` or `Data`. */
export const MAIN = 'main';
const NAMES_OF_MAIN = ['1', 'Data', MAIN];

export interface StoragesContext {
  /** Absolute. */
  readonly site: string;
  /** Name of the part. */
  readonly name: string;
}

/** The storages in the order of work: the additional ones, then the main one. Without the alternatives. */
export function resolveStorages(
  values: Values,
  reader: PathReader,
  { site, name }: StoragesContext,
): readonly StorageConfig[] {
  const prefix = reader.read(['locationprefix'], values.locationprefix ?? VAR, site);
  const defaults = defaultNames(name);
  const main: StorageConfig = {
    name: MAIN,
    datafs: reader.read(['datafs'], values.datafs ?? join(FILESTORAGE, 'Data.fs'), site),
    blobStorage:
      values.blob_storage === undefined
        ? undefined
        : reader.read(['blob_storage'], values.blob_storage, site),
    places: placesOf((option) => reader.read([option], values[option] ?? defaults[option], prefix)),
    alternative: undefined,
  };
  const additional = [...additionalOf(values, reader)].map(([storage, given]) =>
    additionalStorage(storage, given, main, (path, text, option) =>
      reader.read(path, text, option.endsWith('location') ? prefix : site),
    ),
  );
  return [...additional, main];
}

type ReadPath = (path: readonly string[], text: string, option: keyof StorageValues) => string;

/** What an additional storage does not say goes after the main one. */
function additionalStorage(
  name: string,
  given: Additional,
  main: StorageConfig,
  read: ReadPath,
): StorageConfig {
  const of = (option: keyof StorageValues) => {
    const path = given.text ? ['additional_filestorages'] : ['storages', name, option];
    const text = given.values[option];
    return text === undefined ? undefined : read(path, text, option);
  };
  const beside = placeNames(main.places, name);
  return {
    name,
    datafs: of('datafs') ?? join(dirname(main.datafs), `${name}.fs`),
    blobStorage: of('blob_storage'),
    places: placesOf((option) => of(option) ?? beside[option]),
    alternative: undefined,
  };
}

function placesOf(place: (option: PlaceOption) => string): StorageConfig['places'] {
  const of = (kind: SetKind): Places => ({
    filestorage: place(placeOption(kind, 'filestorage')),
    blobs: place(placeOption(kind, 'blobs')),
  });
  return { backup: of('backup'), snapshot: of('snapshot'), zip: of('zip') };
}

interface Additional {
  readonly values: StorageValues;
  /** From a line of `additional_filestorages`. */
  readonly text: boolean;
}

function additionalOf(values: Values, reader: PathReader): ReadonlyMap<string, Additional> {
  const found = new Map<string, Additional>();
  const add = (name: string, additional: Additional, path: readonly string[]) => {
    const problem = nameProblem(name, found);
    if (problem === undefined) found.set(name, additional);
    else reader.problem(path, problem);
  };
  for (const line of values.additional_filestorages ?? []) {
    const [name = '', datafs, blobs, ...rest] = line.split(/\s+/);
    if (rest.length > 0) {
      const message = `the line "${line}" is not "NAME [DATAFS [BLOBDIR]]"; for paths with blanks use [storages.${name}]`;
      reader.problem(['additional_filestorages'], message);
    }
    add(name, { values: { datafs, blob_storage: blobs }, text: true }, ['additional_filestorages']);
  }
  for (const [name, storage] of Object.entries(values.storages ?? {}))
    add(name, { values: storage, text: false }, ['storages', name]);
  return found;
}

function nameProblem(name: string, found: ReadonlyMap<string, unknown>): string | undefined {
  if (NAMES_OF_MAIN.includes(name))
    return `"${name}" is the main storage: its options stand at the top of the file`;
  if (!NAME.test(name)) return `"${name}" cannot be the name of a storage: letters, digits, "_", "-" and "."`;
  return found.has(name) ? `the storage "${name}" is there twice` : undefined;
}

/** The name of a storage in `alternative_restore_source`. */
export const storageNamed = (key: string): string => (NAMES_OF_MAIN.includes(key) ? MAIN : key);
