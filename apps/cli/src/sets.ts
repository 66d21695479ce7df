import {
  type BackupSet,
  type Configuration,
  findSet,
  readSets,
  type SetKind,
  type SetReading,
  setPlaces,
} from '@holdfast/backup';
import { isHoldfastError } from '@holdfast/errors';
import { type Context, makeWorld } from './context.js';
import type { SiteOptions } from './site.js';

export const KINDS: readonly SetKind[] = ['backup', 'snapshot', 'zip'];

export interface KindOptions extends SiteOptions {
  readonly kind?: SetKind;
}

/** The kinds that are looked at: the one asked for; of a repository that was given, backups; else all. */
export function kindsOf({ kind, repository }: KindOptions): readonly SetKind[] {
  if (kind !== undefined) return [kind];
  return repository === undefined ? KINDS : ['backup'];
}

export async function readKinds(
  context: Context,
  config: Configuration,
  kinds: readonly SetKind[],
): Promise<readonly SetReading[]> {
  const world = makeWorld(context);
  const readings: SetReading[] = [];
  for (const kind of kinds) readings.push(await readSets(world, setPlaces(config, kind)));
  return readings;
}

export interface NamedSet {
  readonly set: BackupSet;
  readonly reading: SetReading;
}

/** The set of an id, in whichever kind it is. @throws HoldfastError `sets.not-found` */
export function findIn(readings: readonly SetReading[], id: string): NamedSet {
  let failure: unknown;
  for (const reading of readings) {
    try {
      return { set: findSet(reading.sets, id), reading };
    } catch (error) {
      if (!isHoldfastError(error, 'sets.not-found')) throw error;
      failure ??= error;
    }
  }
  throw failure;
}
