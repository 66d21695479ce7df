import type { ToolkitStorage } from '@holdfast/toolkit';
import { realPath, type StorageContext } from './storages.js';

/** Two tables of one storage would freeze it twice, and each would take the snapshot of the other for somebody else's. */
export async function reportSamePlaces(
  { fs, report }: Pick<StorageContext, 'fs' | 'report'>,
  storages: readonly ToolkitStorage[],
): Promise<void> {
  const seen = new Map<string, string>();
  for (const { name, source } of storages) {
    const place = source.kind === 'filestorage' ? source.dataFs : source.directory;
    const real = await realPath(fs, place);
    const first = seen.get(real);
    if (first === undefined) seen.set(real, name);
    else
      report({
        path: ['storages', name],
        message: `${place} is the storage of [storages.${first}] already: take one of them out`,
      });
  }
}
