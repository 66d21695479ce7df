import type { Id } from './id-bitmap.js';

const FIRST_CAPACITY = 1024;

/** A list of ids that come in falling order, 8 bytes each: the transactions of a history, newest first. */
export class FallingIds {
  private words = new Uint32Array(2 * FIRST_CAPACITY);
  private count = 0;

  get length(): number {
    return this.count;
  }

  append(high: number, low: number): void {
    if (2 * this.count === this.words.length) this.words = grown(this.words);
    this.words[2 * this.count] = high;
    this.words[2 * this.count + 1] = low;
    this.count += 1;
  }

  has(high: number, low: number): boolean {
    let from = 0;
    let to = this.count;
    while (from < to) {
      const middle = (from + to) >>> 1;
      const difference = this.words[2 * middle]! - high || this.words[2 * middle + 1]! - low;
      if (difference === 0) return true;
      if (difference > 0) from = middle + 1;
      else to = middle;
    }
    return false;
  }
}

export interface PendingObject extends Id {
  /** An object that refers to it, where that is known. */
  readonly referrer: Id | undefined;
}

/** No oid is as great as this. */
const UNKNOWN = 0xffffffff;

/** Objects that are still to be looked at, each with one that refers to it. Full at a fixed size. */
export class PendingObjects {
  private words = new Uint32Array(4 * FIRST_CAPACITY);
  /** Entry of the first; they go on at the beginning after the end. */
  private first = 0;
  private count = 0;

  /** @param most entries, of 16 bytes */
  constructor(private readonly most: number) {}

  get length(): number {
    return this.count;
  }

  /** False, and nothing is kept, when the list is full. */
  push(high: number, low: number, referrerHigh = UNKNOWN, referrerLow = UNKNOWN): boolean {
    if (this.count === this.most) return false;
    if (this.count === this.capacity) this.grow();
    const at = this.at(this.count);
    this.words[at] = high;
    this.words[at + 1] = low;
    this.words[at + 2] = referrerHigh;
    this.words[at + 3] = referrerLow;
    this.count += 1;
    return true;
  }

  /** The one that was put in last. */
  pop(): PendingObject | undefined {
    if (this.count === 0) return undefined;
    this.count -= 1;
    return this.entry(this.at(this.count));
  }

  /** The one that was put in first. */
  shift(): PendingObject | undefined {
    if (this.count === 0) return undefined;
    const entry = this.entry(this.at(0));
    this.first = (this.first + 1) % this.capacity;
    this.count -= 1;
    return entry;
  }

  private get capacity(): number {
    return this.words.length / 4;
  }

  private at(index: number): number {
    return 4 * ((this.first + index) % this.capacity);
  }

  private entry(at: number): PendingObject {
    const referrer = { high: this.words[at + 2]!, low: this.words[at + 3]! };
    const known = referrer.high !== UNKNOWN || referrer.low !== UNKNOWN;
    return { high: this.words[at]!, low: this.words[at + 1]!, referrer: known ? referrer : undefined };
  }

  private grow(): void {
    const larger = new Uint32Array(2 * this.words.length);
    const split = 4 * this.first;
    larger.set(this.words.subarray(split));
    larger.set(this.words.subarray(0, split), this.words.length - split);
    this.words = larger;
    this.first = 0;
  }
}

function grown(words: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * words.length);
  larger.set(words);
  return larger;
}

/** The two halves of an id of 16 hex digits. */
export function halves(id: string): Id {
  return { high: Number.parseInt(id.slice(0, 8), 16), low: Number.parseInt(id.slice(8), 16) };
}

/** 16 upper-case hex digits. */
export function idOf(high: number, low: number): string {
  return (high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0')).toUpperCase();
}
