import { constants } from 'node:fs';
import { access, copyFile, link, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

const CHUNK = 4 << 20;
/** Data files of a repository: never changed once they have their name, by neither program. */
const DATA_FILE = /^\d{4}(-\d\d){5}\.(delta)?fsz?$/;

/** An empty directory in place of what was there. */
export async function emptyDirectory(path: string): Promise<string> {
  await rm(path, { recursive: true, force: true });
  await mkdir(path, { recursive: true });
  return path;
}

/** A copy of a repository that may be written to: data files are linked, all others copied. */
export async function copyRepository(from: string, to: string): Promise<void> {
  await emptyDirectory(to);
  for (const name of await readdir(from)) {
    const [source, target] = [join(from, name), join(to, name)];
    if (DATA_FILE.test(name)) await link(source, target);
    else await copyFile(source, target, constants.COPYFILE_EXCL);
  }
}

/** Bytes of a repository's newest data file; an error when it has not as many of them as it should have. */
export async function newestBytes(repository: string, files: number): Promise<number> {
  const names = (await readdir(repository)).filter((name) => DATA_FILE.test(name)).sort();
  if (names.length !== files) {
    const found = names.length === 0 ? 'none' : names.join(', ');
    throw new Error(`${repository} should have ${files} data files, but has ${found}`);
  }
  return (await stat(join(repository, names.at(-1)!))).size;
}

export async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Brings files into the page cache, so that the first program does not pay for the disk. */
export async function warm(paths: readonly string[]): Promise<void> {
  for (const path of paths) await eachChunk(path, () => {});
}

export async function warmDirectory(path: string): Promise<void> {
  await warm((await readdir(path)).map((name) => join(path, name)));
}

/** Compares two files; an error names the first difference, to the chunk. */
export async function expectSameBytes(path: string, expected: string): Promise<void> {
  const other = await open(expected);
  const buffer = Buffer.alloc(CHUNK);
  try {
    let position = 0;
    await eachChunk(path, async (chunk) => {
      const { bytesRead } = await other.read(buffer, 0, chunk.length, position);
      if (!buffer.subarray(0, bytesRead).equals(chunk)) {
        throw new Error(`${path} differs from ${expected} after byte ${position}`);
      }
      position += chunk.length;
    });
    if (position !== (await other.stat()).size) throw new Error(`${path} is shorter than ${expected}`);
  } finally {
    await other.close();
  }
}

async function eachChunk(path: string, see: (chunk: Buffer) => Promise<void> | void): Promise<void> {
  const file = await open(path);
  const buffer = Buffer.alloc(CHUNK);
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK);
      if (bytesRead === 0) return;
      await see(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}
