import { basename, dirname, join } from 'node:path';
import {
  type FileSystem,
  isTemporaryName,
  type OpenFile,
  readExactly,
  statIfThere,
} from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { Engine } from './engine.js';
import type { SourceIdentity } from './record.js';

/** An open `Data.fs`, and how long it was when it was opened: nothing beyond that is looked at. */
export interface Source {
  readonly path: string;
  readonly file: OpenFile;
  readonly size: number;
  readonly identity: SourceIdentity;
}

/** A pack leaves no `Data.fs` between its two renames; longer than this is not that instant. */
const PACK_INSTANT_MS = 3000;
const RETRY_MS = 50;

/** Opens the source; a symbolic link is followed. Errors: `source.missing`, `filestorage.bad-magic` for an empty file. */
export async function openSource(engine: Engine, path: string): Promise<Source> {
  const file = await openPatiently(engine, path);
  try {
    const { size, dev, ino, birthtimeMs } = await file.stat();
    if (size === 0) {
      throw new HoldfastError('filestorage.bad-magic', `${path} is empty: it holds no storage yet`, {
        path,
        offset: 0,
        hint: 'Nothing was ever committed to it. If it should hold data, restore the last backup.',
      });
    }
    return { path, file, size, identity: { dev, ino, birthtimeMs } };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openPatiently({ fs, clock, signal }: Engine, path: string): Promise<OpenFile> {
  const deadline = clock.monotonic() + PACK_INSTANT_MS;
  for (;;) {
    try {
      return await fs.openRead(path, { followSymlinks: true });
    } catch (error) {
      if (!isHoldfastError(error, 'fs.not-found')) throw error;
      if (!(await packIsNear(fs, path)) || clock.monotonic() >= deadline)
        throw await missing(fs, path, error);
    }
    await clock.sleep(RETRY_MS, signal);
  }
}

/** Whether files of a pack lie beside the missing source: only then is it worth waiting for. */
async function packIsNear(fs: FileSystem, path: string): Promise<boolean> {
  return (await neighbours(fs, path)).length > 0;
}

async function missing(fs: FileSystem, path: string, cause: unknown): Promise<HoldfastError> {
  const near = await neighbours(fs, path);
  if (near.length === 0)
    return new HoldfastError('source.missing', `there is no Data.fs at ${path}`, { path, cause });
  const message = `there is no ${path}, only ${near.join(' and ')}: a pack was stopped between its two renames`;
  const hint = `Look at both files; with Zope stopped, rename ${near.at(-1)} to ${basename(path)}.`;
  return new HoldfastError('source.missing', message, { path, cause, hint });
}

async function neighbours(fs: FileSystem, path: string): Promise<readonly string[]> {
  try {
    const target = await resolveLink(fs, path);
    const name = basename(target);
    const entries = await fs.readDirectory(dirname(target));
    const names = entries.filter((entry) => !isTemporaryName(entry.name)).map((entry) => entry.name);
    return [`${name}.old`, `${name}.pack`].filter((candidate) => names.includes(candidate));
  } catch {
    return [];
  }
}

/** Where a link points to, also when nothing is there: that is the case of interest. */
async function resolveLink(fs: FileSystem, path: string): Promise<string> {
  try {
    const target = await fs.readLink(path);
    return target.startsWith('/') ? target : join(dirname(path), target);
  } catch {
    return path;
  }
}

export function sameIdentity(a: SourceIdentity | undefined, b: SourceIdentity): boolean {
  return a !== undefined && a.dev === b.dev && a.ino === b.ino && a.birthtimeMs === b.birthtimeMs;
}

/** Whether the path still leads to the file that is open: a pack puts another one there. */
export async function isReplaced({ fs }: Engine, source: Source): Promise<boolean> {
  const now = await statIfThere(fs, source.path);
  return now?.dev !== source.identity.dev || now.ino !== source.identity.ino;
}

/** Reads a stretch that was there when the source was opened; shorter now means that somebody truncated it. */
export async function readSource(source: Source, position: number, length: number): Promise<Buffer> {
  try {
    return await readExactly(source.file, position, length);
  } catch (error) {
    if (!isHoldfastError(error, 'fs.short-read')) throw error;
    throw sourceShrank(source, error.offset ?? position, error);
  }
}

export function sourceShrank(source: Source, offset: number, cause?: unknown): HoldfastError {
  const message = `${source.path} became shorter while it was read: it ends at byte ${offset}`;
  return new HoldfastError('source.shrank', message, { path: source.path, offset, cause });
}
