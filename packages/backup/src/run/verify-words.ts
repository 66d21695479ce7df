import { isAbsolute } from 'node:path';
import type { BlobBackup, Findings } from '@holdfast/blob-snapshot';

/** What a check of a blob backup found, in words. */

/** In a tree or an archive paths are below the blob directory. */
export function sentences(backup: BlobBackup, { count, items }: Findings): readonly string[] {
  const told = items.map(({ path, reason }) => sentence(backup, path, reason));
  return count > items.length
    ? [...told, `${backup.path}: and ${count - items.length} more like these`]
    : told;
}

function sentence({ path: place }: BlobBackup, path: string, reason: string): string {
  return isAbsolute(path) ? `${path}: ${reason}` : `${place}: ${path}: ${reason}`;
}

/** One sentence for each reason: a tree of links to the live site would give one for every blob. */
export function grouped(backup: BlobBackup, findings: Findings): readonly string[] {
  const byReason = new Map<string, string[]>();
  for (const { path, reason } of findings.items) {
    byReason.set(reason, [...(byReason.get(reason) ?? []), path]);
  }
  const named = findings.items.length;
  return [...byReason].map(([reason, paths]) => {
    if (paths.length === 1) return sentence(backup, paths[0]!, reason);
    const count = paths.length === named ? findings.count : paths.length;
    return `${backup.path}: ${count} files, such as ${paths[0]}: ${reason}`;
  });
}
