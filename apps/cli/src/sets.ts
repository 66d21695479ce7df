import {
  type BackupSet,
  type Configuration,
  findSet,
  readKinds as readKindsIn,
  SET_KINDS,
  type SetKind,
  type SetReading,
} from '@holdfast/backup';
import { type Context, makeWorld } from './context.js';
import type { SiteOptions } from './site.js';

export interface KindOptions extends SiteOptions {
  readonly kind?: SetKind;
}

/** The kinds that are looked at: the one asked for; of a repository that was given, backups; else all. */
export function kindsOf({ kind, repository }: KindOptions): readonly SetKind[] {
  if (kind !== undefined) return [kind];
  return repository === undefined ? SET_KINDS : ['backup'];
}

/** @throws HoldfastError `repository.missing` where none of the kinds has a directory */
export function readKinds(
  context: Context,
  config: Configuration,
  kinds: readonly SetKind[],
): Promise<readonly SetReading[]> {
  return readKindsIn(makeWorld(context), config, kinds);
}

export interface NamedSet {
  readonly set: BackupSet;
  readonly reading: SetReading;
}

/** The set of an id, or of what no other id of any kind begins with. @throws HoldfastError `sets.not-found` */
export function findIn(readings: readonly SetReading[], id: string): NamedSet {
  const set = findSet(
    readings.flatMap(({ sets }) => sets),
    id,
  );
  return { set, reading: readings.find(({ sets }) => sets.includes(set))! };
}
