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
  if (surrounding !== undefined) return use({ ...surrounding, surrounding: true });
  if (directory === undefined)
    throw new HoldfastError('usage', 'no storage was named: give --storage DIRECTORY');
  const session = await enterSnapshot(engine, { ...request, directory }, request);
  let result: T;
  try {
    result = await use({ directory, timestamp: session.timestamp, surrounding: false });
  } catch (error) {
    await session.release().catch((problem: unknown) => logOf(engine).warn(errorLine(problem)));
    throw error;
  }
  await session.release();
  return result;
}
