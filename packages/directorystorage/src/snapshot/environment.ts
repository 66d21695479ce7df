import type { FileSystem } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import { isSublocked, look, lostError, whyGone } from './look.js';

/** The one version of what a program is told of the snapshot it runs under. */
export const SNAPSHOT_VERSION = '2';

/** The snapshot that this process runs under: somebody else holds it. */
export interface SurroundingSnapshot {
  readonly directory: string;
  /** Seconds since 1970, shortly before it was entered. */
  readonly timestamp: number;
  /**
   * Looks whether it is still there, untouched: who holds it may have ended meanwhile.
   *
   * @throws HoldfastError `snapshot.lost`
   */
  assertHeld(): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The snapshot in the environment; undefined where there is none.
 *
 * @throws HoldfastError `snapshot.environment`
 */
function surroundingSnapshot(env: Environment): Omit<SurroundingSnapshot, 'assertHeld'> | undefined {
  const { SNAPSHOT_VERSION: version, SNAPSHOT_DIRECTORY: directory, SNAPSHOT_TIMESTAMP: seconds } = env;
  if (version === undefined) return undefined;
  if (version !== SNAPSHOT_VERSION) {
    throw wrong(`SNAPSHOT_VERSION is '${version}'; only ${SNAPSHOT_VERSION} is known`);
  }
  if (directory === undefined || directory === '') throw wrong('SNAPSHOT_DIRECTORY is not set');
  if (seconds === undefined || !/^\d{1,12}$/.test(seconds))
    throw wrong('SNAPSHOT_TIMESTAMP is not a number of seconds');
  return { directory, timestamp: Number(seconds) };
}

/**
 * The surrounding snapshot, if there is one, checked to be that of the storage that was asked for, and to be there: somebody
 * holds `misc/sublock`, and `misc/snapshot` is there.
 *
 * @param directory undefined: whatever storage it is of
 * @throws HoldfastError `snapshot.environment`
 */
export async function joinSurrounding(
  fs: FileSystem,
  env: Environment,
  directory: string | undefined,
): Promise<SurroundingSnapshot | undefined> {
  const surrounding = surroundingSnapshot(env);
  if (surrounding === undefined) return undefined;
  if (directory !== undefined && !(await isSameDirectory(fs, directory, surrounding.directory))) {
    throw wrong(
      `SNAPSHOT_DIRECTORY is ${surrounding.directory}, but ${directory} was asked for: directories different`,
    );
  }
  const { directory: held } = surrounding;
  const shown = await look(fs, held);
  if (shown === undefined) throw wrong(`SNAPSHOT_DIRECTORY is ${held}, which is in no snapshot`);
  if (!(await isSublocked(held))) {
    throw wrong(`SNAPSHOT_DIRECTORY is ${held}, whose snapshot is over: nobody holds misc/sublock`);
  }
  const assertHeld = async () => {
    const free = (await isSublocked(held)) ? undefined : 'nobody holds misc/sublock any more';
    const why = free ?? (await whyGone(fs, held, shown));
    if (why !== undefined) throw lostError(held, why);
  };
  return { ...surrounding, assertHeld };
}

/** Whether two paths lead to one place; false where one leads nowhere. */
export async function isSameDirectory(fs: FileSystem, one: string, other: string): Promise<boolean> {
  if (one === other) return true;
  const real = (path: string) => fs.realPath(path).catch(() => undefined);
  const first = await real(one);
  return first !== undefined && first === (await real(other));
}

function wrong(what: string): HoldfastError {
  return new HoldfastError('snapshot.environment', what);
}
