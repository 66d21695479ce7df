import type { SetKind } from '@holdfast/backup';
import type { SetSummary } from './status.js';

/** What a set takes on the disk beside the sets before it, bytes. */
export interface Stored {
  /** Its file of the `Data.fs`, or its archives; 0 where a set before it has the same. */
  readonly data: number;
  /** The blobs that no set before it has. Uncompressed; 0 where they are not known. */
  readonly blobs: number;
  /** Whether the file of the `Data.fs` is its own: of several storages, one that has not changed gives a later set what it has. */
  readonly isNew: boolean;
}

/**
 * What each set takes on the disk. Of each kind, the oldest set that is kept has all its blobs; of a later one those
 * count that are new since the one before it, and what came with sets between the two that are gone by now is seen
 * in its size.
 *
 * @param sets oldest first
 */
export function storedOf(sets: readonly SetSummary[]): ReadonlyMap<SetSummary, Stored> {
  const owners = new Map<string, SetSummary>();
  const blobsBefore = new Map<SetKind, number>();
  return new Map(
    sets.map((set) => {
      const owner = owners.get(fileOf(set));
      if (owner === undefined) owners.set(fileOf(set), set);
      const { kind, storedBytes = 0, blobs } = set;
      const stored: Stored = {
        data: owner === undefined ? storedBytes : 0,
        // The part of an unchanged storage is repeated as it is, with the blobs that were new once.
        blobs: blobs === undefined || owner?.blobs !== undefined ? 0 : newBlobs(blobs, blobsBefore.get(kind)),
        isNew: owner === undefined,
      };
      if (blobs !== undefined) blobsBefore.set(kind, blobs.bytes);
      return [set, stored];
    }),
  );
}

/** Names the file that completes the `Data.fs` of a set; of an archive, and of blobs alone, the set itself. */
function fileOf({ kind, id, chain, part, dataBytes }: SetSummary): string {
  return `${kind} ${chain ?? id} ${part} ${dataBytes ?? id}`;
}

function newBlobs(
  { bytes, addedBytes }: NonNullable<SetSummary['blobs']>,
  before: number | undefined,
): number {
  return before === undefined ? bytes : Math.max(addedBytes, bytes - before);
}
