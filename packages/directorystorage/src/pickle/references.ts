/**
 * The objects that a record refers to, found without building any of them: the opcodes are followed with a stack on
 * which only what can be an oid is told apart (docs/formats/directorystorage.md, section 7).
 */
import { inflateSync } from 'node:zlib';
import { OPCODES, type Opcode } from './opcode-table.js';

/** Sees the 8 bytes of an oid, at `offset` of `bytes`; may not keep the buffer. */
export type OnReference = (bytes: Buffer, offset: number) => void;

/** Why a pickle cannot be followed. Data with it could not be loaded either. */
export class BadPickle extends Error {
  override readonly name = 'BadPickle';

  /** @param offset of the byte where it goes wrong */
  constructor(
    message: string,
    readonly offset: number,
  ) {
    super(message);
  }
}

/** A class and a state. */
const PICKLES_IN_A_RECORD = 2;
const OID_SIZE = 8;
/** The mark of zc.zlibstorage before data that it compressed. */
const COMPRESSED = Buffer.from('.z');
/** More than any record; what inflates beyond it is not a record but an attack. */
const LONGEST_INFLATED = 1 << 28;

/**
 * Calls `onReference` for each strong reference within the database, in the order in which they are written. Weak
 * references and those into other databases are passed over, as ZODB's own `referencesf` does.
 *
 * @throws BadPickle
 */
export function findReferences(data: Buffer, onReference: OnReference): void {
  const plain = data.subarray(0, 2).equals(COMPRESSED) ? inflate(data.subarray(2)) : data;
  // One machine: the state may recall what the class has kept.
  const machine = new Machine(plain, onReference);
  for (let pickle = 0; pickle < PICKLES_IN_A_RECORD; pickle++) machine.run();
}

function inflate(data: Buffer): Buffer {
  try {
    return inflateSync(data, { maxOutputLength: LONGEST_INFLATED });
  } catch {
    throw new BadPickle('compressed data cannot be inflated', COMPRESSED.length);
  }
}

const MARK = Symbol('mark');
const LIST = Symbol('list');
interface Tuple {
  readonly first: Item;
}
/** Offset of a string of 8 bytes in the data, such a string itself, a list, a tuple, or undefined for all else. */
type Item = number | Buffer | typeof MARK | typeof LIST | Tuple | undefined;

class Machine {
  private stack: Item[] = [];
  private readonly memo = new Map<number, Item>();
  /** Where the argument of the opcode under way begins and ends. */
  private from = 0;
  private to = 0;
  private at = 0;

  constructor(
    private readonly bytes: Buffer,
    private readonly onReference: OnReference,
  ) {}

  /** Follows the next pickle. */
  run(): void {
    for (;;) {
      if (this.at >= this.bytes.length) throw this.bad('it ends before its stop');
      const opcode = OPCODES[this.bytes[this.at]!];
      if (opcode === undefined) throw this.bad('a byte that is no opcode');
      this.at += 1;
      this.readArgument(opcode);
      if (opcode.effect.kind === 'stop') break;
      this.apply(opcode);
    }
    this.pop();
    if (this.stack.length > 0) throw this.bad('it leaves more than one value');
  }

  private readArgument({ argument }: Opcode): void {
    switch (argument.kind) {
      case 'fixed':
        this.from = this.at;
        this.to = this.at + argument.size;
        break;
      case 'counted':
        this.from = this.at + argument.size;
        this.to = this.from + this.length(argument.size);
        break;
      case 'lines':
        this.from = this.at;
        this.to = this.at;
        for (let line = 0; line < argument.count; line++) {
          const end = this.bytes.indexOf(0x0a, this.to);
          if (end < 0) throw this.bad('a line does not end');
          this.to = end + 1;
        }
    }
    if (this.to > this.bytes.length) throw this.bad('it ends too early');
    this.at = this.to;
  }

  private length(size: 1 | 4 | 8): number {
    if (this.at + size > this.bytes.length) throw this.bad('it ends too early');
    if (size === 1) return this.bytes[this.at]!;
    const low = this.bytes.readUInt32LE(this.at);
    return size === 4 ? low : low + this.bytes.readUInt32LE(this.at + 4) * 2 ** 32;
  }

