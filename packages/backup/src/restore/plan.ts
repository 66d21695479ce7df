import type { HoldfastError } from '@holdfast/errors';
import type { RestoreRequest, StorageRestore } from './request.js';
import type { BlobTarget, DataTarget } from './targets.js';
import type { Work } from './work.js';

/** What a restore will do, and what stands in its way. Nothing was changed to make it. */
export interface RestorePlan {
  readonly request: RestoreRequest;
  readonly storages: readonly StoragePlan[];
  /** All that stands in the way, at once; `restoreSet` refuses a plan that has any. */
  readonly problems: readonly HoldfastError[];
  /** What whoever restores should know, but that stands in no way. */
  readonly notes: readonly string[];
  readonly space: readonly SpaceNeed[];
  /** Whether the old files are removed before the new ones are built: asked for, and not to be done without. */
  readonly freeFirst: boolean;
  readonly bytes: number;
  /** Blob files; undefined: not known beforehand. */
  readonly files: number | undefined;
  readonly expectedSeconds: number;
  /** Work directories that a killed restore left; `restoreSet` finishes it or takes it back before anything else. */
  readonly leftovers: readonly string[];
}

export interface StoragePlan {
  readonly source: StorageRestore;
  readonly data: DataPlan | undefined;
  readonly blobs: BlobPlan | undefined;
}

export interface DataPlan extends DataTarget {
  readonly bytes: number;
}

export interface BlobPlan extends BlobTarget {
  /** Undefined: not known beforehand. */
  readonly bytes: number | undefined;
  readonly files: number | undefined;
}

/** Of one file system. */
export interface SpaceNeed {
  /** A directory in it. */
  readonly path: string;
  readonly dev: string;
  /** Bytes for all that is built there. */
  readonly needed: number;
  readonly free: number;
  /** Bytes that removing what is replaced there would give; counted only where `freeFirst` was asked for. */
  readonly old: number;
}

/** All work directories of a plan; the last one holds the journal. */
export function worksOf(storages: readonly StoragePlan[]): readonly Work[] {
  const works = storages.flatMap(({ data, blobs }) => [
    ...(blobs === undefined ? [] : [blobs.work]),
    ...(data === undefined ? [] : [data.indexWork, data.work]),
  ]);
  return [...new Map(works.map((work) => [work.path, work])).values()];
}

/** Paths of the `Data.fs` whose locks keep ZODB out. */
export function datafsOf(storages: readonly StoragePlan[]): readonly string[] {
  return storages.flatMap(({ source, data }) => data?.configured ?? source.datafs ?? []);
}
