import { checkPair, entriesOf } from '@holdfast/blob-snapshot';
import { exists, type FileSystem } from '@holdfast/durable-fs';
import { EXIT, exitStatusOf, HoldfastError, isHoldfastError } from '@holdfast/errors';
import { collectBlobReferences } from '@holdfast/filestorage';
import type { Configuration, SetKind } from '../config.js';
import { blobSource } from '../restore/blob-source.js';
import type { BuiltPair, ReservedPlace, RestoreRequest, StorageRestore } from '../restore/request.js';
import type { BackupSet } from '../set.js';
import { partsOf } from '../sets/assemble.js';
import { chooseSet, newestBeside, withoutBlobProblems, withoutBlobsHint } from '../sets/choose-set.js';
import { missingRepository } from '../sets/missing-repository.js';
import { alternativePlaces, type SetPlaces, setPlaces } from '../sets/places.js';
import { readSets } from '../sets/read-sets.js';
import type { FoundPart } from '../sets/reading.js';
import { blobEngine, type World } from './world.js';

export interface RestoreChoice {
  readonly config: Configuration;
  /** Where the sets are looked for; `alternative`: in the alternative sources. */
  readonly from: SetKind | 'alternative';
  /** An id, or the latest stamp that is meant; undefined: the newest. */
  readonly wanted: string | undefined;
  /** Restore `Data.fs` only. */
  readonly withoutBlobs?: boolean;
}

/** A set that was chosen, and what it is restored from. */
export interface ChosenRestore {
  readonly set: BackupSet;
  readonly request: RestoreRequest;
  readonly warnings: readonly string[];
  /** The newest set beside it that is whole and not known to be damaged; undefined: there is none. */
  readonly otherwise: BackupSet | undefined;
}

export type RestoreWishes = Pick<RestoreRequest, 'to' | 'replace' | 'freeFirst' | 'check'>;

/** The places that a restore reads. @throws HoldfastError `configuration.missing` without alternative sources */
export function placesToRestore({ config, from }: Pick<RestoreChoice, 'config' | 'from'>): SetPlaces {
  if (from !== 'alternative') return setPlaces(config, from);
  const places = alternativePlaces(config);
  if (places !== undefined) return places;
  throw new HoldfastError('usage', 'no alternative restore source is configured', {
    hint: 'Set alternative_restore_sources in holdfast.toml, for every storage.',
  });
}

/**
 * Refuses places that are not there, where a set of another place would be taken or nothing found.
 *
 * @throws HoldfastError `repository.missing`
 */
export async function needPlacesToRestore(fs: FileSystem, choice: RestoreChoice): Promise<void> {
  const { storages } = placesToRestore(choice);
  for (const { filestorage, blobs } of storages) {
    const isBlobs = filestorage === undefined;
    if (filestorage !== undefined && !(await exists(fs, filestorage)))
      throw missingSource(filestorage, choice.from);
    if (choice.from !== 'alternative' || blobs === undefined || blobs === '') continue;
    if ((isBlobs || choice.withoutBlobs !== true) && !(await exists(fs, blobs)))
      throw missingSource(blobs, choice.from);
  }
}

function missingSource(path: string, from: RestoreChoice['from']): HoldfastError {
  if (from !== 'alternative') return missingRepository(path, from);
  return new HoldfastError('repository.missing', `there is no alternative restore source at ${path}`, {
    path,
    hint: 'Is its disk mounted? If it is somewhere else, correct alternative_restore_sources in the configuration.',
  });
}

/** The directories that were looked in, where no set is in any of them. */
function whereOf({ storages }: SetPlaces): string {
  return storages.map(({ filestorage, blobs }) => filestorage ?? blobs).join(' or ');
}

/**
 * Chooses a set and says what goes where. Nothing is changed.
 *
 * @throws HoldfastError `sets.none`, `sets.not-whole` where parts of the set that was asked for are missing
 */