  private apply({ effect }: Opcode): void {
    const { stack } = this;
    switch (effect.kind) {
      case 'opaque':
        for (let count = 0; count < effect.pops; count++) this.pop();
        stack.push(undefined);
        break;
      case 'string':
        stack.push(this.to - this.from === OID_SIZE ? this.from : undefined);
        break;
      case 'absorb':
        for (let count = 0; count < effect.pops; count++) this.popAny();
        break;
      case 'put':
        this.memo.set(this.memoKey(), this.top());
        break;
      case 'memoize':
        this.memo.set(this.memo.size, this.top());
        break;
      case 'get':
        stack.push(this.recall());
        break;
      case 'mark':
        stack.push(MARK);
        break;
      case 'absorb-to-mark':
        this.popToMark();
        break;
      case 'opaque-to-mark':
        this.popToMark();
        stack.push(undefined);
        break;
      case 'tuple':
        if (stack.length < effect.size) throw this.bad('a value is missing');
        stack.push({ first: stack.splice(-effect.size)[0] });
        break;
      case 'tuple-to-mark':
        stack.push({ first: this.popToMark() });
        break;
      case 'list-to-mark':
        this.popToMark();
        stack.push(LIST);
        break;
      case 'list':
        stack.push(LIST);
        break;
      case 'quoted-string':
        stack.push(this.quoted());
        break;
      case 'duplicate':
        stack.push(this.top());
        break;
      case 'reference':
        this.refer(effect.text ? this.textReference() : this.pop());
        stack.push(undefined);
        break;
      case 'nothing':
      case 'stop':
    }
  }

  /** Strong: a tuple that begins with the oid, or the oid alone. A list is a weak reference or one to another database. */
  private refer(item: Item): void {
    const oid = typeof item === 'object' && 'first' in item ? item.first : item;
    if (item === LIST) return;
    if (typeof oid === 'number') this.onReference(this.bytes, oid);
    else if (Buffer.isBuffer(oid)) this.onReference(oid, 0);
    else throw this.bad('a reference that names no object');
  }

  private textReference(): Item {
    return this.to - 1 - this.from === OID_SIZE ? this.from : undefined;
  }

  /** A string of protocol 0, as Python's `repr` writes it; only one of 8 bytes matters. */
  private quoted(): Item {
    const text = this.bytes.toString('latin1', this.from + 1, this.to - 2);
    if (text.length > 4 * OID_SIZE) return undefined;
    const plain = text.replace(/\\(?:x([0-9a-f]{2})|(.))/gs, (_, hex: string | undefined, char: string) =>
      hex === undefined ? (ESCAPES[char] ?? char) : String.fromCharCode(Number.parseInt(hex, 16)),
    );
    return plain.length === OID_SIZE ? Buffer.from(plain, 'latin1') : undefined;
  }

  private memoKey(): number {
    const size = this.to - this.from;
    const opcode = this.bytes[this.from - 1];
    if (opcode === 0x70 || opcode === 0x67) return this.decimal();
    return size === 1 ? this.bytes[this.from]! : this.bytes.readUInt32LE(this.from);
  }

  private decimal(): number {
    const text = this.bytes.toString('latin1', this.from, Math.min(this.to - 1, this.from + 16));
    if (!/^\d{1,15}$/.test(text)) throw this.bad('a memo key that is no number');
    return Number(text);
  }

  private recall(): Item {
    const key = this.memoKey();
    const item = this.memo.get(key);
    if (item === undefined && !this.memo.has(key)) throw this.bad('a value that was never kept');
    return item;
  }

  private top(): Item {
    const { stack } = this;
    if (stack.length === 0) throw this.bad('a value is missing');
    return stack[stack.length - 1];
  }

  private pop(): Item {
    const item = this.popAny();
    if (item === MARK) throw this.bad('a value is missing');
    return item;
  }

  private popAny(): Item {
    if (this.stack.length === 0) throw this.bad('a value is missing');
    return this.stack.pop();
  }

  /** The first value above the mark. */
  private popToMark(): Item {
    const mark = this.stack.lastIndexOf(MARK);
    if (mark < 0) throw this.bad('a mark is missing');
    const first = this.stack[mark + 1];
    this.stack.length = mark;
    return first;
  }

  private bad(what: string): BadPickle {
    return new BadPickle(what, this.at);
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };
