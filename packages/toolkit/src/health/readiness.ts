import type { Clock, FileSystem } from '@holdfast/durable-fs';
import { needRoom } from '../state-directory.js';
import type { Readiness } from './health-routes.js';

/** Anybody may ask: so the disk is asked at most so often, milliseconds. */
const KEPT_MS = 1_000;
/** A disk that takes longer, milliseconds, is none that can be written. */
const LONGEST_LOOK_MS = 2_000;

export interface ReadinessWorld {
  readonly fs: FileSystem;
  readonly clock: Clock;
  /** The state directory. */
  readonly state: string;
}

interface Look {
  /** Whether the disk could be written; known after `LONGEST_LOOK_MS` at the latest. */
  readonly answer: Promise<boolean>;
  /** Monotonic; undefined while the disk has not answered. */
  endedAt: number | undefined;
}

/**
 * One look at a time, as a disk that hangs keeps a thread with each: until it answers, everybody is told no.
 *
 * @param started whether it has started, and does not stop yet
 */
export function makeReadiness(world: ReadinessWorld, started: () => boolean): Readiness {
  let last: Look | undefined;
  const isOld = ({ endedAt }: Look) => endedAt !== undefined && world.clock.monotonic() - endedAt >= KEPT_MS;
  return async () => {
    if (!started()) return false;
    if (last === undefined || isOld(last)) last = beginLook(world);
    return last.answer;
  };
}

function beginLook({ fs, clock, state }: ReadinessWorld): Look {
  const ended = new AbortController();
  const isWritable = needRoom(fs, state).then(
    () => true,
    () => false,
  );
  const no = () => false;
  const look: Look = {
    answer: Promise.race([isWritable, clock.sleep(LONGEST_LOOK_MS, ended.signal).then(no, no)]),
    endedAt: undefined,
  };
  void isWritable.then(() => {
    look.endedAt = clock.monotonic();
    ended.abort();
  });
  return look;
}
