import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { problemsOf, siteWith } from './site.js';
import { codeOf, read } from './support/read-configuration.js';

describe('a wrong file', () => {
  test('all that is wrong is told at once, with its line', async () => {
    expect(
      await problemsOf(`# my site
keep = -1
lokation = "x"
pre_command = """
keep = 3
"""
blob_format = "cube"
full = "perhaps"
recipe = "collective.recipe.backup"
snapshotlocation = "same"
location = "same"
storages = 3
`),
    ).toEqual([
      'line 2: keep: must be a whole number from 0 to 1000000, not -1',
      'line 3: lokation: is no option; did you mean location?',
      'line 7: blob_format: must be "tree" or "pool", not "cube"',
      'line 8: full: must be true or false (or yes, on, 1, no, off, 0), not "perhaps"',
      'line 9: recipe: is an option of buildout, not of Holdfast: take it out',
      expect.stringMatching(/^line 10: snapshotlocation: must be another place than location/),
      'line 12: storages: must be a table',
    ]);
  });

  test('what is no TOML is told with line and column', async () => {
    const problems = await problemsOf('keep = 2\nlocation = /backup\n');
    expect(problems).toEqual([expect.stringMatching(/^line 2, column 12: /)]);
  });

  test.each([
    ['archive_blobs', 'archive_blob'],
    ['keep-daily', 'keep_daily'],
    ['KEEP', 'keep'],
    ['precommand', 'pre_command'],
    ['locatoin', 'location'],
    ['blobstorage', 'blob_storage'],
  ])('%s: did you mean %s?', async (wrong, right) => {
    expect(await problemsOf(`${wrong} = "1"`)).toEqual([
      `line 1: ${wrong}: is no option; did you mean ${right}?`,
    ]);
  });

  test('a name that is near none gets no suggestion', async () => {
    expect(await problemsOf('colour = "red"')).toEqual(['line 1: colour: is no option']);
  });

  test('bytes that are no text, and a directory', async () => {
    const site = await siteWith({});
    await writeFile(join(site, 'holdfast.toml'), Buffer.from([0x61, 0xff, 0xfe]));
    expect(await codeOf(read(site))).toBe('configuration.invalid');
    await mkdir(join(site, 'dir.toml'));
    expect(await codeOf(read(site, 'dir.toml'))).toBe('fs.not-a-regular-file');
  });
});
