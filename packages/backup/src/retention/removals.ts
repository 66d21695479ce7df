import type { BlobBackup } from '@holdfast/blob-snapshot';
import { type Chain, parseDataName, planOrphans, planRemoval, stampOf } from '@holdfast/filestorage-backup';
import { parseSetFileName, SET_PIN, SET_RECORD, SET_VERIFIED } from '../sets/names.js';
import type { SetReading, StorageReading } from '../sets/reading.js';
import type { LocatedSet } from './chain-groups.js';
import type { Needs } from './needs.js';
import type { Removal } from './plan.js';

export interface StorageKeeping {
  readonly storage: StorageReading;
  /** Chains that stay as they are, by stamp, with the reason. */
  readonly chains: ReadonlyMap<string, string>;
  /** Stamps of those of another history. */
  readonly foreign: ReadonlySet<string>;
}

export interface Removing {
  readonly reading: SetReading;
  readonly keepings: readonly StorageKeeping[];
  readonly needs: Needs;
  /** Sets that go, oldest first. */
  readonly going: readonly LocatedSet[];
  readonly staying: readonly LocatedSet[];
}

/**
 * The steps, in their order: first what says that the sets are there; then the data files, oldest chain first, of the
 * main storage before the others, so that no moment is left to make a set of what remains of them; then the
 * blobs, which nothing leads to by then. Killed anywhere, no set is offered that lacks something.
 */
export function planRemovals(removing: Removing): {
  readonly removals: readonly Removal[];
  readonly filestorageBytes: number;
} {
  const { keepings, staying } = removing;
  if (staying.length === 0) return { removals: [], filestorageBytes: 0 };
  const mainFirst = [...keepings].reverse();
  const files = mainFirst.flatMap((keeping) => fileRemovals(keeping, removing));
  const blobs = mainFirst.flatMap(({ storage }) => blobRemovals(storage, removing, files));
  const removals = [...setFileRemovals(removing), ...files, ...blobs];
  const filestorageBytes = files.reduce((sum, { step }) => sum + step.bytes, 0);
  return { removals, filestorageBytes };
}

type FileRemoval = Extract<Removal, { readonly kind: 'filestorage' }>;

/** Checks and records of what goes, and what killed removals left of sets that are gone. */
function setFileRemovals({ reading, going, staying }: Removing): readonly Removal[] {
  const goes = new Set(going.map(({ set }) => set.id));
  const known = new Set(reading.sets.map(({ id }) => id));
  const oldest = staying[0]!.set.id;
  const order = [SET_VERIFIED, SET_RECORD];
  const found = [...reading.files]
    .flatMap((name) => ({ name, ...parseSetFileName(name)! }))
    .filter(({ kind }) => kind !== SET_PIN)
    .filter(({ id }) => goes.has(id) || (!known.has(id) && id < oldest));
  return found
    .sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || (a.name < b.name ? -1 : 1))
    .map(({ name }) => ({ kind: 'set-file', directory: reading.places.record, name }));
}

function fileRemovals(keeping: StorageKeeping, { needs, staying }: Removing): readonly FileRemoval[] {
  const { repository, engine, storage } = keeping.storage;
  if (repository === undefined || engine === undefined) return [];
  const doubtful = chainsInDoubt(storage.name, staying);
  const oldest = staying[0]!.set.id;
  const steps = repository.chains
    .filter(({ stamp }) => !keeping.chains.has(stamp) && !doubtful.has(stamp))
    .filter(({ files, stamp }) => files.length > 0 || stamp < oldest)
    .flatMap((chain) => planRemoval(repository, chain, (file) => !needs.hasFile(file)));
  return [...steps, ...planOrphans(repository)].map((step) => ({
    kind: 'filestorage',
    storage: storage.name,
    engine,
    step,
  }));
}

/** Chains of sets that stay though something is wrong with them: nothing of these is touched. */
function chainsInDoubt(storage: string, staying: readonly LocatedSet[]): ReadonlySet<string> {
  const damaged = staying.filter(({ whole }) => !whole);
  return new Set(
    damaged.flatMap(({ set, parts }) => [
      ...set.record.parts.flatMap((part) =>
        part.storage === storage ? (part.filestorage?.chain ?? []) : [],
      ),
      ...parts.flatMap(({ reading, state }) =>
        reading.storage.name === storage ? (state?.chain.stamp ?? []) : [],
      ),
    ]),
  );
}

function blobRemovals(
  reading: StorageReading,
  removing: Removing,
  files: readonly FileRemoval[],
): readonly Removal[] {
  const { storage, blobs } = reading;
  if (storage.blobs === undefined) return [];
  const location = storage.blobs;
  const newestKept = removing.staying.at(-1)!.set.id;
  const reasonOf = blobReasons(reading, removing.going, files);
  return [...blobs]
    .sort(laterFirst)
    .slice(1)
    .filter((backup) => !removing.needs.hasBlobs(backup) && dateOf(backup) < newestKept)
    .flatMap((backup): Removal[] => {
      const reason = reasonOf(backup);
      return reason === undefined ? [] : [{ kind: 'blobs', storage: storage.name, location, backup, reason }];
    });
}

function laterFirst(a: BlobBackup, b: BlobBackup): number {
  if (a.number !== undefined && b.number !== undefined) return a.number - b.number;
  return dateOf(a) < dateOf(b) ? 1 : dateOf(a) > dateOf(b) ? -1 : b.before.length - a.before.length;
}

function dateOf({ stamp, modifiedMs }: BlobBackup): string {
  return stamp ?? stampOf(modifiedMs);
}

/** Why a blob backup that no kept set needs goes; undefined: it stays, as its filestorage backup does. */
function blobReasons(
  reading: StorageReading,
  going: readonly LocatedSet[],
  files: readonly FileRemoval[],
): (backup: BlobBackup) => string | undefined {
  const ofSets = new Map<string, string>();
  for (const { set, parts } of going) {
    for (const part of parts) if (part.reading === reading && part.blobs) ofSets.set(part.blobs.id, set.id);
  }
  const mine = files.filter(({ storage }) => storage === reading.storage.name);
  const gone = new Set(mine.flatMap(({ step }) => (step.kind === 'remove' ? step.name : [])));
  const left = (reading.repository?.files ?? []).filter(({ name }) => !gone.has(name));
  const stamps = new Set(left.flatMap(({ name }) => dataStamp(name) ?? []));
  const oldest = oldestChain(reading.repository?.chains ?? [], stamps);
  return (backup) => {
    if (backup.stamp !== undefined && stamps.has(backup.stamp)) return undefined;
    const set = ofSets.get(backup.id);
    if (set !== undefined) return `the set ${set} goes`;
    if (oldest === undefined) return undefined;
    if (dateOf(backup) < oldest) return `it is older than the oldest filestorage backup, ${oldest}`;
    return backup.stamp === undefined ? undefined : 'its filestorage backup is gone';
  };
}

/** Also of one that a repair set aside: it is not lost. */
function dataStamp(name: string): string | undefined {
  return parseDataName(name.replace(/\.set-aside$/, ''))?.stamp;
}

function oldestChain(chains: readonly Chain[], stamps: ReadonlySet<string>): string | undefined {
  return chains.find(({ stamp }) => stamps.has(stamp))?.stamp;
}
