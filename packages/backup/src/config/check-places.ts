import type { SetKind, StorageConfig } from '../config.js';
import { isWithin } from './paths.js';
import { placeOption } from './place-names.js';
import type { Problem } from './problem.js';
import { MAIN } from './resolve-storages.js';

/** A directory or file of the configuration, and the option that it stands for. */
interface Place {
  readonly path: readonly string[];
  readonly name: string;
  readonly at: string;
}

const KINDS: readonly SetKind[] = ['backup', 'snapshot', 'zip'];

function locationsOf({ name, places }: StorageConfig): readonly Place[] {
  return KINDS.flatMap((kind) =>
    (['filestorage', 'blobs'] as const).map((part) => {
      const option = placeOption(kind, part);
      return place(name, option, places[kind][part]);
    }),
  );
}

function place(storage: string, option: string, at: string): Place {
  const path = storage === MAIN ? [option] : ['storages', storage, option];
  return { path, name: storage === MAIN ? option : `${option} of ${storage}`, at };
}

function sourcesOf({ name, datafs, blobStorage }: StorageConfig): readonly Place[] {
  const blobs = blobStorage === undefined ? [] : [place(name, 'blob_storage', blobStorage)];
  return [place(name, 'datafs', datafs), ...blobs];
}

/**
 * Places that would get into each other's way: two with one directory, a backup in the blob storage that it is of.
 * One location in another is allowed: names that are not its own are never touched there.
 */
export function placeProblems(storages: readonly StorageConfig[]): readonly Problem[] {
  const locations = storages.flatMap(locationsOf);
  const sources = storages.flatMap(sourcesOf);
  const within = storages.flatMap(({ name, blobStorage }) =>
    blobStorage === undefined
      ? []
      : [...locations, ...sources]
          .filter((other) => other.at !== blobStorage && isWithin(other.at, blobStorage))
          .map(({ path, at }) => ({
            path,
            message: `${at} lies in the blob_storage${name === MAIN ? '' : ` of ${name}`} (${blobStorage})`,
          })),
  );
  return [...equalPlaces([...locations, ...sources]), ...within];
}

function equalPlaces(places: readonly Place[]): readonly Problem[] {
  const seen = new Map<string, Place>();
  return places.flatMap((current): readonly Problem[] => {
    const first = seen.get(current.at);
    if (first === undefined) {
      seen.set(current.at, current);
      return [];
    }
    return [
      { path: current.path, message: `must be another place than ${first.name}: both are ${current.at}` },
    ];
  });
}

/** The same, when links are followed. @param real a place -> where it really is, for those that exist */
export function linkedPlaceProblems(
  storages: readonly StorageConfig[],
  real: ReadonlyMap<string, string>,
): readonly Problem[] {
  const seen = new Map<string, Place>();
  return storages.flatMap(locationsOf).flatMap((current): readonly Problem[] => {
    const target = real.get(current.at);
    const first = target === undefined ? undefined : seen.get(target);
    if (target !== undefined && first === undefined) seen.set(target, current);
    if (first === undefined || first.at === current.at) return [];
    return [
      { path: current.path, message: `must be another place than ${first.name}: both lead to ${target}` },
    ];
  });
}

export const allLocations = (storages: readonly StorageConfig[]): readonly string[] =>
  storages.flatMap(locationsOf).map(({ at }) => at);
