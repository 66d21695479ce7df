import type { SetSummary } from './status.js';

/** The newest that a restore would take: whole, and not known to be damaged. @param sets oldest first */
export function newestOf(sets: readonly SetSummary[]): SetSummary | undefined {
  return sets.findLast(({ whole, verified }) => whole && verified?.sound !== false);
}
