import { readConfiguration, type World } from '@holdfast/backup';
import { HoldfastError } from '@holdfast/errors';
import {
  readArchiveStatus,
  readStatus,
  type StorageStatus,
  type Thresholds,
  verdictOf,
} from '@holdfast/monitor';
import type { ToolkitStorage } from './storages.js';

export interface ReadStatusesOptions {
  /** Default: `DEFAULT_THRESHOLDS` of @holdfast/monitor. */
  readonly thresholds?: Thresholds | undefined;
  /** The site of a storage names another `Data.fs` than the one that is frozen. @param path the one of the site */
  onMoved?(storage: string, path: string): void;
}

/**
 * Reads storages of one site, or one with archives, under the names that this server gives them. The configuration of a site is
 * read each time: what an administrator changes there counts at once.
 *
 * @throws HoldfastError of the `configuration.` family
 */
export async function readStatuses(
  world: World,
  storages: readonly ToolkitStorage[],
  options: ReadStatusesOptions = {},
): Promise<ReadonlyMap<string, StorageStatus>> {
  const { thresholds } = options;
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
      found.set(name, await asServed(world, { ...status, name }, storages, options));
    }
  }
  return found;
}

/** What is wrong when a site has moved its `Data.fs` since the start. */
const MOVED =
  'The holdfast.toml of its site names another Data.fs now than when the server started, and snapshots still freeze the one of then: restart the server.';

/** Judged anew where its site names another `Data.fs` than the one that this server freezes. */
async function asServed(
  world: World,
  status: StorageStatus,
  storages: readonly ToolkitStorage[],
  { thresholds, onMoved }: ReadStatusesOptions,
): Promise<StorageStatus> {
  const source = storages.find(({ name }) => name === status.name)?.source;
  if (source?.kind !== 'filestorage' || (await isSame(world, source.dataFs, status.source.path)))
    return status;
  onMoved?.(status.name, status.source.path);
  const { verdict: _, ...unjudged } = { ...status, problems: [MOVED, ...status.problems] };
  return { ...unjudged, verdict: verdictOf(unjudged, status.readAtMs, thresholds) };
}

/** Also by way of links. */
async function isSame({ fs }: World, one: string, other: string): Promise<boolean> {
  if (one === other) return true;
  const real = (path: string) => fs.realPath(path).catch(() => path);
  return (await real(one)) === (await real(other));
}
