import type { KindPruned } from '../run/prune-kinds.js';

/** What `holdfast prune --json` says (docs/json.md, "prune"). */
export function pruneData(done: readonly KindPruned[], dryRun: boolean) {
  const kinds = done.map(({ kind, plan: { decisions, filestorageBytes, removals } }) => ({
    kind,
    sets: decisions,
    filestorageBytes,
    removals: removals.length,
  }));
  return { dryRun, kinds };
}
