import { type FileSystem, readExactly } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import { NeedsFile, type TextFiles, unreadable } from './text-files.js';

/** No configuration of Zope or buildout is longer, bytes. */
const LIMIT = 4 * 1024 * 1024;
/** Files that one configuration may name. */
const MOST_FILES = 500;

/** Does the work again and again, each time with one more of the files that it needs, until it needs no more. */
export async function readingOn<T>(fs: FileSystem, work: (files: TextFiles) => T): Promise<T> {
  const files = new Map<string, string | undefined>();
  for (;;) {
    try {
      return work(files);
    } catch (error) {
      if (!(error instanceof NeedsFile)) throw error;
      if (files.size >= MOST_FILES)
        throw unreadable(error.path, undefined, `more than ${MOST_FILES} files are named`);
      files.set(error.path, await readIfThere(fs, error.path));
    }
  }
}

async function readIfThere(fs: FileSystem, path: string): Promise<string | undefined> {
  try {
    return await readTextFile(fs, path);
  } catch (error) {
    if (isHoldfastError(error, 'fs.not-found')) return undefined;
    throw error;
  }
}

/** A text in UTF-8; other bytes become U+FFFD, which no path of ours has. */
export async function readTextFile(fs: FileSystem, path: string): Promise<string> {
  const file = await fs.openRead(path, { followSymlinks: true });
  try {
    const { size } = await file.stat();
    if (size > LIMIT) throw unreadable(path, undefined, `it is larger than ${LIMIT} bytes`);
    return (await readExactly(file, 0, size)).toString('utf8');
  } finally {
    await file.close();
  }
}

/** What a file is: by its name, else by how it begins. */
export function kindOfSource(path: string, text: string): 'zconfig' | 'buildout' {
  if (path.endsWith('.toml'))
    throw unreadable(path, undefined, 'this is a configuration of Holdfast already');
  if (path.endsWith('.conf')) return 'zconfig';
  if (path.endsWith('.cfg')) return 'buildout';
  const line = text.split('\n').find((candidate) => !/^\s*(#|;|$)/.test(candidate));
  return line?.startsWith('[') === true ? 'buildout' : 'zconfig';
}
