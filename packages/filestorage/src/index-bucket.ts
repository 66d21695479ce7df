/** The positions of the objects whose oids share their upper 48 bits. */

const BUCKET_CAPACITY = 0x10000;

export interface IndexBucket {
  readonly size: number;
  get(suffix: number): number | undefined;
  set(suffix: number, position: number): void;
  /** In ascending order of the suffix. */
  forEach(visit: (suffix: number, position: number) => void): void;
}

/** 8 bytes for every possible suffix; 0, which is no record's position, where there is none. */
export class DenseBucket implements IndexBucket {
  private readonly positions = new Float64Array(BUCKET_CAPACITY);
  private count = 0;

  get size(): number {
    return this.count;
  }

  get(suffix: number): number | undefined {
    return this.positions[suffix] || undefined;
  }

  set(suffix: number, position: number): void {
    if (this.positions[suffix] === 0) this.count++;
    this.positions[suffix] = position;
  }

  forEach(visit: (suffix: number, position: number) => void): void {
    for (let suffix = 0; suffix < BUCKET_CAPACITY; suffix++) {
      const position = this.positions[suffix] as number;
      if (position !== 0) visit(suffix, position);
    }
  }
}
