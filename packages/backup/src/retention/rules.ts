import type { BackupSet } from '../set.js';
import { CALENDAR } from './calendar.js';
import type { LocatedSet } from './chain-groups.js';
import type { RetentionPolicy } from './policy.js';

/** Why sets are kept: by id, in words. */
export class Reasons {
  private readonly byId = new Map<string, string[]>();

  add({ id }: Pick<BackupSet, 'id'>, reason: string): void {
    const reasons = this.byId.get(id);
    if (reasons === undefined) this.byId.set(id, [reason]);
    else if (!reasons.includes(reason)) reasons.push(reason);
  }

  has({ id }: Pick<BackupSet, 'id'>): boolean {
    return this.byId.has(id);
  }

  of({ id }: Pick<BackupSet, 'id'>): readonly string[] {
    return this.byId.get(id) ?? [];
  }
}

const DAY_MS = 86_400_000;

/**
 * What the policy keeps. Only whole sets count, but one that is not whole stays as long as the rule has not found
 * as many whole ones as it asks for: what is wrong with it may be a disk that is not mounted.
 *
 * @param sets of the storage's present history, oldest first
 */
export function applyRules(
  sets: readonly LocatedSet[],
  policy: RetentionPolicy,
  now: number,
  reasons: Reasons,
): void {
  if (policy.keepBlobDays > 0) keepYoung(sets, policy.keepBlobDays, now, reasons);
  else keepGroups(sets, policy.keep, reasons);
  const counts = {
    keep_daily: policy.keepDaily,
    keep_weekly: policy.keepWeekly,
    keep_monthly: policy.keepMonthly,
    keep_yearly: policy.keepYearly,
  };
  for (const { option, noun, periodOf } of CALENDAR) {
    keepPeriods(sets, counts[option], periodOf, (set, whole) => {
      reasons.add(
        set,
        `${option} = ${counts[option]}: the newest ${whole ? '' : 'set, though not whole, '}of its ${noun}`,
      );
    });
  }
}

function keepYoung(sets: readonly LocatedSet[], days: number, now: number, reasons: Reasons): void {
  for (const { set } of sets) {
    if (now - set.timeMs < days * DAY_MS) reasons.add(set, `keep_blob_days = ${days}: it is younger`);
  }
}

function keepGroups(sets: readonly LocatedSet[], keep: number, reasons: Reasons): void {
  const found = new Set<string>();
  const groups = new Map<string, LocatedSet[]>();
  for (const located of sets) {
    const members = groups.get(located.group);
    if (members === undefined) groups.set(located.group, [located]);
    else members.push(located);
  }
  for (const [group, members] of [...groups].reverse()) {
    if (found.size >= keep) return;
    const whole = members.some((member) => member.whole);
    if (whole) found.add(group);
    const which = whole
      ? `one of the ${keep} newest full backups`
      : 'a full backup that is not whole and not counted';
    for (const { set } of members) reasons.add(set, `keep = ${keep}: it belongs to ${which}`);
  }
}

function keepPeriods(
  sets: readonly LocatedSet[],
  count: number,
  periodOf: (timeMs: number) => string,
  keep: (set: BackupSet, whole: boolean) => void,
): void {
  const newest = new Map<string, LocatedSet>();
  for (const located of sets) {
    const period = periodOf(located.set.timeMs);
    const before = newest.get(period);
    if (before === undefined || located.whole || !before.whole) newest.set(period, located);
  }
  let found = 0;
  for (const { set, whole } of [...newest.values()].reverse()) {
    if (found >= count) return;
    if (whole) found += 1;
    keep(set, whole);
  }
}
