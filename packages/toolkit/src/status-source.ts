import type { Clock } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import type { StorageStatus } from '@holdfast/monitor';
import { atMost } from './at-most.js';
import { storageNamed, type ToolkitStorage } from './storages.js';
import type { StatusSource } from './toolkit.js';

export interface StatusSourceOptions {
  readonly storages: readonly ToolkitStorage[];
  readonly clock: Clock;
  /** Reads storages that are read together: those of one site, or one alone. By name. */
  read(storages: readonly ToolkitStorage[]): Promise<Statuses>;
  /** A reading in the background failed. */
  onFailure(error: unknown): void;
  /** Default: `LONGEST_READING_MS`. */
  readonly longestMs?: number | undefined;
  /** Default: `LONGEST_TURN_MS`. */
  readonly turnMs?: number | undefined;
}

type Statuses = ReadonlyMap<string, StorageStatus>;

/** A reading this young is given as it is, milliseconds. */
const FRESH_MS = 5_000;
/** One older than that is given while a new one is made; one older than this is waited for. */
const STALE_MS = 15_000;
/** Who waits for a reading is told after so long that it failed: a disk may hang. Prometheus waits 10 s for all of them together. */
const LONGEST_READING_MS = 8_000;
/** A reading that takes longer lets the next one begin beside it. */
const LONGEST_TURN_MS = 1_500;

/** Storages that are read together. */
interface Group {
  readonly storages: readonly ToolkitStorage[];
  last: { readonly statuses: Statuses; readonly at: number } | undefined;
  /** The one that is told to whoever asks now; it ends within the limit. */
  reading: Promise<Statuses> | undefined;
  /** When no reading works any more: two would be two threads that a hung disk keeps. */
  idle: Promise<unknown>;
}

/**
 * Reads each group at most every five seconds, and all of them one after the other: reading is work for the disk. One whose
 * disk hangs holds up the others for a moment, and is told as failed until its reading ends.
 */
export function makeStatusSource(options: StatusSourceOptions): StatusSource {
  const { clock, storages, longestMs = LONGEST_READING_MS, turnMs = LONGEST_TURN_MS } = options;
  const groups = groupsOf(storages);
  const inTurn = makeTurns(turnMs);

  const readNow = (group: Group) => {
    if (group.reading !== undefined) return group.reading;
    const whole = group.idle.then(() =>
      inTurn(async () => {
        const at = clock.monotonic();
        const statuses = await options.read(group.storages);
        // What was read before a change is told to whoever waits for it, and not kept.
        if (group.reading === reading) group.last = { statuses, at };
        return statuses;
      }),
    );
    const reading = readInTime(whole, longestMs);
    group.reading = reading;
    group.idle = whole
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
        storageNamed(storages, name);
        return undefined;
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

/** One after the other, but past one that takes longer than so long, milliseconds. */
function makeTurns(turnMs: number): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    last = last.then(() => atMost(done, turnMs)).catch(() => {});
    return done;
  };
}

/** @throws HoldfastError `toolkit.server` with the status 503 when it takes longer; it goes on */
export async function readInTime<T extends object>(reading: Promise<T>, ms = LONGEST_READING_MS): Promise<T> {
  const read = await atMost(reading, ms);
  if (read !== undefined) return read;
  throw new HoldfastError('toolkit.server', `the backups could not be read within ${ms / 1000} s`, {
    details: { status: 503 },
    hint: 'Look on the server whether a disk or a network file system hangs; it is tried again.',
  });
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
      idle: Promise.resolve(),
    }),
  );
  return new Map(groups.flatMap((group) => group.storages.map(({ name }) => [name, group] as const)));
}
