import { basename, dirname, join } from 'node:path';
import { exists, type FileSystem, type OpenFile } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import type { ServerFrozen } from '../details.js';
import { logOf, type SnapshotEngine } from '../engine.js';
import { fingerprint } from './fingerprint.js';
import type { Frozen } from './freeze.js';

/** The server holds the lock of its directory, and removes it. */
const SERVERS: Frozen['directory'] = {
  lock: { descriptors: [], assertHeld: () => {} },
  remove: async () => {},
  release: async () => {},
};

/**
 * The `Data.fs` that a server froze, where this process can read it and it is that of `dataFs`: beside it, and the same file or
 * one with the same beginning and end. A pack meanwhile makes them differ.
 *
 * @param url of the server
 * @returns undefined where it cannot be used; why is logged, with a warning where the server holds another storage
 */
export async function useServersFrozen(
  engine: SnapshotEngine,
  dataFs: string,
  url: string,
  frozen: ServerFrozen,
): Promise<Frozen | undefined> {
  const { path, size, tid } = frozen;
  let why: string | undefined;
  try {
    why = await whyNot(engine.fs, dataFs, frozen);
    if (why === undefined)
      return { path, size, tid, ...(await rest(engine.fs, frozen)), directory: SERVERS, ofServer: true };
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    why = error.message;
    if (await liesBeside(engine.fs, dataFs, path)) {
      logOf(engine).detail(`the file that the server froze is not used: ${why}`);
      return undefined;
    }
  }
  warnOfOther(engine, dataFs, url, why);
  return undefined;
}

/** That the server holds another storage than the one that was asked for. */
export function warnOfOther(engine: SnapshotEngine, dataFs: string, url: string, why: string): void {
  logOf(engine).warn(
    `${url} entered snapshot mode, but not of ${dataFs}: ${why}; the Data.fs is frozen here without it. Is it the wrong storage in snapshot.conf?`,
  );
}

/** Whether the server, which may see the file under another path or as another user, has frozen a file beside this one. */
async function liesBeside(fs: FileSystem, dataFs: string, path: string): Promise<boolean> {
  try {
    return await exists(fs, join(dirname(await fs.realPath(dataFs)), basename(dirname(path))));
  } catch (error) {
    // Freezing tells what is wrong with the Data.fs.
    if (isHoldfastError(error)) return true;
    throw error;
  }
}

/** It may be a second name of the `Data.fs`, so it may grow. */
async function rest(fs: FileSystem, { path, size }: ServerFrozen) {
  const print = await withFile(fs, path, (file) => fingerprint(file, size));
  return { method: 'link', fingerprint: print } as const;
}

async function whyNot(
  fs: FileSystem,
  dataFs: string,
  { path, size }: ServerFrozen,
): Promise<string | undefined> {
  const source = await fs.realPath(dataFs);
  if (dirname(dirname(await fs.realPath(path))) !== dirname(source)) return `${path} is not beside ${dataFs}`;
  return withFile(fs, path, (frozen) =>
    withFile(fs, source, async (current) => {
      const [one, other] = [await frozen.stat(), await current.stat()];
      if (one.size < size) return `${path} has fewer than ${size} bytes`;
      if (one.dev === other.dev && one.ino === other.ino) return undefined;
      if (other.size >= size && (await fingerprint(frozen, size)) === (await fingerprint(current, size)))
        return undefined;
      return `${path} is another file than ${dataFs}, or that was packed`;
    }),
  );
}

async function withFile<T>(fs: FileSystem, path: string, use: (file: OpenFile) => Promise<T>): Promise<T> {
  const file = await fs.openRead(path);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}
