import { basename } from 'node:path';
import type { Configuration, Places, SetKind } from '../config.js';

/** Where the sets of one kind lie. */
export interface SetPlaces {
  readonly kind: SetKind;
  /** Of the records, pins and checks: with the main storage's filestorage backups, else with its blobs. */
  readonly record: string;
  /** In the order of work: the main one last. */
  readonly storages: readonly StoragePlaces[];
}

export interface StoragePlaces {
  readonly name: string;
  /** Undefined: only blobs are backed up. */
  readonly filestorage: string | undefined;
  /** Undefined: the storage has no blobs. */
  readonly blobs: string | undefined;
  /** Name of the blob directory that was backed up there; undefined: not known. */
  readonly blobBase?: string | undefined;
}

export function setPlaces(config: Configuration, kind: SetKind): SetPlaces {
  const places = placesOf(config, kind, (storage) => storage.places[kind]);
  const bases = config.storages.map(({ blobStorage }) => blobStorage && basename(blobStorage));
  return { ...places, storages: places.storages.map((place, at) => ({ ...place, blobBase: bases[at] })) };
}

/** Of `altrestore`; undefined where a storage has no alternative source. */
export function alternativePlaces(config: Configuration): SetPlaces | undefined {
  if (config.storages.some(({ alternative }) => alternative === undefined)) return undefined;
  return placesOf(config, 'backup', ({ alternative }) => alternative!);
}

function placesOf(
  { storages, options }: Configuration,
  kind: SetKind,
  placesIn: (storage: Configuration['storages'][number]) => Places,
): SetPlaces {
  const found = storages.map((storage): StoragePlaces => {
    const { filestorage, blobs } = placesIn(storage);
    return {
      name: storage.name,
      filestorage: options.onlyBlobs ? undefined : filestorage,
      blobs: storage.blobStorage === undefined ? undefined : blobs,
    };
  });
  const { filestorage, blobs } = placesIn(storages.at(-1)!);
  return { kind, record: options.onlyBlobs ? blobs : filestorage, storages: found };
}
