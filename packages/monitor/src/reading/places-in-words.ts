import type { Configuration } from '@holdfast/backup';

/** Takes the full paths of a site out of sentences: what lies in a place keeps its name, the place becomes words. */
export type PlacesInWords = (text: string) => string;

/** @param known full paths, and what each is called */
export function placesInWords(known: Iterable<readonly [path: string, words: string]>): PlacesInWords {
  const longestFirst = [...known].sort(([a], [b]) => b.length - a.length);
  return (text) =>
    longestFirst.reduce(
      (found, [path, words]) => found.replaceAll(`${path}/`, '').replaceAll(path, words),
      text,
    );
}

export function placesOfSite({ storages, site, file }: Configuration): PlacesInWords {
  const known = new Map<string, string>();
  const add = (path: string | undefined, words: string) => {
    if (path !== undefined && path !== '/' && !known.has(path)) known.set(path, words);
  };
  for (const { datafs, blobStorage, places, alternative } of storages) {
    add(datafs, 'Data.fs');
    add(blobStorage, 'the blob directory');
    for (const { filestorage, blobs } of [...Object.values(places), ...(alternative ? [alternative] : [])]) {
      add(filestorage, 'the place of the backups');
      add(blobs, 'the place of the blob backups');
    }
  }
  add(file, 'the configuration');
  add(site, 'the site');
  return placesInWords(known);
}
