import { stampTime } from '@holdfast/filestorage-backup';
import type { BackupSet } from '../set.js';
import type { SetRecord } from '../set-record.js';
import { type LocatedPart, locateParts, strangers } from './find-parts.js';
import { peerSets } from './peer-sets.js';
import type { SetPlaces } from './places.js';
import { type FoundPart, momentOf, type SetReading, type StorageReading } from './reading.js';
import type { Verification } from './set-store.js';

/** What was read beside the backups. */
export interface SetFiles {
  readonly files: ReadonlySet<string>;
  readonly records: readonly SetRecord[];
  /** Ids. */
  readonly pins: ReadonlySet<string>;
  readonly verifications: ReadonlyMap<string, Verification>;
  readonly problems: readonly string[];
}

/** Puts together what was read: the sets with a record, those of the peers, and what is wrong with each. Pure. */
export function assembleSets(
  places: SetPlaces,
  storages: readonly StorageReading[],
  { files, records, pins, verifications, problems }: SetFiles,
): SetReading {
  const ours = records.map((record) => ({
    record,
    problems: [],
    blobProblems: [],
    origin: 'holdfast' as const,
  }));
  const peers = peerSets(places, storages, records).map((peer) => ({ ...peer, origin: 'peer' as const }));
  const sets = [...ours, ...peers].map(({ record, origin, ...known }): BackupSet => {
    const { id, kind } = record;
    const parts = locateParts(record, storages);
    return {
      id,
      kind,
      timeMs: stampTime(id) ?? 0,
      record,
      origin,
      problems: [
        ...known.problems,
        ...parts.flatMap(({ problems }) => problems),
        ...unknownTo(record, parts),
      ],
      blobProblems: [...known.blobProblems, ...parts.flatMap(({ blobProblems }) => blobProblems)],
      strangers: strangers(record, storages),
      pinned: pins.has(id),
      verified: verifications.get(id),
    };
  });
  return { places, storages, sets: sets.sort((a, b) => (a.id < b.id ? -1 : 1)), files, problems };
}

/** A set of which some storages were taken out of the configuration gives back the others; one of which all were, none. */
function unknownTo({ parts }: SetRecord, found: readonly LocatedPart[]): readonly string[] {
  if (found.length > 0) return [];
  return parts.map(({ storage }) => `the storage ${storage} is not in the configuration`);
}

/** The moments and blob backups that a set is made of. */
export function partsOf({ storages }: SetReading, { record }: BackupSet): readonly FoundPart[] {
  return locateParts(record, storages).map(({ reading, state, blobs, problems }) => ({
    storage: reading.storage,
    moment: state === undefined ? undefined : momentOf(state),
    blobs,
    problems,
  }));
}
