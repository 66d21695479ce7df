import { basename } from 'node:path';
import { HoldfastError } from '@holdfast/errors';
import type { BlobBackup, ManifestHeader } from '../blob-backup.js';
import type { BlobEngine } from '../engine.js';
import { manifestsOf } from '../entries.js';
import type { BlobLocation } from '../location.js';
import { stampTime } from '../names.js';
import { headerOfState, type PatternPlan, planPatterns } from '../prepare-plan.js';
import type { BlobBackupRequest, BlobStyle } from '../request.js';

type ArchiveStyle = Extract<BlobStyle, { kind: 'archive' }>;

export type ArchivePlan =
  /** An archive of this stamp is there: nothing has changed since. */
  | { readonly kind: 'nothing'; readonly backup: BlobBackup }
  | {
      readonly kind: 'archive' | 'delta';
      readonly name: string;
      readonly base: string;
      readonly gzip: boolean;
      readonly rotated: boolean;
      /** Write a snapshot file, so that GNU tar can go on from here. */
      readonly snapshotFile: boolean;
      /** What a delta goes on from. */
      readonly previous: BlobBackup | undefined;
      /** `log`: only what the request's changes name is looked at. */
      readonly way: 'walk' | 'log';
      readonly patterns: PatternPlan;
    };

/** Pure, but for the one header that tells which state of the `Data.fs` the newest archive goes with. */
export async function planArchive(
  engine: Pick<BlobEngine, 'fs'>,
  request: BlobBackupRequest,
  location: BlobLocation,
): Promise<ArchivePlan> {
  const { stamp, source } = request;
  const { gzip, rotated, incremental } = request.style as ArchiveStyle;
  if (stampTime(stamp) === undefined)
    throw new HoldfastError('internal', `${stamp} is not a stamp of a moment`);
  const base = basename(source);
  const common = { base, gzip, rotated };
  const suffix = gzip ? '.tar.gz' : '.tar';
  const patterns = planPatterns(request, undefined, false);
  const plain = { ...common, kind: 'archive', previous: undefined, way: 'walk', patterns } as const;
  if (rotated) return { ...plain, name: `${base}.0${suffix}`, snapshotFile: false };
  const chain = location.backups.filter(
    (backup) =>
      (backup.kind === 'archive' || backup.kind === 'delta') &&
      backup.base === base &&
      backup.number === undefined,
  );
  const existing = chain.find((backup) => backup.stamp === stamp);
  if (existing !== undefined) return { kind: 'nothing', backup: existing };
  const previous = chain.at(-1);
  const plainly = !incremental || request.full === true || request.damaged !== undefined;
  if (plainly || !canContinue(previous, stamp))
    return { ...plain, name: `${base}.${stamp}${suffix}`, snapshotFile: incremental };
  const header = await headerOfState(engine, previous);
  const continues = isContinued(request, previous, header);
  return {
    ...common,
    kind: 'delta',
    name: `${base}.${stamp}.delta${suffix}`,
    snapshotFile: false,
    previous,
    way: continues ? 'log' : 'walk',
    patterns: planPatterns(request, header, continues),
  };
}

/** A delta whose plain archive is gone continues nothing; and nothing continues what is later than itself. */
function canContinue(previous: BlobBackup | undefined, stamp: string): previous is BlobBackup {
  if (previous?.stamp === undefined || previous.stamp >= stamp) return false;
  return previous.kind === 'archive' || previous.before.length > 0;
}

/** Whether the changes of the request begin where this archive ends. */
function isContinued(
  { changes }: BlobBackupRequest,
  previous: BlobBackup,
  header: ManifestHeader | undefined,
): boolean {
  if (changes === undefined || previous.stamp !== changes.since.stamp) return false;
  if (manifestsOf(previous) === undefined) return false;
  return header?.dataEnd === changes.since.end;
}
