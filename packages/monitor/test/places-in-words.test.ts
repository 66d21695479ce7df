import { expect, test } from 'vitest';
import { placesInWords } from '../src/reading/places-in-words.js';

const inWords = placesInWords([
  ['/srv/site', 'the site'],
  ['/srv/site/var/backups', 'the place of the backups'],
  ['/mnt/a (b)', 'the place of the blob backups'],
]);

test.each([
  ['permission denied: /srv/site/var/backups/x.fsz', 'permission denied: x.fsz'],
  ['/srv/site/var/backups: no space', 'the place of the backups: no space'],
  ['it lies in /srv/site.', 'it lies in the site.'],
  ["'/srv/site/' (/srv/site)", "'the site' (the site)"],
  ['/srv/site/holdfast.toml:3: bad', 'holdfast.toml:3: bad'],
  ['/srv/site//etc/.hidden and /srv/site', 'etc/.hidden and the site'],
  ['no room in /mnt/a (b)', 'no room in the place of the blob backups'],
])('in a place: %s', (text, words) => {
  expect(inWords(text)).toBe(words);
});

test.each([
  '/srv/site-old/x',
  '/srv/site2',
  '/srv/site.old/x',
  '/srv/siteé/x',
  '/mnt/srv/site/x',
  '/backup//srv/site',
  'https://example.org/srv/site',
  'x/srv/site/var',
])('another path stays: %s', (text) => {
  expect(inWords(text)).toBe(text);
  expect(inWords(`cannot read ${text}: no`)).toBe(`cannot read ${text}: no`);
});
