import type { FileSystem } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import { isClosedTidily } from '../direct-access.js';
import type { Attempt } from './attempt.js';
import { logOf, type SnapshotEngine } from './engine.js';
import type { Look } from './look.js';

/** The code of a storage that was closed. */
const SHUTDOWN = 'shutdown';

/**
 * A snapshot that no method entered is one that somebody left behind or still uses: it is frozen, but as old as it is, and
 * every later backup of it would be the same. Nothing is said of a storage that was closed tidily: that one has nothing newer.
 */
export async function tellOfStale(
  engine: SnapshotEngine,
  directory: string,
  shown: Look,
  attempts: readonly Attempt[],
): Promise<void> {
  const refused = attempts.some(({ outcome }) => outcome === 'refused');
  if (!refused && shown.code === SHUTDOWN && (await isTidy(engine.fs, directory))) return;
  const reasons = attempts.map(({ method, reason }) => `${method}: ${reason}`);
  if (!attempts.some(({ method }) => method === 'direct'))
    reasons.push('direct: snapshot.conf says nodirect');
  logOf(engine).warn(
    `no method entered a snapshot of ${directory}, so that one is used which was there: ${describeLook(shown)}; what was committed after that is not in it (${reasons.join('; ')})`,
  );
}

/** `'user/zope1-4711' of 2026-11-20T02:00:00.000Z`. */
export function describeLook({ code, sinceMs }: Look): string {
  return `'${code}' of ${new Date(sinceMs).toISOString()}`;
}

/** A server that holds `misc/lock` may write meanwhile: what cannot be read is not tidy. */
async function isTidy(fs: FileSystem, directory: string): Promise<boolean> {
  try {
    return await isClosedTidily(fs, directory);
  } catch (error) {
    if (isHoldfastError(error)) return false;
    throw error;
  }
}
