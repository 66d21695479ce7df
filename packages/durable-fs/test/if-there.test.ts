import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FaultyFileSystem, temporaryDirectory } from '@holdfast/test-kit';
import { beforeEach, describe, expect, test } from 'vitest';
import { exists, lstatIfThere, nodeFileSystem, statIfThere } from '../src/index.js';

let directory: string;
const at = (name: string) => join(directory, name);

/** A file, a directory, and links: to each of them, to nothing, and to themselves. */
beforeEach(async () => {
  directory = await temporaryDirectory();
  writeFileSync(at('file'), 'hello');
  mkdirSync(at('directory'));
  for (const target of ['file', 'directory', 'nothing']) symlinkSync(target, at(`link-to-${target}`));
  symlinkSync('link-to-itself', at('link-to-itself'));
});

/** What the path leads to, what has its name, and whether anything has. */
async function seen(name: string) {
  const fs = nodeFileSystem;
  return [
    (await statIfThere(fs, at(name)))?.kind,
    (await lstatIfThere(fs, at(name)))?.kind,
    await exists(fs, at(name)),
  ];
}

describe('what may be missing', () => {
  test.each([
    ['file', 'file', 'file', true],
    ['directory', 'directory', 'directory', true],
    ['link-to-file', 'file', 'symlink', true],
    ['link-to-directory', 'directory', 'symlink', true],
    ['link-to-nothing', undefined, 'symlink', true],
    ['nothing', undefined, undefined, false],
    ['nothing/below', undefined, undefined, false],
    ['file/below', undefined, undefined, false],
  ])('%s: leads to %s, is %s, exists: %s', async (name, ...expected) => {
    expect(await seen(name)).toEqual(expected);
  });

  test('is told as the file system knows it', async () => {
    expect(await statIfThere(nodeFileSystem, at('link-to-file'))).toEqual(
      await nodeFileSystem.stat(at('file')),
    );
    expect(await lstatIfThere(nodeFileSystem, at('link-to-file'))).toEqual(
      await nodeFileSystem.lstat(at('link-to-file')),
    );
  });

  test('is not taken for missing when it cannot be looked at', async () => {
    await expect(statIfThere(nodeFileSystem, at('link-to-itself'))).rejects.toMatchObject({
      path: at('link-to-itself'),
    });
    for (const method of ['stat', 'lstat'] as const) {
      const fs = new FaultyFileSystem().fail(method, 'EACCES', { times: 2 });
      const looks = method === 'stat' ? [statIfThere] : [lstatIfThere, exists];
      for (const look of looks)
        await expect(look(fs, at('file'))).rejects.toMatchObject({ code: 'fs.permission' });
    }
  });
});
