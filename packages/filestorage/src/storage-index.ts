/** Where each object's current record is (docs/formats/filestorage.md, section 6). */
import { HoldfastError } from '@holdfast/errors';
import { DenseBucket, type IndexBucket } from './index-bucket.js';
import type { ScanVisitor } from './scan.js';
import { SparseBucket } from './sparse-bucket.js';

/** From this many objects on, a flat array costs less than a sorted one. */
const DENSE_FROM = 0x8000;
const MAX_POSITION = 2 ** 48 - 1;

/** The objects of one oid prefix. */
export interface IndexEntries {
  /** Upper 48 bits of their oids. */
  readonly prefix: number;
  /** At least 1, at most 65,536. */
  readonly size: number;
  /** In ascending order; `suffix` is the lower 16 bits of the oid. */
  forEach(visit: (suffix: number, position: number) => void): void;
}

/**
 * oid -> position, compact: 8 bytes an object where oids are dense (10 million take 80 MB), 10 to 16 where they are
 * not. Oids come in two parts (`splitOid`), so that no BigInt is made for each.
 */
export class StorageIndex {
  private readonly map = new Map<number, IndexBucket>();
  private count = 0;
  private lastPrefix = -1;
  private lastBucket: IndexBucket | undefined;

  /** Objects, those that were deleted counted too. */
  get size(): number {
    return this.count;
  }

  /** Position of the object's current record, or undefined. */
  get(oidPrefix: number, oidSuffix: number): number | undefined {
    return this.bucketOf(oidPrefix)?.get(oidSuffix);
  }

  /** @param position 1 to 2^48 - 1, as much as the index file can hold */
  set(oidPrefix: number, oidSuffix: number, position: number): void {
    if (!(position > 0 && position <= MAX_POSITION))
      throw new HoldfastError('internal', `an index cannot hold the position ${position}`);
    const bucket = this.bucketOf(oidPrefix) ?? this.keep(oidPrefix, new SparseBucket());
    const before = bucket.size;
    bucket.set(oidSuffix, position);
    this.count += bucket.size - before;
    if (before < DENSE_FROM && bucket.size === DENSE_FROM) this.keep(oidPrefix, toDense(bucket));
  }

  /** In ascending order of the prefix. */
  *buckets(): Generator<IndexEntries> {
    const prefixes = Float64Array.from(this.map.keys()).sort();
    for (const prefix of prefixes) {
      const bucket = this.map.get(prefix) as IndexBucket;
      yield { prefix, size: bucket.size, forEach: (visit) => bucket.forEach(visit) };
    }
  }

  private bucketOf(prefix: number): IndexBucket | undefined {
    if (prefix === this.lastPrefix) return this.lastBucket;
    const bucket = this.map.get(prefix);
    if (bucket !== undefined) this.remember(prefix, bucket);
    return bucket;
  }

  private keep(prefix: number, bucket: IndexBucket): IndexBucket {
    this.map.set(prefix, bucket);
    this.remember(prefix, bucket);
    return bucket;
  }

  private remember(prefix: number, bucket: IndexBucket): void {
    this.lastPrefix = prefix;
    this.lastBucket = bucket;
  }
}

/** Fills an index as ZODB does when it reads a `Data.fs`: the last record of each object, deletions kept, undone transactions left out. */
export function indexVisitor(index: StorageIndex): ScanVisitor {
  return {
    record: ({ oidPrefix, oidSuffix, position }) => index.set(oidPrefix, oidSuffix, position),
  };
}

function toDense(bucket: IndexBucket): IndexBucket {
  const dense = new DenseBucket();
  bucket.forEach((suffix, position) => {
    dense.set(suffix, position);
  });
  return dense;
}
