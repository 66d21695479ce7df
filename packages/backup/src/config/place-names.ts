import type { Places, SetKind, StorageConfig } from '../config.js';
import type { StorageValues } from './schema.js';

const OPTIONS_OF_KIND: Readonly<Record<SetKind, { readonly [K in keyof Places]: PlaceOption }>> = {
  backup: { filestorage: 'location', blobs: 'blobbackuplocation' },
  snapshot: { filestorage: 'snapshotlocation', blobs: 'blobsnapshotlocation' },
  zip: { filestorage: 'ziplocation', blobs: 'blobziplocation' },
};

export type PlaceOption = keyof StorageValues & `${string}location`;

/** The option that sets a place of the main storage. */
export const placeOption = (kind: SetKind, part: keyof Places): PlaceOption => OPTIONS_OF_KIND[kind][part];

/** Names of the directories of a part, as the recipe gives them. */
export function defaultNames(part: string): Readonly<Record<PlaceOption, string>> {
  if (part === 'backup')
    return {
      location: 'backups',
      snapshotlocation: 'snapshotbackups',
      ziplocation: 'zipbackups',
      blobbackuplocation: 'blobstoragebackups',
      blobsnapshotlocation: 'blobstoragesnapshots',
      blobziplocation: 'blobstoragezips',
    };
  return {
    location: `${part}s`,
    snapshotlocation: `${part}-snapshots`,
    ziplocation: `${part}-zips`,
    blobbackuplocation: `${part}-blobstorages`,
    blobsnapshotlocation: `${part}-blobstoragesnapshots`,
    blobziplocation: `${part}-blobstoragezips`,
  };
}

/** An additional storage's places: the main ones' with `_name` appended. */
export function placeNames(
  main: StorageConfig['places'],
  storage: string,
): Readonly<Record<PlaceOption, string>> {
  const entries = (['backup', 'snapshot', 'zip'] as const).flatMap((kind) =>
    (['filestorage', 'blobs'] as const).map((part) => [
      placeOption(kind, part),
      `${main[kind][part]}_${storage}`,
    ]),
  );
  return Object.fromEntries(entries) as Record<PlaceOption, string>;
}
