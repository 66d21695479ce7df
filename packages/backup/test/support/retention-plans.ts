import { nameOf } from '../../src/retention/apply-retention.js';
import { planRetention } from '../../src/retention/plan-retention.js';
import type { RetentionPolicy } from '../../src/retention/policy.js';
import { at, readingOf, type Scene } from './synthetic-sets.js';

export const now = Date.UTC(2026, 10, 30, 12);

/** The rules that keep the least. */
export const none: RetentionPolicy = {
  keep: 1,
  keepBlobDays: 0,
  keepDaily: 0,
  keepWeekly: 0,
  keepMonthly: 0,
  keepYearly: 0,
};

export function plan(scene: Scene, policy: Partial<RetentionPolicy>, when = now) {
  return planRetention({ reading: readingOf(scene), policy: { ...none, ...policy }, now: when });
}

/** The ids of the sets that a plan keeps. */
export function kept(scene: Scene, policy: Partial<RetentionPolicy>): readonly string[] {
  return plan(scene, policy).decisions.flatMap((decision) => (decision.kept ? [decision.id] : []));
}

/** Why a plan keeps, or does not keep, the set of this id. */
export function reasons(scene: Scene, policy: Partial<RetentionPolicy>, id: string): readonly string[] {
  return plan(scene, policy).decisions.find((decision) => decision.id === id)!.reasons;
}

/** The names of what a plan removes, in its order. */
export function removed(scene: Scene, policy: Partial<RetentionPolicy>): readonly string[] {
  return plan(scene, policy).removals.map(nameOf);
}

/** The stamps of days of November 2026. */
export const days = (...numbers: readonly number[]) => numbers.map((number) => at(number));
