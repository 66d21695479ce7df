import type { Clock } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import type { StorageStatus } from '@holdfast/monitor';
import type { ToolkitStorage } from './storages.js';
import type { StatusSource } from './toolkit.js';

export interface StatusSourceOptions {
  readonly storages: readonly ToolkitStorage[];
  readonly clock: Clock;
  /** Reads storages that are read together: those of one site, or one alone. By name. */
  read(storages: readonly ToolkitStorage[]): Promise<ReadonlyMap<string, StorageStatus>>;
  /** A reading in the background failed. */
  onFailure(error: unknown): void;
}

/** A reading this young is given as it is, milliseconds. */
const FRESH_MS = 5_000;
/** One older than that is given while a new one is made; one older than this is waited for. */
const STALE_MS = 15_000;

/** Storages that are read together. */
interface Group {
  readonly storages: readonly ToolkitStorage[];
  last: { readonly statuses: ReadonlyMap<string, StorageStatus>; readonly at: number } | undefined;
  reading: Promise<ReadonlyMap<string, StorageStatus>> | undefined;
}

/** Reads each group at most every five seconds, and all of them one after the other: reading is work for the disk. */
export function makeStatusSource(options: StatusSourceOptions): StatusSource {
  const { clock, storages } = options;
  const groups = groupsOf(storages);
  let queue: Promise<unknown> = Promise.resolve();

  const readNow = (group: Group) => {
    if (group.reading !== undefined) return group.reading;
    const reading = queue.then(async () => {
      const at = clock.monotonic();
      const statuses = await options.read(group.storages);
      // What was read before a change is told to whoever waits for it, and not kept.
      if (group.reading === reading) group.last = { statuses, at };
      return statuses;
    });
    group.reading = reading;
    queue = reading
      .catch(() => {})
      .then(() => {
        if (group.reading === reading) group.reading = undefined;
      });
    return reading;
  };

  return {
    async status(name) {
      const group = groups.get(name);
      if (group === undefined) {
        if (storages.some((storage) => storage.name === name)) return undefined;
        throw new HoldfastError('toolkit.no-storage', `there is no storage ${name}`);
      }
      const age = group.last === undefined ? STALE_MS : clock.monotonic() - group.last.at;
      if (group.last === undefined || age >= STALE_MS) return (await readNow(group)).get(name);
      if (age >= FRESH_MS) readNow(group).catch(options.onFailure);
      return group.last.statuses.get(name);
    },
    changed(name) {
      const group = groups.get(name);
      if (group !== undefined) [group.last, group.reading] = [undefined, undefined];
    },
  };
}

function groupsOf(storages: readonly ToolkitStorage[]): ReadonlyMap<string, Group> {
  const byKey = new Map<string, ToolkitStorage[]>();
  for (const storage of storages) {
    const { backups } = storage;
    if (backups === undefined) continue;
    const key = backups.kind === 'site' ? `site ${backups.configFile}` : `alone ${storage.name}`;
    byKey.set(key, [...(byKey.get(key) ?? []), storage]);
  }
  const groups = [...byKey.values()].map(
    (members): Group => ({
      storages: members,
      last: undefined,
      reading: undefined,
    }),
  );
  return new Map(groups.flatMap((group) => group.storages.map(({ name }) => [name, group] as const)));
}
