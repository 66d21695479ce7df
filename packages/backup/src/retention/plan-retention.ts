import { HoldfastError } from '@holdfast/errors';
import { stampTime } from '@holdfast/filestorage-backup';
import type { BackupSet } from '../set.js';
import type { SetReading } from '../sets/reading.js';
import { foreignChains, type LocatedSet, locateSets } from './chain-groups.js';
import { Needs, protectedChains } from './needs.js';
import type { Decision, RetentionPlan } from './plan.js';
import type { RetentionPolicy } from './policy.js';
import { planRemovals, type StorageKeeping } from './removals.js';
import { applyRules, Reasons } from './rules.js';

export interface RetentionState {
  readonly reading: SetReading;
  readonly policy: RetentionPolicy;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A backup may be so much later than the clock: clocks of two machines differ. */
const SKEW_MS = 60_000;

/**
 * Which sets go and what is removed for it. Pure (docs/decisions/0031-retention.md). Whatever the policy says, these stay: the newest set, the
 * newest whole chain of each storage, the newest set that was checked and found sound, the newest that lacks the fewest blobs,
 * pinned sets, other histories, and what a kept set is restored from.
 *
 * @throws HoldfastError `sets.in-future` where something would go while a backup is later than the clock
 */
export function planRetention({ reading, policy, now }: RetentionState): RetentionPlan {
  const located = locateSets(reading);
  const keepings = reading.storages.map((storage): StorageKeeping => {
    const foreign = foreignChains(storage, reading.sets);
    return { storage, chains: protectedChains(storage, foreign), foreign };
  });
  const reasons = new Reasons();
  if (policy.keep === 0 && policy.keepBlobDays === 0) {
    for (const { set } of located) reasons.add(set, 'keep = 0: every set is kept');
    return { decisions: decide(located, reasons, policy), removals: [], filestorageBytes: 0 };
  }
  const foreign = keepings.at(-1)?.foreign ?? new Set<string>();
  const ours = located.filter(({ main }) => !foreign.has(main?.state?.chain.stamp ?? ''));
  applyRules(ours, policy, now, reasons);
  keepAlways(located, keepings, now, reasons);
  const needs = new Needs();
  for (const one of located) if (reasons.has(one.set)) needs.add(one);
  keepContinued(located, needs, reasons);
  const decisions = decide(located, reasons, policy);
  const going = located.filter(({ set }) => !reasons.has(set));
  const staying = located.filter(({ set }) => reasons.has(set));
  const { removals, filestorageBytes } = planRemovals({ reading, keepings, needs, going, staying });
  if (removals.length > 0) refuseFuture(reading, now);
  return { decisions, removals, filestorageBytes };
}

function keepAlways(
  located: readonly LocatedSet[],
  keepings: readonly StorageKeeping[],
  now: number,
  reasons: Reasons,
): void {
  const chains = keepings.at(-1)?.chains;
  const keep = (one: LocatedSet | undefined, reason: string) => one && reasons.add(one.set, reason);
  keep(located.at(-1), 'it is the newest set');
  keep(
    located.findLast(({ whole }) => whole),
    'it is the newest whole set',
  );
  keep(
    located.findLast(({ set, whole }) => whole && set.verified?.sound === true),
    'it is the newest set that was checked and found sound',
  );
  keep(fewestMissing(located), 'every later set lacks more of its blobs');
  for (const one of located) {
    const { set, main } = one;
    if (set.pinned) keep(one, 'it is pinned');
    if (set.timeMs > now) keep(one, 'it is later than the clock');
    const reason = chains?.get(main?.state?.chain.stamp ?? '');
    if (reason !== undefined) keep(one, reason);
  }
}

/**
 * The newest of those that lack the fewest blobs, where the newest whole one lacks more: the blobs were not there when that was made (a disk
 * that was not mounted), and an older set may hold the last copy.
 */
function fewestMissing(located: readonly LocatedSet[]): LocatedSet | undefined {
  const usable = located.filter(({ set, whole }) => whole && set.verified?.sound !== false);
  const fewest = Math.min(...usable.map(missingIn));
  const found = usable.findLast((one) => missingIn(one) === fewest);
  return found === usable.at(-1) ? undefined : found;
}

function missingIn({ set }: LocatedSet): number {
  return set.record.parts.reduce((sum, { blobs }) => sum + (blobs?.missing ?? 0), 0);
}

/** A set whose files stay because a kept one is restored from them stays too: with its blobs it costs little. */
function keepContinued(located: readonly LocatedSet[], needs: Needs, reasons: Reasons): void {
  for (const one of located) {
    const later = reasons.has(one.set) ? undefined : needs.continuedBy(one);
    if (later === undefined) continue;
    reasons.add(one.set, `the set ${later} continues it`);
    needs.add(one);
  }
}

function decide(
  located: readonly LocatedSet[],
  reasons: Reasons,
  policy: RetentionPolicy,
): readonly Decision[] {
  return located.map(({ set }) => {
    const kept = reasons.has(set);
    return { id: set.id, kept, reasons: kept ? reasons.of(set) : [whyNot(set, policy)] };
  });
}

function whyNot({ problems }: BackupSet, policy: RetentionPolicy): string {
  const { keep, keepBlobDays, keepDaily, keepWeekly, keepMonthly, keepYearly } = policy;
  const rules = [
    keepBlobDays > 0 ? `keep_blob_days = ${keepBlobDays}` : `keep = ${keep}`,
    ...(keepDaily > 0 ? [`keep_daily = ${keepDaily}`] : []),
    ...(keepWeekly > 0 ? [`keep_weekly = ${keepWeekly}`] : []),
    ...(keepMonthly > 0 ? [`keep_monthly = ${keepMonthly}`] : []),
    ...(keepYearly > 0 ? [`keep_yearly = ${keepYearly}`] : []),
  ];
  const damage = problems.length === 0 ? '' : `; it is not whole: ${problems[0]}`;
  return `no rule keeps it (${rules.join(', ')})${damage}`;
}

/** The ages of backups mean nothing beside one that is later than the clock: the clock is wrong, or that name. */
function refuseFuture({ sets, storages }: SetReading, now: number): void {
  const limit = now + SKEW_MS;
  const names = [
    ...sets.map(({ id }) => [id, id] as const),
    ...storages.flatMap(({ states }) => states.map(({ file }) => [file.name, file.stamp] as const)),
    ...storages.flatMap(({ blobs }) => blobs.map(({ id, stamp = '' }) => [id, stamp] as const)),
  ];
  const later = names.find(([, stamp]) => (stampTime(stamp) ?? 0) > limit);
  if (later === undefined) return;
  throw new HoldfastError('sets.in-future', `${later[0]} is later than the clock; nothing was removed`, {
    details: { name: later[0] },
  });
}
