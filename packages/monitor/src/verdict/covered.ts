import { SET_KINDS } from '@holdfast/backup';
import type { Unjudged } from './finding.js';

const BACKUPS: ReadonlySet<string> = new Set(SET_KINDS);

/**
 * The latest moment whose state the newest set holds: when it was made, or when a later run found that nothing had
 * changed since. Milliseconds since 1970; undefined without a set.
 */
export function coveredUntil({ newest, runs }: Pick<Unjudged, 'newest' | 'runs'>): number | undefined {
  if (newest === undefined) return undefined;
  return runs.reduce((latest, { kind, result, set, startedMs }) => {
    const confirms = BACKUPS.has(kind) && result === 'done' && set === newest.id;
    return confirms ? Math.max(latest, startedMs) : latest;
  }, newest.timeMs);
}
