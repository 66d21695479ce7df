import type { Configuration } from '@holdfast/backup';

/** Takes the full paths of a site out of sentences: what lies in a place keeps its name, the place becomes words. */
export type PlacesInWords = (text: string) => string;

/** @param known full paths, and what each is called */
export function placesInWords(known: Iterable<readonly [path: string, words: string]>): PlacesInWords {
  const longestFirst = [...known]
    .sort(([a], [b]) => b.length - a.length)
    .map(([path, words]) => [occurrencesOf(path), words] as const);
  return (text) =>
    longestFirst.reduce(
      (found, [path, words]) =>
        found.replace(path, (_, below: string | undefined) => (below === undefined ? words : '')),
      text,
    );
}

/** What goes on with a name: `/srv/site-old` and `/srv/site.old` do not lie in `/srv/site`; a full stop ends a sentence. */
const GOES_ON = /[\p{L}\p{N}_~+@%-]|\.[\p{L}\p{N}_]/u.source;
/** Before it: the path is the end of another one, or of an address. */
const BEGUN = /[\p{L}\p{N}_.~/-]/u.source;

/** The path itself, and with the slashes after it (the group) where something below it is named. */
function occurrencesOf(path: string): RegExp {
  const literally = path.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  return new RegExp(`(?<!${BEGUN})${literally}(?:(/+)(?=[^\\s/'"\`<>|;,()])|/*(?!${GOES_ON}))`, 'gu');
}

export function placesOfSite({ storages, site, file }: Configuration): PlacesInWords {
  const known = new Map<string, string>();
  const add = (path: string | undefined, words: string) => {
    if (path !== undefined && path !== '/' && !known.has(path)) known.set(path, words);
  };
  for (const { datafs, blobStorage, places, alternative } of storages) {
    for (const suffix of ['', '.index', '.lock']) add(`${datafs}${suffix}`, `Data.fs${suffix}`);
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
