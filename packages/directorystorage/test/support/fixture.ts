import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { temporaryDirectory } from '@holdfast/test-kit';
import { expect } from 'vitest';

const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url));
const ARCHIVE = '.tar.gz';

/** Names of the storages written by the real implementation. */
export const FIXTURE_NAMES: readonly string[] = readdirSync(FIXTURES)
  .filter((name) => name.endsWith(ARCHIVE))
  .map((name) => name.slice(0, -ARCHIVE.length));

/** What the real implementation made of a fixture by direct access. */
interface Expected {
  /** SHA-256 of each file outside `misc`, by its path. */
  readonly files: Readonly<Record<string, string>>;
  /** What is in `misc`. */
  readonly misc: readonly string[];
}

function expected(name: string): Expected {
  return JSON.parse(readFileSync(join(FIXTURES, `${name}.expected.json`), 'utf8')) as Expected;
}

/**
 * A fresh copy of a fixture: the path of the storage. Those in `packed` were packed by DirectoryStorage, which left the
 * removed files to be deleted later.
 */
export async function unpackFixture(name: string): Promise<string> {
  const directory = await temporaryDirectory();
  await promisify(execFile)('tar', ['xzf', join(FIXTURES, name + ARCHIVE), '-C', directory]);
  return join(directory, name);
}

/** SHA-256 of every file below a directory, by its path. */
export async function digests(directory: string): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue;
    const path = join(entry.parentPath, entry.name);
    const content = entry.isFile() ? await readFile(path) : 'not a regular file';
    found[path.slice(directory.length + 1)] = createHash('sha256').update(content).digest('hex');
  }
  return found;
}

/** The tree as `Expected` has it. */
async function treeOf(directory: string): Promise<Expected> {
  const all = Object.entries(await digests(directory));
  const inMisc = ([path]: readonly [string, string]) => path.startsWith('misc/');
  return {
    files: Object.fromEntries(all.filter((entry) => !inMisc(entry))),
    misc: all
      .filter(inMisc)
      .map(([path]) => path)
      .sort(),
  };
}

/** The storage is as the real implementation left it after direct access. */
export async function expectTidy(directory: string, name: string): Promise<void> {
  const { files, misc } = expected(name);
  expect(await treeOf(directory)).toEqual({ files, misc });
  expect(await readdir(join(directory, 'B'))).toEqual([]);
  expect(await readdir(join(directory, 'journal'))).toEqual([]);
  expect(await readFile(join(directory, 'misc/snapshot'), 'utf8')).toBe('shutdown');
}
