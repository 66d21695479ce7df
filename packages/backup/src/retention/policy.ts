import type { Options, SetKind } from '../config.js';

/** Which sets are kept; a set stays when any rule keeps it (docs/decisions/0031-retention.md). */
export interface RetentionPolicy {
  /** So many full backups with their increments; 0: all sets, whatever the other rules say. */
  readonly keep: number;
  /** Sets of blobs alone that are younger than so many days; takes the place of `keep`. 0: no such rule. */
  readonly keepBlobDays: number;
  /** The newest set of each of so many days, weeks, months and years that have one. 0: no such rule. */
  readonly keepDaily: number;
  readonly keepWeekly: number;
  readonly keepMonthly: number;
  readonly keepYearly: number;
}

/**
 * As the recipe has it: of zip backups one stays; `keep_blob_days` counts for trees of blobs without a filestorage, and
 * not for full backups and archives, of which `keep` stay.
 */
export function retentionPolicy(options: Options, kind: SetKind): RetentionPolicy {
  const { keep, keepDaily, keepWeekly, keepMonthly, keepYearly } = options;
  if (kind === 'zip') {
    return { keep: 1, keepBlobDays: 0, keepDaily: 0, keepWeekly: 0, keepMonthly: 0, keepYearly: 0 };
  }
  const byDays = options.onlyBlobs && kind === 'backup' && !options.archiveBlob;
  const keepBlobDays = byDays ? options.keepBlobDays : 0;
  return { keep, keepBlobDays, keepDaily, keepWeekly, keepMonthly, keepYearly };
}