export async function chooseRestore(
  world: World,
  choice: RestoreChoice,
  wishes: RestoreWishes,
): Promise<ChosenRestore> {
  const { config, wanted } = choice;
  const places = placesToRestore(choice);
  const reading = await readSets(world, places);
  const sets = choice.withoutBlobs === true ? withoutBlobProblems(reading.sets) : reading.sets;
  const { set, warnings } = chooseSet(sets, wanted, whereOf(places));
  const otherwise = newestBeside(sets, set.id);
  if (set.problems.length > 0) {
    const message = `the set ${set.id} is not whole: ${set.problems[0]}`;
    const about = { path: reading.places.record, hint: withoutBlobsHint(set) };
    const error = new HoldfastError('repository.damaged', message, about);
    throw withOtherwise(error, otherwise);
  }
  const failing = (error: unknown) => {
    throw withOtherwise(error, otherwise);
  };
  const parts = partsOf(reading, set);
  const storages: StorageRestore[] = [];
  for (const storage of config.storages) {
    const part = parts.find((one) => one.storage.name === storage.name);
    const engine = reading.storages.find((one) => one.storage.name === storage.name)?.engine;
    if (part === undefined) continue;
    storages.push({
      name: storage.name,
      datafs: storage.datafs,
      blobStorage: storage.blobStorage,
      ...(part.moment !== undefined &&
        engine !== undefined && { filestorage: { engine, moment: { ...part.moment, warnings: [] } } }),
      ...(part.blobs !== undefined &&
        choice.withoutBlobs !== true && { blobs: await blobSource(world, part.blobs).catch(failing) }),
    });
  }
  // The alternative sources may be another site's.
  const place = choice.from === 'alternative' ? setPlaces(config, 'backup').record : reading.places.record;
  const request = {
    ...wishes,
    storages,
    reserved: reservedPlaces(config),
    history: { place, set: set.id, setKind: set.kind },
    checkPair: (built: BuiltPair) => checkBuilt(world, set, parts, built),
  };
  return { set, request, warnings, otherwise };
}

/** The blobs of the site, and where backups of any kind lie or would lie. */
function reservedPlaces({ storages }: Configuration): readonly ReservedPlace[] {
  return storages.flatMap(({ blobStorage, places, alternative }) => [
    ...(blobStorage === undefined ? [] : [{ path: blobStorage, what: 'the blob directory' }]),
    ...[...Object.values(places), ...(alternative === undefined ? [] : [alternative])]
      .flatMap(({ filestorage, blobs }) => [filestorage, blobs])
      .filter((path) => path !== '')
      .map((path) => ({ path, what: 'the directory of backups' })),
  ]);
}

/** An error of a restore; where the backups are the cause, its hint names the newest set that may do instead. */
export function withOtherwise(error: unknown, otherwise: BackupSet | undefined): unknown {
  if (otherwise === undefined || !isHoldfastError(error) || exitStatusOf(error) !== EXIT.repository)
    return error;
  const { code, message, path, offset, details } = error;
  const { id, verified } = otherwise;
  const known = verified === undefined ? 'whole, but was never checked' : 'whole and was found sound';
  const hint = `Restore the set ${id}: it is the newest other one that is ${known}. Then run \`holdfast verify\`.`;
  return new HoldfastError(code, message, { path, offset, details, hint, cause: error });
}

/**
 * Whether the `Data.fs` that was built and the blobs that were built beside it fit together: what is missing now and
 * was not missing on the site is a damaged backup. Of a set of the peers' nothing was recorded, so this is told only.
 */
async function checkBuilt(
  world: World,
  set: BackupSet,
  parts: readonly FoundPart[],
  { source, datafs, blobs }: BuiltPair,
): Promise<readonly string[]> {
  const part = parts.find((one) => one.storage.name === source.name);
  if (datafs === undefined || part === undefined) return [];
  const lacksBlobs = part.blobs === undefined && source.blobStorage !== undefined;
  if (blobs === undefined && !lacksBlobs) return [];
  const file = await world.fs.openRead(datafs);
  try {
    const references = await collectBlobReferences(file, { signal: world.signal });
    if (part.blobs === undefined) return references.size === 0 ? [] : [withoutAny(set, references.size)];
    const { missing } = await checkPair(references, entriesOf(blobEngine(world), part.blobs));
    if (missing.count === 0) return [];
    const first = missing.items[0]!;
    const what = `${missing.count} blobs that the Data.fs of the set ${set.id} refers to are not in ${part.blobs.path}`;
    const message = `${what}, the first oid 0x${first.oid} of transaction 0x${first.tid}`;
    const recorded = set.record.parts.find((one) => one.storage === source.name)?.blobs?.missing ?? 0;
    if (set.origin === 'peer') return [message];
    if (missing.count <= recorded) return [`${message}; they were missing on the site when it was backed up`];
    throw new HoldfastError('repository.damaged', message, { path: part.blobs.path });
  } finally {
    await file.close();
  }
}

function withoutAny({ id }: BackupSet, count: number): string {
  return `the set ${id} has no backup of blobs; its Data.fs refers to ${count}: the blob directory stays as it is`;
}
