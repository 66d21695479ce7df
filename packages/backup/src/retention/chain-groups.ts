import { otherHistories } from '@holdfast/filestorage-backup';
import type { BackupSet } from '../set.js';
import { type LocatedPart, locateParts } from '../sets/find-parts.js';
import type { SetReading, StorageReading } from '../sets/reading.js';

/** A set with what it is made of. */
export interface LocatedSet {
  readonly set: BackupSet;
  readonly parts: readonly LocatedPart[];
  /** The part of the main storage. */
  readonly main: LocatedPart | undefined;
  readonly whole: boolean;
  /** Its full backup and the increments behind it are one group: `keep` counts these. */
  readonly group: string;
}

export function locateSets({ sets, storages }: Pick<SetReading, 'sets' | 'storages'>): readonly LocatedSet[] {
  const mainName = storages.at(-1)?.storage.name;
  return sets.map((set) => {
    const parts = locateParts(set.record, storages);
    const main = parts.find(({ reading }) => reading.storage.name === mainName);
    const recorded = set.record.parts.find(({ storage }) => storage === mainName);
    const chain = main?.state?.chain.stamp ?? recorded?.filestorage?.chain;
    const group = chain ?? main?.blobs?.before[0]?.id ?? main?.blobs?.id ?? set.id;
    return { set, parts, main, whole: set.problems.length === 0, group };
  });
}

/** Stamps of the chains of a storage that hold another history than its newest one. */
export function foreignChains(reading: StorageReading, sets: readonly BackupSet[]): ReadonlySet<string> {
  if (reading.repository === undefined) return new Set();
  const known = new Map<string, string>();
  for (const { record } of sets) {
    const part = record.parts.find(({ storage }) => storage === reading.storage.name)?.filestorage;
    if (part?.lineage !== undefined) known.set(part.chain, part.lineage);
  }
  return new Set([...otherHistories(reading.repository, known)].map(({ stamp }) => stamp));
}
