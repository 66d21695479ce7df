import { readConfiguration, type World } from '@holdfast/backup';
import { HoldfastError } from '@holdfast/errors';
import { readArchiveStatus, readStatus, type StorageStatus, type Thresholds } from '@holdfast/monitor';
import type { ToolkitStorage } from './storages.js';

/**
 * Reads storages of one site, or one with archives, under the names that this server gives them. The configuration of a site is
 * read each time: what an administrator changes there counts at once.
 *
 * @throws HoldfastError of the `configuration.` family
 */
export async function readStatuses(
  world: World,
  storages: readonly ToolkitStorage[],
  thresholds?: Thresholds,
): Promise<ReadonlyMap<string, StorageStatus>> {
  const found = new Map<string, StorageStatus>();
  for (const { name, backups } of storages) {
    if (backups?.kind !== 'archives') continue;
    const { directory, prefix } = backups;
    found.set(name, await readArchiveStatus(world, { name, directory, prefix }, { thresholds }));
  }
  const ofSites = storages.flatMap(({ name, backups }) =>
    backups?.kind === 'site' ? [{ name, ...backups }] : [],
  );
  for (const file of new Set(ofSites.map(({ configFile }) => configFile))) {
    const statuses = await readStatus(world, await readConfiguration(world.fs, { cwd: '/', file }), {
      thresholds,
    });
    for (const { name, storage } of ofSites.filter(({ configFile }) => configFile === file)) {
      const status = statuses.find((candidate) => candidate.name === storage);
      if (status === undefined)
        throw new HoldfastError('toolkit.configuration', `its site has no storage ${storage} any more`);
      found.set(name, { ...status, name });
    }
  }
  return found;
}
