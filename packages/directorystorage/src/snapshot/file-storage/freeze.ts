import { basename, dirname, join, resolve } from 'node:path';
import { exists, type OpenFile } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { RunLocked } from '@holdfast/lockfile';
import { logOf, type SnapshotEngine } from '../engine.js';
import { fingerprint } from './fingerprint.js';
import { FrozenDirectory, removeUnused } from './frozen-directory.js';
import { lastTransaction, type WholeRange } from './last-transaction.js';
import { type FreezeMethod, place } from './place.js';

export interface FreezeRequest {
  /** The `Data.fs`; may be a link. */
  readonly dataFs: string;
  /** Copy the bytes, whatever the file system can. */
  readonly copy?: boolean | undefined;
}

/** A `Data.fs` up to its last whole transaction. */
export interface Frozen extends WholeRange {
  readonly path: string;
  readonly method: FreezeMethod;
  readonly fingerprint: string;
  readonly directory: FrozenPlace;
  /** A server froze it, and removes it when it leaves or ends. */
  readonly ofServer?: boolean;
}

/** Where the frozen file lies. */
interface FrozenPlace {
  readonly lock: RunLocked['lock'];
  /** Removes it; safe to call where it is somebody else's. */
  remove(): Promise<void>;
  /** Gives the lock up and leaves the file: the next one that freezes removes it. */
  release(): Promise<void>;
}

/** A pack leaves no `Data.fs` between its two renames; longer than this is not that instant. */
const PACK_INSTANT_MS = 2000;
const RETRY_MS = 25;
/** Packs that may come between, each of which takes longer than the look at the file. */
const ROUNDS = 5;

/**
 * Freezes a FileStorage while others write to it: what is before the end of its last whole transaction does not change.
 *
 * @throws HoldfastError `source.missing`, `source.changing`, `filestorage.bad-magic`, `filestorage.damaged`,
 *   `fs.cannot-link`, and others of the `fs.` family
 */
export async function freeze(engine: SnapshotEngine, request: FreezeRequest): Promise<Frozen> {
  const parent = dirname(await pathOfSource(engine, request.dataFs));
  for (const path of await removeUnused(engine.fs, parent)) {
    logOf(engine).detail(`removed ${path}, which a killed holdfast left`);
  }
  const directory = await FrozenDirectory.make(engine.fs, parent);
  try {
    return await freezeInto(engine, request, directory);
  } catch (error) {
    await directory.remove();
    throw error;
  }
}

async function freezeInto(
  engine: SnapshotEngine,
  { dataFs, copy = false }: FreezeRequest,
  directory: FrozenDirectory,
): Promise<Frozen> {
  const { fs, clock, signal } = engine;
  for (let round = 0; round < ROUNDS; round += 1) {
    const path = await pathOfSource(engine, dataFs);
    const source = await openIfThere(engine, path);
    if (source === undefined) continue;
    try {
      const range = await lastTransaction(source, { clock, signal });
      const method = await place({
        fs,
        source,
        path,
        size: range.size,
        target: directory.file,
        copy,
        signal,
      });
      if (method === undefined) continue;
      const print = await fingerprint(source, range.size);
      return { ...range, path: directory.file, method, fingerprint: print, directory };
    } finally {
      await source.close();
    }
  }
  throw new HoldfastError('source.changing', `${dataFs} was replaced again and again`, { path: dataFs });
}

async function openIfThere({ fs }: SnapshotEngine, path: string): Promise<OpenFile | undefined> {
  try {
    return await fs.openRead(path);
  } catch (error) {
    if (isHoldfastError(error, 'fs.not-found')) return undefined;
    throw error;
  }
}

/** The file itself, with links resolved; a pack's instant is waited for. */
async function pathOfSource({ fs, clock, signal }: SnapshotEngine, dataFs: string): Promise<string> {
  const deadline = clock.monotonic() + PACK_INSTANT_MS;
  for (let alone = 0; ; ) {
    try {
      return await fs.realPath(resolve(dataFs));
    } catch (error) {
      if (!isHoldfastError(error, 'fs.not-found')) throw error;
      const left = await leftByPack(fs, dataFs);
      alone = left.length === 0 ? alone + 1 : 0;
      if (alone > 1 || clock.monotonic() >= deadline) throw missing(dataFs, left, error);
      // A pack may have ended between the two looks.
      if (alone === 1) continue;
    }
    await clock.sleep(RETRY_MS, signal);
  }
}

async function leftByPack(fs: SnapshotEngine['fs'], dataFs: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const end of ['.old', '.pack']) {
    if (await exists(fs, `${dataFs}${end}`)) found.push(join(dirname(dataFs), `${basename(dataFs)}${end}`));
  }
  return found;
}

function missing(dataFs: string, left: readonly string[], cause: unknown): HoldfastError {
  const only =
    left.length === 0 ? '' : `, only ${left.join(' and ')}: a pack was stopped between its two renames`;
  return new HoldfastError('source.missing', `there is no storage at ${dataFs}${only}`, {
    path: dataFs,
    cause,
    hint: 'Give the path of a DirectoryStorage directory or of a Data.fs with --storage.',
  });
}
