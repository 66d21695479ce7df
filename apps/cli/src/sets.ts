import {
  type BackupSet,
  type Configuration,
  findSet,
  readSets,
  type SetKind,
  type SetReading,
  setPlaces,
} from '@holdfast/backup';
import { exists, nodeFileSystem } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import { type Context, makeWorld } from './context.js';
import type { SiteOptions } from './site.js';

const KINDS: readonly SetKind[] = ['backup', 'snapshot', 'zip'];

export interface KindOptions extends SiteOptions {
  readonly kind?: SetKind;
}

/** The kinds that are looked at: the one asked for; of a repository that was given, backups; else all. */
export function kindsOf({ kind, repository }: KindOptions): readonly SetKind[] {
  if (kind !== undefined) return [kind];
  return repository === undefined ? KINDS : ['backup'];
}

/**
 * Reads the sets of some kinds. A kind of which there is no backup yet has no directory.
 *
 * @throws HoldfastError `repository.missing` where none of the kinds has one
 */
export async function readKinds(
  context: Context,
  config: Configuration,
  kinds: readonly SetKind[],
): Promise<readonly SetReading[]> {
  await needRepository(config, kinds);
  const world = makeWorld(context);
  const readings: SetReading[] = [];
  for (const kind of kinds) readings.push(await readSets(world, setPlaces(config, kind)));
  return readings;
}

/** @throws HoldfastError `repository.missing` where there is no directory of backups at all */
export async function needRepository(config: Configuration, kinds: readonly SetKind[]): Promise<void> {
  const places = kinds.map((kind) => setPlaces(config, kind).record);
  for (const place of places) if (await exists(nodeFileSystem, place)) return;
  const path = places[0]!;
  throw new HoldfastError('repository.missing', `there is no repository at ${path}`, { path });
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
