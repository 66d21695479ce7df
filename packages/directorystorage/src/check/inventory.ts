import { type Format, nameAt } from '../layout.js';
import { isDeleted, isMark, parseName } from '../names.js';
import type { Findings } from './findings.js';
import { halves } from './id-list.js';
import type { Pace } from './pace.js';
import type { StorageFiles } from './storage-files.js';

/** Sees the files of the database; ids are their two 32-bit halves. */
export interface FileVisitor {
  transaction(tidHigh: number, tidLow: number): void;
  revision(oidHigh: number, oidLow: number, tidHigh: number, tidLow: number): void;
  /** The file that says that there is an object: `o<OID>.c`, or `o<OID>` of a Minimal storage. */
  object(oidHigh: number, oidLow: number): void;
}

/** Entries of a step: some tenths of a millisecond. */
const STEP = 128;

/**
 * Shows `visitor` each file of the database in `A`, in no order, some at each step; counts the others. Memory: the depth
 * of the tree.
 */
export function stepsOfWalk(files: StorageFiles, findings: Findings, visitor: FileVisitor): Generator<void> {
  return new Inventory(files, findings, visitor).walk('');
}

/** The same at once, for another round: nothing is counted again. */
export async function walkAgain(files: StorageFiles, pace: Pace, visitor: FileVisitor): Promise<void> {
  await pace.run(new Inventory(files, undefined, visitor).walk(''));
}

class Inventory {
  private seen = 0;

  constructor(
    private readonly files: StorageFiles,
    private readonly findings: Findings | undefined,
    private readonly visitor: FileVisitor,
  ) {}

  *walk(below: string): Generator<void> {
    const files = new DirectoryNames(this.files.storage.settings.format, below, this.visitor);
    for (const { name, kind } of this.files.entries(below)) {
      this.seen = (this.seen + 1) % STEP;
      if (this.seen === 0) yield;
      if (kind === 'directory') yield* this.walk(below === '' ? name : `${below}/${name}`);
      else if (kind !== 'file' || !files.visit(name)) this.other(below, name, kind === 'file');
    }
  }

  private other(below: string, name: string, isFile: boolean): void {
    if (isDeleted(name)) this.findings?.count('deletedFiles');
    else if (isMark(name)) this.findings?.count('marks');
    else if (isFile) this.findings?.count('foreignFiles');
    // Whatever it leads to: no backup holds it, and no rename moves it.
    else this.findings?.problem('not-a-file', below === '' ? `A/${name}` : `A/${below}/${name}`);
  }
}

const DOT = 0x2e;
const SMALL_C = 0x63;
const SMALL_O = 0x6f;

/** The names of the files of one directory: all of them have the same beginning. */
class DirectoryNames {
  /** Of the database names here; undefined as long as none was seen. */
  private prefix: string | undefined;
  private isOfObjects = false;
  /** The digits of the oid in `prefix`. */
  private digits = 0;
  private high = 0;
  private low = 0;
  /** What `digit` and `word` have read. */
  private at = 0;

  constructor(
    private readonly format: Format,
    private readonly below: string,
    private readonly visitor: FileVisitor,
  ) {}

  /** False when it is no file of the database. */
  visit(file: string): boolean {
    if (this.prefix === undefined) return this.visitFirst(file);
    return (this.isOfObjects && this.visitObject(file)) || this.visitName(this.prefix + file);
  }

  private visitFirst(file: string): boolean {
    const name = nameAt(this.format, this.below === '' ? file : `${this.below}/${file}`);
    if (name === undefined || !this.visitName(name)) return false;
    this.prefix = name.slice(0, -file.length);
    const digits = /^o([0-9A-F]{0,16})$/.exec(this.prefix)?.[1];
    if (this.prefix === '') this.isOfObjects = true;
    if (digits !== undefined) {
      this.isOfObjects = true;
      this.digits = digits.length;
      const { high, low } = halves(digits.padEnd(16, '0'));
      this.high = high;
      this.low = low;
    }
    return true;
  }

  private visitName(name: string): boolean {
    const parsed = parseName(name);
    if (parsed === undefined) return false;
    if (parsed.kind === 'root') return true;
    if (parsed.kind === 'transaction') {
      const tid = halves(parsed.tid);
      this.visitor.transaction(tid.high, tid.low);
      return true;
    }
    const oid = halves(parsed.oid);
    const tid = parsed.kind === 'revision' ? halves(parsed.tid) : undefined;
    if (tid === undefined) this.visitor.object(oid.high, oid.low);
    else this.visitor.revision(oid.high, oid.low, tid.high, tid.low);
    return true;
  }

  /** `visitName` in a tenth of the time, for most of the files; false where this is not one of them. */
  private visitObject(file: string): boolean {
    // In a flat storage the names begin with the letter.
    this.at = this.prefix === '' ? 1 : 0;
    if (this.at === 1 && file.charCodeAt(0) !== SMALL_O) return false;
    const high = this.word(file, this.high, this.digits, 8);
    const low = this.word(file, this.low, Math.max(8, this.digits), 16);
    if (high < 0 || low < 0 || file.charCodeAt(this.at) !== DOT) return false;
    this.at += 1;
    if (file.length === this.at + 1 && file.charCodeAt(this.at) === SMALL_C) {
      this.visitor.object(high, low);
      return true;
    }
    if (file.length !== this.at + 16) return false;
    const tidHigh = this.word(file, 0, 0, 8);
    const tidLow = this.word(file, 0, 8, 16);
    if (tidHigh < 0 || tidLow < 0) return false;
    this.visitor.revision(high, low, tidHigh, tidLow);
    return true;
  }

  /** The word that begins as `known` does, with the digits `from` to `to` read from the name; -1 where there is none. */
  private word(file: string, known: number, from: number, to: number): number {
    let word = known;
    for (let digit = from; digit < to; digit++) {
      const code = file.charCodeAt(this.at);
      const value =
        code >= 0x30 && code <= 0x39 ? code - 0x30 : code >= 0x41 && code <= 0x46 ? code - 0x37 : -1;
      if (value < 0) return -1;
      word |= value << (4 * (to - 1 - digit));
      this.at += 1;
    }
    return word >>> 0;
  }
}
