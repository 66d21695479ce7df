/** An empty run costs no arrays. */
const NO_SUFFIXES = new Uint16Array(0);
const NO_POSITIONS = new Float64Array(0);
const FIRST_CAPACITY = 4;

/** Suffixes in ascending order with their positions, 10 bytes each. */
export class SortedRun {
  private suffixes = NO_SUFFIXES;
  private positions = NO_POSITIONS;
  private count = 0;
  /** The greatest suffix; -1 when empty. */
  private last = -1;

  constructor(capacity = 0) {
    if (capacity > 0) this.resize(capacity);
  }

  get length(): number {
    return this.count;
  }

  /** The place of the first suffix that is not less; `length` when all are. */
  find(suffix: number): number {
    if (suffix > this.last) return this.count;
    const { suffixes } = this;
    let low = 0;
    let high = this.count - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((suffixes[middle] as number) < suffix) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  holds(place: number, suffix: number): boolean {
    return place < this.count && this.suffixes[place] === suffix;
  }

  suffixAt(place: number): number {
    return this.suffixes[place] as number;
  }

  positionAt(place: number): number {
    return this.positions[place] as number;
  }

  replace(place: number, position: number): void {
    this.positions[place] = position;
  }

  /** @param suffix greater than all */
  append(suffix: number, position: number): void {
    const place = this.count;
    if (place === this.suffixes.length) this.resize(Math.max(FIRST_CAPACITY, Math.ceil(place * 1.5)));
    this.suffixes[place] = suffix;
    this.positions[place] = position;
    this.last = suffix;
    this.count = place + 1;
  }

  /** @param place from `find`, before the end */
  insert(place: number, suffix: number, position: number): void {
    const last = this.count - 1;
    this.append(this.suffixAt(last), this.positionAt(last));
    this.suffixes.copyWithin(place + 1, place, last);
    this.positions.copyWithin(place + 1, place, last);
    this.suffixes[place] = suffix;
    this.positions[place] = position;
  }

  private resize(capacity: number): void {
    const { suffixes, positions } = this;
    this.suffixes = new Uint16Array(capacity);
    this.suffixes.set(suffixes);
    this.positions = new Float64Array(capacity);
    this.positions.set(positions);
  }
}

/** Visits two runs as one; no suffix may be in both. */
export function visitMerged(
  one: SortedRun,
  other: SortedRun,
  visit: (suffix: number, position: number) => void,
): void {
  let i = 0;
  let j = 0;
  while (i < one.length || j < other.length) {
    const fromOne = j >= other.length || (i < one.length && one.suffixAt(i) < other.suffixAt(j));
    if (fromOne) visit(one.suffixAt(i), one.positionAt(i++));
    else visit(other.suffixAt(j), other.positionAt(j++));
  }
}
