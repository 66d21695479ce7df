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
    }
  | { readonly kind: 'pool'; readonly previous: BlobBackup };

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
  const previous = (rotated ? trees.find(({ number }) => number === 0) : undefined) ?? trees.at(-1);
  const continues = previous !== undefined && (await isContinued(engine, request, previous));
  if (style.kind === 'pool' && continues) return { kind: 'pool', previous };
  const outer = outerName(basename(request.source));
  const name = `${outer}.${rotated ? 0 : stamp}`;
  return { kind: 'tree', way: continues ? 'log' : 'walk', outer, name, rotated, previous };
}

/** Whether the changes of the request begin where this backup ends. */
async function isContinued(
  engine: Pick<BlobEngine, 'fs'>,
  { changes, full, source }: BlobBackupRequest,
  previous: BlobBackup,
): Promise<boolean> {
  if (changes === undefined || full === true || previous.manifest === undefined) return false;
  if (previous.stamp !== changes.since.stamp || previous.base !== basename(source)) return false;
  const header = await readManifestHeader(engine.fs, previous.manifest);
  return header?.dataEnd === changes.since.end;
}

export function headerOf({ stamp, data }: BlobBackupRequest, base?: string): ManifestHeader {
  return { version: 1, stamp, base, dataEnd: data?.end, tid: data?.tid };
}
