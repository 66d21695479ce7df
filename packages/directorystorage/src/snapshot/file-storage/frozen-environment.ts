import type { FileSystem } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import type { FreezeMethod } from './place.js';

/** A frozen FileStorage as a program under it sees it (docs/formats/snapshot-conf.md, "The environment"). */
export interface SurroundingFile {
  /** The `Data.fs` as it was given. */
  readonly source: string;
  /** The frozen file, of which the first `size` bytes count. */
  readonly path: string;
  readonly size: number;
  /** 16 hex digits. */
  readonly tid: string;
  readonly method: FreezeMethod;
  /** Seconds since 1970, shortly before it was frozen. */
  readonly timestamp: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

export function frozenEnvironment(file: SurroundingFile): Readonly<Record<string, string>> {
  return {
    SNAPSHOT_FILE: file.path,
    SNAPSHOT_SOURCE: file.source,
    SNAPSHOT_SIZE: String(file.size),
    SNAPSHOT_TID: file.tid,
    SNAPSHOT_METHOD: file.method,
    SNAPSHOT_TIMESTAMP: String(file.timestamp),
  };
}

/**
 * The frozen FileStorage in the environment; undefined where there is none.
 *
 * @throws HoldfastError `snapshot.environment`
 */
export function surroundingFile(env: Environment): SurroundingFile | undefined {
  const { SNAPSHOT_FILE: path, SNAPSHOT_SOURCE: source, SNAPSHOT_SIZE: size, SNAPSHOT_TID: tid } = env;
  if (path === undefined || path === '') return undefined;
  if (size === undefined || !/^\d{1,15}$/.test(size)) throw wrong('SNAPSHOT_SIZE is not a number of bytes');
  if (tid === undefined || !/^[0-9a-f]{16}$/i.test(tid)) throw wrong('SNAPSHOT_TID is not 16 hex digits');
  const timestamp = Number(env.SNAPSHOT_TIMESTAMP ?? 0);
  const method = (env.SNAPSHOT_METHOD ?? 'link') as FreezeMethod;
  return { path, source: source ?? path, size: Number(size), tid, method, timestamp };
}

/** The surrounding frozen file, if it is that of this `Data.fs`. */
export async function joinSurroundingFile(
  fs: FileSystem,
  env: Environment,
  dataFs: string,
): Promise<SurroundingFile | undefined> {
  const surrounding = surroundingFile(env);
  if (surrounding === undefined) return undefined;
  const [asked, frozen] = await Promise.all([dataFs, surrounding.source].map((path) => fs.realPath(path)));
  if (asked === frozen) return surrounding;
  throw wrong(`SNAPSHOT_SOURCE is ${surrounding.source}, but ${dataFs} was asked for`);
}

function wrong(what: string): HoldfastError {
  return new HoldfastError('snapshot.environment', what);
}
