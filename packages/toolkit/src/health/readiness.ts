import type { Clock, FileSystem } from '@holdfast/durable-fs';
import { needWritable } from '../state-directory.js';
import type { Readiness } from './health-routes.js';

/** Anybody may ask: so the disk is asked at most so often, milliseconds. */
const KEPT_MS = 1_000;

/** @param started whether it has started, and does not stop yet */
export function makeReadiness(
  { fs, clock, state }: { readonly fs: FileSystem; readonly clock: Clock; readonly state: string },
  started: () => boolean,
): Readiness {
  let last: { readonly at: number; readonly writable: Promise<boolean> } | undefined;
  const look = () =>
    needWritable(fs, state).then(
      () => true,
      () => false,
    );
  return async () => {
    if (!started()) return false;
    const now = clock.monotonic();
    if (last === undefined || now - last.at >= KEPT_MS) last = { at: now, writable: look() };
    return last.writable;
  };
}
