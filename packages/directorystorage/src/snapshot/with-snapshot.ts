import { errorLine, HoldfastError } from '@holdfast/errors';
import { logOf, type SnapshotEngine } from './engine.js';
import { enterSnapshot } from './enter.js';
import { joinSurrounding } from './environment.js';
import type { Retry, SnapshotRequest } from './request.js';

/** A frozen storage, as a tool sees it. */
export interface HeldSnapshot {
  readonly directory: string;
  /** Seconds since 1970, shortly before it was entered. */
  readonly timestamp: number;
  /** It is that of a surrounding `holdfast snapshot` or `snapshot.py`. */
  readonly surrounding: boolean;
  /**
   * Looks whether the storage is still frozen. What is made from it in the end is looked at after `use` in any case; ask
   * before what others would take for whole appears.
   *
   * @throws HoldfastError `snapshot.lost`
   */
  assertHeld(): Promise<void>;
}

export interface WithSnapshotRequest extends Omit<SnapshotRequest, 'directory'>, Retry {
  /** Undefined: that of the surrounding snapshot. */
  readonly directory?: string | undefined;
  /** Default: that of this process. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/**
 * Runs `use` on a frozen storage: in the snapshot that this process runs under, or in one of its own, which is left at the
 * end, whatever happens.
 *
 * @throws HoldfastError what `enterSnapshot` and `use` throw; `snapshot.environment`; at the end `snapshot.lost`: then what `use`
 *   read may not be one state, and `snapshot.not-left`
 */
export async function withSnapshot<T>(
  engine: SnapshotEngine,
  request: WithSnapshotRequest,
  use: (held: HeldSnapshot) => Promise<T>,
): Promise<T> {
  const { directory, env = process.env } = request;
  const surrounding = await joinSurrounding(engine.fs, env, directory);
  if (surrounding !== undefined) {
    const result = await use({ ...surrounding, surrounding: true });
    await surrounding.assertHeld();
    return result;
  }
  if (directory === undefined)
    throw new HoldfastError('usage', 'no storage was named: give --storage DIRECTORY');
  const session = await enterSnapshot(engine, { ...request, directory }, request);
  let result: T;
  try {
    const assertHeld = () => session.assertHeld();
    result = await use({ directory, timestamp: session.timestamp, surrounding: false, assertHeld });
  } catch (error) {
    await session.release().catch((problem: unknown) => logOf(engine).warn(errorLine(problem)));
    throw error;
  }
  await session.release();
  return result;
}

/** Two things that must be held until what is made appears, as one: the lock on `backups`, and the snapshot. */
export function allHeld(
  ...parts: readonly Pick<HeldSnapshot, 'assertHeld'>[]
): Pick<HeldSnapshot, 'assertHeld'> {
  return {
    assertHeld: async () => {
      for (const part of parts) await part.assertHeld();
    },
  };
}
