import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What files hold at some moment, by their names: enough to know later whether others hold the same. */
export interface Content {
  readonly bytes: number;
  readonly sha256: ReadonlyMap<string, string>;
}

/** Of all files at or below a path. A file itself has the name ''. */
export async function contentOf(path: string): Promise<Content> {
  const names = (await isDirectory(path)) ? await filesBelow(path) : [''];
  const sha256 = new Map<string, string>();
  let bytes = 0;
  for (const name of names) {
    const content = await readFile(join(path, name));
    sha256.set(name, createHash('sha256').update(content).digest('hex'));
    bytes += content.length;
  }
  return { bytes, sha256 };
}

/** An error that names a difference, when there is one. */
export function expectSame(found: Content, expected: Content, what: string): void {
  for (const name of new Set([...expected.sha256.keys(), ...found.sha256.keys()])) {
    if (found.sha256.get(name) === expected.sha256.get(name)) continue;
    const state = stateOf(found.sha256.has(name), expected.sha256.has(name));
    throw new Error(`${join(what, name)} ${state}`);
  }
}

function stateOf(found: boolean, expected: boolean): string {
  if (!found) return 'is missing';
  return expected ? 'has another content' : 'should not be there';
}

async function filesBelow(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    await readdir(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return false;
    throw error;
  }
}
