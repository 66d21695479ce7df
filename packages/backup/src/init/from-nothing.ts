import { type Draft, pathSetting } from './draft.js';

export interface SiteFacts {
  /** Absolute. */
  readonly site: string;
  /** Absolute; undefined: not there. */
  readonly datafs: string | undefined;
  readonly blobStorage: string | undefined;
  /** Names of the files in `var/filestorage`. */
  readonly files: readonly string[];
}

/** A draft with the recipe's default places, for a site as it is found. */
export function draftFromSite({ site, datafs, blobStorage, files }: SiteFacts): Draft {
  const usual = `${site}/var/filestorage/Data.fs`;
  return {
    name: 'backup',
    site,
    settings: [
      pathSetting('datafs', datafs ?? usual, site),
      ...(blobStorage === undefined ? [] : [pathSetting('blob_storage', blobStorage, site)]),
    ],
    storages: [],
    sources: {},
    notes: [
      datafs === undefined
        ? `There is no Data.fs in ${site} yet; its usual place is taken.`
        : `The storage ${datafs} was found.`,
      blobStorage === undefined
        ? `There is no blob storage at ${site}/var/blobstorage: set blob_storage if it is somewhere else.`
        : `The blob storage ${blobStorage} was found.`,
    ],
    warnings: files
      .filter((name) => name.endsWith('.fs') && name !== 'Data.fs')
      .map(
        (name) =>
          `${name} lies beside the Data.fs: if it is a storage in use, it needs a table [storages.…].`,
      ),
  };
}
