import type { Configuration, SetKind } from '../config.js';
import { recorded } from '../history/recorded.js';
import { applyRetention, nameOf } from '../retention/apply-retention.js';
import type { RetentionPlan } from '../retention/plan.js';
import { planRetention } from '../retention/plan-retention.js';
import { retentionPolicy } from '../retention/policy.js';
import { setPlaces } from '../sets/places.js';
import { readSets } from '../sets/read-sets.js';
import { HeldLocks, type Locking, lockPlace } from './locks.js';
import type { World } from './world.js';

export interface PruneReport {
  readonly plan: RetentionPlan;
  readonly removed: readonly { readonly id: string; readonly reason: string }[];
  /** Names of files and backups of blobs that were removed or written anew. */
  readonly names: readonly string[];
}

/** What retention would do, with the reason for each set; changes nothing. @throws HoldfastError `sets.in-future` */
export async function planPrune(world: World, config: Configuration, kind: SetKind): Promise<RetentionPlan> {
  const reading = await readSets(world, setPlaces(config, kind));
  const policy = retentionPolicy(config.options, kind);
  return planRetention({ reading, policy, now: world.clock.now() });
}

/** Does it. The caller holds the locks of all places of the kind, as a run of a backup does. */
export async function pruneUnderLocks(
  world: World,
  config: Configuration,
  kind: SetKind,
  assertLocked: () => Promise<void>,
): Promise<PruneReport> {
  const plan = await planPrune(world, config, kind);
  const names: string[] = [];
  const onRemoved = (removal: Parameters<typeof nameOf>[0]) => names.push(nameOf(removal));
  await applyRetention(world, { plan, assertLocked, onRemoved });
  const gone = plan.removals.length === 0 ? [] : plan.decisions.filter(({ kept }) => !kept);
  const removed = gone.map(({ id, reasons }) => ({ id, reason: reasons.join('; ') }));
  return { plan, removed, names };
}

/** `holdfast prune`, which is added to the history. @throws HoldfastError `lock.busy`, `sets.in-future` */
export async function prune(
  world: World,
  config: Configuration,
  kind: SetKind,
  locking: Locking,
): Promise<PruneReport> {
  const begun = { kind: 'prune', setKind: kind, place: setPlaces(config, kind).record } as const;
  return await recorded(
    world,
    begun,
    () => lockedPrune(world, config, kind, locking),
    () => ({}),
  );
}

async function lockedPrune(
  world: World,
  config: Configuration,
  kind: SetKind,
  locking: Locking,
): Promise<PruneReport> {
  await using locks = new HeldLocks();
  const places = setPlaces(config, kind).storages.flatMap(({ filestorage, blobs }) => [filestorage, blobs]);
  for (const place of new Set(places.filter((path) => path !== undefined))) {
    locks.addPlace(await lockPlace(locking, place));
  }
  return await pruneUnderLocks(world, config, kind, () => locks.assertHeld());
}
