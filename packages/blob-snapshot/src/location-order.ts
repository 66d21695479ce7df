import type { BlobBackup } from './blob-backup.js';
import { stampTime } from './names.js';

/**
 * Oldest first. Those with stamps order by them, rotated ones by their numbers, whatever their times say; between the
 * kinds the time decides.
 */
export function mergeByTime(backups: readonly BlobBackup[]): BlobBackup[] {
  const rotated = (kind: 'tree' | 'archive') =>
    backups
      .filter((backup) => backup.number !== undefined && backup.kind === kind)
      .sort((a, b) => b.number! - a.number! || compareText(a.id, b.id));
  const stamped = backups.filter(({ number }) => number === undefined).sort(compareStamped);
  return mergeTwo(mergeTwo(stamped, rotated('tree')), rotated('archive'));
}

/** Gives each increment of archives what it is restored after: the plain archive of its base before it, and the increments between. */
export function withChains(backups: readonly BlobBackup[]): BlobBackup[] {
  const chains = new Map<string, BlobBackup[]>();
  return backups.map((backup) => {
    if (backup.number !== undefined) return backup;
    if (backup.kind === 'archive') chains.set(backup.base, [backup]);
    if (backup.kind !== 'delta') return backup;
    const chain = chains.get(backup.base) ?? [];
    const delta = { ...backup, before: [...chain] };
    if (chain.length > 0) chain.push(delta);
    return delta;
  });
}

/** Milliseconds since 1970: of its stamp, or of its modification. */
function timeOf({ stamp, modifiedMs }: BlobBackup): number {
  return (stamp === undefined ? undefined : stampTime(stamp)) ?? modifiedMs;
}

const KINDS = ['archive', 'delta', 'tree', 'pool'];

function compareStamped(a: BlobBackup, b: BlobBackup): number {
  return (
    compareText(a.stamp ?? '', b.stamp ?? '') ||
    KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) ||
    compareText(a.id, b.id)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function mergeTwo(one: readonly BlobBackup[], other: readonly BlobBackup[]): BlobBackup[] {
  const merged: BlobBackup[] = [];
  let i = 0;
  let j = 0;
  while (i < one.length || j < other.length) {
    const fromOne = j >= other.length || (i < one.length && timeOf(one[i]!) <= timeOf(other[j]!));
    merged.push((fromOne ? one[i++] : other[j++])!);
  }
  return merged;
}
