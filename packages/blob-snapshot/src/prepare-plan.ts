import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { HoldfastError } from '@holdfast/errors';
import type { BlobBackup, ManifestHeader } from './blob-backup.js';
import type { BlobEngine } from './engine.js';
import type { BlobLocation } from './location.js';
import { readManifestHeader } from './manifest-header.js';
import { outerName, stampTime } from './names.js';
import type { BlobBackupRequest } from './request.js';

/** What is to be done, and from what. */
export type BlobPlan =
  /** A backup of this stamp is there: nothing has changed since. */
  | { readonly kind: 'nothing'; readonly backup: BlobBackup }
  | {
      readonly kind: 'tree';
      /** `walk`: the source is walked; `log`: the state before and the changes of the log. */
      readonly way: 'walk' | 'log';
      /** How the names of the trees of this source begin. */
      readonly outer: string;
      readonly name: string;
      readonly rotated: boolean;
      /** The newest state of a tree. */
      readonly previous: BlobBackup | undefined;
      readonly patterns: PatternPlan;
    }
  | { readonly kind: 'pool'; readonly previous: BlobBackup; readonly patterns: PatternPlan };

/** What the patterns of files to leave out mean for a state. */
export interface PatternPlan {
  /** `ManifestHeader.excluded` of the new state: of a log-driven one that of the state before. */
  readonly excluded: string | undefined;
  /** Whether the state before was made with the same: only then does an untouched directory hold what it says. */
  readonly same: boolean;
}

/** Pure, but for the one header that tells which state of the `Data.fs` the newest backup goes with. */
export async function planBlobs(
  engine: Pick<BlobEngine, 'fs'>,
  request: BlobBackupRequest,
  location: BlobLocation,
): Promise<BlobPlan> {
  const { style, stamp } = request;
  if (stampTime(stamp) === undefined)
    throw new HoldfastError('internal', `${stamp} is not a stamp of a moment`);
  const trees = location.backups.filter(({ kind }) => kind === 'tree' || kind === 'pool');
  const rotated = style.kind === 'tree' && style.rotated;
  const existing = trees.find((backup) => backup.stamp === stamp && backup.number === undefined);
  if (!rotated && existing !== undefined) return { kind: 'nothing', backup: existing };
  const newest = (rotated ? trees.find(({ number }) => number === 0) : undefined) ?? trees.at(-1);
  const previous = request.damaged === 'all' ? undefined : newest;
  const header = await headerOfState(engine, previous);
  const continues = previous !== undefined && isContinued(request, previous, header);
  const patterns = planPatterns(request, header, continues);
  if (style.kind === 'pool' && continues) return { kind: 'pool', previous, patterns };
  const outer = outerName(basename(request.source));
  const name = `${outer}.${rotated ? 0 : stamp}`;
  return { kind: 'tree', way: continues ? 'log' : 'walk', outer, name, rotated, previous, patterns };
}

/** Undefined where it has no manifest, or none that can be read. */
export async function headerOfState(
  engine: Pick<BlobEngine, 'fs'>,
  state: BlobBackup | undefined,
): Promise<ManifestHeader | undefined> {
  return state?.manifest === undefined ? undefined : await readManifestHeader(engine.fs, state.manifest);
}

/** Whether the changes of the request begin where this backup ends. */
function isContinued(
  { changes, full, damaged, source }: BlobBackupRequest,
  previous: BlobBackup,
  header: ManifestHeader | undefined,
): boolean {
  if (changes === undefined || full === true || damaged !== undefined) return false;
  if (previous.stamp !== changes.since.stamp || previous.base !== basename(source)) return false;
  return header?.dataEnd === changes.since.end;
}

/** @param header of the state before @param continues whether the log says what is new since then */
export function planPatterns(
  { exclude = [] }: BlobBackupRequest,
  header: ManifestHeader | undefined,
  continues: boolean,
): PatternPlan {
  const text = JSON.stringify(exclude);
  const asked = exclude.length === 0 ? undefined : createHash('sha256').update(text).digest('base64');
  return { excluded: continues ? header?.excluded : asked, same: header?.excluded === asked };
}

export function headerOf(
  { stamp, data }: BlobBackupRequest,
  { excluded }: PatternPlan,
  base?: string,
): ManifestHeader {
  return { version: 1, stamp, base, dataEnd: data?.end, tid: data?.tid, excluded };
}
