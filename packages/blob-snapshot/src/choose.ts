import { HoldfastError } from '@holdfast/errors';
import type { BlobBackup } from './blob-backup.js';
import type { BlobLocation } from './location.js';
import { stampTime } from './names.js';

export interface ChooseBlobOptions {
  /** `YYYY-MM-DD-hh-mm-ss`: of the filestorage backup that the blobs are to go with. */
  readonly at?: string | undefined;
  /** `BlobBackup.id`, as a set record has it. */
  readonly set?: string | undefined;
  /** Where a tree and an archive are of the same moment. Default `tree`. */
  readonly prefer?: 'tree' | 'archive' | undefined;
}

/**
 * The backup that goes with a filestorage backup; undefined: none does. By the id of a set record; else for `at`: that of
 * its stamp; else, among rotated ones of the recipe's, the first that was made at or after it (blobs come after the
 * filestorage; the check of the pair says whether it fits), unless one of a later stamp comes before; else of those whose
 * stamp is known the newest before it. Without both: the newest.
 */
export function findBlobBackup(
  { backups }: Pick<BlobLocation, 'backups'>,
  { at, set, prefer = 'tree' }: ChooseBlobOptions = {},
): BlobBackup | undefined {
  if (set !== undefined) return backups.find(({ id }) => id === set);
  const usable = backups.filter(({ kind, before }) => kind !== 'delta' || before.length > 0);
  if (at === undefined) return usable.at(-1);
  const archives: readonly BlobBackup['kind'][] = ['archive', 'delta'];
  const preferred = ({ kind }: BlobBackup) => archives.includes(kind) === (prefer === 'archive');
  let best: BlobBackup | undefined;
  for (const backup of usable) {
    if (backup.stamp === undefined || backup.stamp > at) continue;
    const later = best === undefined || backup.stamp > best.stamp!;
    if (later || (backup.stamp === best!.stamp && (preferred(backup) || !preferred(best!)))) best = backup;
  }
  if (best?.stamp === at) return best;
  return rotatedAfter(usable.slice(best === undefined ? 0 : usable.indexOf(best) + 1), at) ?? best;
}

/** @param backups oldest first */
function rotatedAfter(backups: readonly BlobBackup[], at: string): BlobBackup | undefined {
  const time = stampTime(at);
  if (time === undefined) return undefined;
  const next = backups.find(({ stamp, modifiedMs }) =>
    stamp === undefined ? modifiedMs >= time : stamp > at,
  );
  return next?.stamp === undefined ? next : undefined;
}

/** As `findBlobBackup`. @throws HoldfastError `blobs.no-backup` */
export function chooseBlobBackup(location: BlobLocation, options: ChooseBlobOptions = {}): BlobBackup {
  const found = findBlobBackup(location, options);
  if (found !== undefined) return found;
  const { set, at } = options;
  const which = set !== undefined ? ` ${set}` : at !== undefined ? ` for ${at}` : '';
  throw new HoldfastError('blobs.no-backup', `there is no blob backup${which} in ${location.path}`, {
    path: location.path,
  });
}
