import { exists, type FileSystem } from '@holdfast/durable-fs';
import type { Configuration, SetKind } from '../config.js';
import type { World } from '../run/world.js';
import { missingRepository } from './missing-repository.js';
import { setPlaces } from './places.js';
import { readSets } from './read-sets.js';
import type { SetReading } from './reading.js';

export const SET_KINDS: readonly SetKind[] = ['backup', 'snapshot', 'zip'];

/**
 * Reads the sets of some kinds. A kind of which there is no backup yet has no directory.
 *
 * @throws HoldfastError `repository.missing` where none of the kinds has one
 */
export async function readKinds(
  world: World,
  config: Configuration,
  kinds: readonly SetKind[],
): Promise<readonly SetReading[]> {
  await needRepository(world.fs, config, kinds);
  const readings: SetReading[] = [];
  for (const kind of kinds) readings.push(await readSets(world, setPlaces(config, kind)));
  return readings;
}

/** @throws HoldfastError `repository.missing` where there is no directory of backups at all */
export async function needRepository(
  fs: FileSystem,
  config: Configuration,
  kinds: readonly SetKind[],
): Promise<void> {
  const places = kinds.map((kind) => setPlaces(config, kind).record);
  for (const place of places) if (await exists(fs, place)) return;
  throw missingRepository(places[0]!, kinds[0]);
}
