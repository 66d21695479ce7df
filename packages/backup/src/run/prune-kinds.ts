import type { Configuration, SetKind } from '../config.js';
import { needRepository } from '../sets/read-kinds.js';
import { type PruneReport, planPrune, prune } from './prune-run.js';
import type { World } from './world.js';

export interface PruneKinds {
  readonly config: Configuration;
  readonly kinds: readonly SetKind[];
  /** Only plan. */
  readonly dryRun?: boolean | undefined;
}

export interface KindPruned extends Pick<PruneReport, 'plan' | 'removed'> {
  readonly kind: SetKind;
}

/**
 * `holdfast prune`: what retention does with some kinds, each told when it is done. Kinds without backups are left out; no lock
 * is taken where nothing is to be removed.
 *
 * @throws HoldfastError `repository.missing`, `lock.busy`, `sets.in-future`
 */
export async function* pruneKinds(world: World, run: PruneKinds): AsyncGenerator<KindPruned> {
  const { config, kinds, dryRun = false } = run;
  await needRepository(world.fs, config, kinds);
  const locking = { fs: world.fs, command: 'holdfast prune', signal: world.signal };
  for (const kind of kinds) {
    const plan = await planPrune(world, config, kind);
    if (plan.decisions.length === 0) continue;
    const nothing = dryRun || plan.removals.length === 0;
    const done = nothing ? { plan, removed: [] } : await prune(world, config, kind, locking);
    yield { kind, plan: done.plan, removed: done.removed };
  }
}
