import type { RecordHeader } from './record-header.js';

/** A blob by its object and its transaction, 16 lower-case hex digits each. */
export interface BlobReferenceText {
  readonly oid: string;
  readonly tid: string;
}

const FIRST_CAPACITY = 64;
/** Numbers of 32 bits in a reference: oid and tid. */
const WIDTH = 4;
const EMPTY = -1;

/**
 * References to blobs, each once, in the order in which they were added. About 25 to 50 bytes each: 300,000 take
 * some ten megabytes.
 */
export class BlobReferences implements Iterable<BlobReferenceText> {
  #words = new Uint32Array(FIRST_CAPACITY * WIDTH);
  /** Open addressing; half full at most. */
  #slots = new Int32Array(FIRST_CAPACITY * 2).fill(EMPTY);
  #count = 0;
  readonly #key = new Uint32Array(WIDTH);

  static of(references: Iterable<BlobReferenceText>): BlobReferences {
    const made = new BlobReferences();
    for (const reference of references) made.add(reference);
    return made;
  }

  get size(): number {
    return this.#count;
  }

  /** @param reference 16 hex digits each */
  add(reference: BlobReferenceText): void {
    this.setKey(reference);
    this.insert();
  }

  addRecord({ oidPrefix, oidSuffix, tid }: RecordHeader): void {
    const key = this.#key;
    key[0] = Math.floor(oidPrefix / 0x10000);
    key[1] = (oidPrefix % 0x10000) * 0x10000 + oidSuffix;
    key[2] = Number(tid >> 32n);
    key[3] = Number(tid & 0xffffffffn);
    this.insert();
  }

  has(reference: BlobReferenceText): boolean {
    return this.indexOf(reference) !== undefined;
  }

  /** Its place in the order, 0 the first; undefined when it is none of these. */
  indexOf(reference: BlobReferenceText): number | undefined {
    this.setKey(reference);
    const index = this.#slots[this.slot()] as number;
    return index === EMPTY ? undefined : index;
  }

  /** @param index 0 to `size - 1` */
  at(index: number): BlobReferenceText {
    return { oid: this.text(index * WIDTH), tid: this.text(index * WIDTH + 2) };
  }

  *[Symbol.iterator](): Generator<BlobReferenceText> {
    for (let index = 0; index < this.#count; index++) yield this.at(index);
  }

  private setKey({ oid, tid }: BlobReferenceText): void {
    const key = this.#key;
    key[0] = Number.parseInt(oid.slice(0, 8), 16);
    key[1] = Number.parseInt(oid.slice(8), 16);
    key[2] = Number.parseInt(tid.slice(0, 8), 16);
    key[3] = Number.parseInt(tid.slice(8), 16);
  }

  private insert(): void {
    if ((this.#count + 1) * WIDTH > this.#words.length) this.grow();
    const slot = this.slot();
    if (this.#slots[slot] !== EMPTY) return;
    this.#slots[slot] = this.#count;
    this.#words.set(this.#key, this.#count * WIDTH);
    this.#count++;
  }

  /** The slot that holds the key, or the empty one where it belongs. */
  private slot(): number {
    const slots = this.#slots;
    const words = this.#words;
    const [a, b, c, d] = this.#key as unknown as readonly [number, number, number, number];
    const mask = slots.length - 1;
    for (let slot = hash(a, b, c, d) & mask; ; slot = (slot + 1) & mask) {
      const index = slots[slot] as number;
      if (index === EMPTY) return slot;
      const at = index * WIDTH;
      if (words[at + 1] === b && words[at + 3] === d && words[at] === a && words[at + 2] === c) return slot;
    }
  }

  private grow(): void {
    const words = new Uint32Array(this.#words.length * 2);
    words.set(this.#words);
    const mine = this.#key.slice();
    this.#words = words;
    this.#slots = new Int32Array((words.length / WIDTH) * 2).fill(EMPTY);
    for (let index = 0; index < this.#count; index++) {
      this.#key.set(words.subarray(index * WIDTH, (index + 1) * WIDTH));
      this.#slots[this.slot()] = index;
    }
    this.#key.set(mine);
  }

  private text(at: number): string {
    return hex(this.#words[at] as number) + hex(this.#words[at + 1] as number);
  }
}

function hex(word: number): string {
  return word.toString(16).padStart(8, '0');
}

function hash(a: number, b: number, c: number, d: number): number {
  let mixed = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b);
  mixed = Math.imul(mixed ^ b ^ (mixed >>> 15), 0xc2b2ae35);
  mixed = Math.imul(mixed ^ c ^ (mixed >>> 13), 0x27d4eb2f);
  mixed = Math.imul(mixed ^ d ^ (mixed >>> 16), 0x165667b1);
  return mixed ^ (mixed >>> 15);
}
