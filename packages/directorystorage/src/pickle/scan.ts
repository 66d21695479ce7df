/** Sees the oid of a reference as its two halves of 32 bits. */
export type OnReference = (high: number, low: number) => void;

interface PickleFault {
  /** Why the pickle cannot be followed. */
  readonly message: string;
  /** Of the byte where it goes wrong, from the beginning of the data. */
  readonly offset: number;
}

export interface ReferenceScanner {
  /**
   * Calls `onReference` for each strong reference in the two pickles, class and state, that begin at `from` and end with
   * the bytes, in the order in which they are written. Weak references and those into other databases are passed over, as
   * ZODB's own `referencesf` does. What was seen before a fault was seen.
   */
  scan(bytes: Buffer, from: number, onReference: OnReference): PickleFault | undefined;
}

/**
 * The objects that a record refers to, found without building any of them: the opcodes (protocols 0 to 5) are followed
 * with a stack on which only what can be an oid is told apart (docs/formats/directorystorage.md, section 7). No opcode
 * calls, imports or builds anything here.
 *
 * The function stands by itself, because threads run its text: nothing outside of it may be used.
 *
 * @param inflate the data that zc.zlibstorage compressed; undefined where they cannot be
 */
export function referenceScanner(inflate: (data: Uint8Array) => Buffer | undefined): ReferenceScanner {
  const OID_SIZE = 8;
  /** On the stack: where a string of 8 bytes lies, a tuple that begins with one (less that), or one of the others. */
  const OPAQUE = -1;
  const MARK = -2;
  const LIST = -3;
  const OTHER_TUPLE = -4;
  const TUPLE = -5;
  const NEVER_KEPT = -0x80000000;
  /** Memo keys below are in a table; the others, which no pickler writes without having written these, in a map. */
  const TABLE = 4096;

  class Machine implements ReferenceScanner {
    private bytes: Buffer = Buffer.alloc(0);
    private at = 0;
    private stack = new Int32Array(256);
    private depth = 0;
    private readonly memo = new Int32Array(TABLE).fill(NEVER_KEPT);
    private readonly farMemo = new Map<number, number>();
    private memoSize = 0;
    /** Keys of the table that were used are below. */
    private memoEnd = 0;
    /** Strings of protocol 0 that stand behind the bytes, 8 of them each. */
    private quotedStrings: Buffer[] = [];
    private message = '';
    private onReference: OnReference = () => {};

    scan(bytes: Buffer, from: number, onReference: OnReference): PickleFault | undefined {
      this.onReference = onReference;
      if (bytes[from] !== 0x2e || bytes[from + 1] !== 0x7a) return this.scanPlain(bytes, from, from);
      const plain = inflate(bytes.subarray(from + 2));
      if (plain === undefined) return { message: 'compressed data cannot be inflated', offset: 2 };
      return this.scanPlain(plain, 0, 0);
    }

    private scanPlain(bytes: Buffer, from: number, base: number): PickleFault | undefined {
      this.bytes = bytes;
      this.at = from;
      this.depth = 0;
      // One memo for both: the state may recall what the class has kept.
      this.forget();
      const followed = this.follow() && this.follow();
      return followed ? undefined : { message: this.message, offset: this.at - base };
    }

    private forget(): void {
      this.memo.fill(NEVER_KEPT, 0, this.memoEnd);
      if (this.farMemo.size > 0) this.farMemo.clear();
      if (this.quotedStrings.length > 0) this.quotedStrings = [];
      this.memoEnd = 0;
      this.memoSize = 0;
    }

    /** Follows the next pickle; false when that cannot be done. */
    private follow(): boolean {
      const { bytes } = this;
      for (;;) {
        if (this.at >= bytes.length) return this.bad('it ends before its stop');
        const opcode = bytes[this.at]!;
        this.at += 1;
        if (opcode === 0x2e) return this.stop();
        if (!this.step(opcode)) return false;
      }
    }

    private stop(): boolean {
      if (!this.drop(1)) return false;
      return this.depth === 0 || this.bad('it leaves more than one value');
    }

    private step(opcode: number): boolean {
      switch (opcode) {
        case 0x28: // MARK
          return this.push(MARK);
        case 0x30: // POP
        case 0x61: // APPEND
        case 0x62: // BUILD
          return this.discard(1);
        case 0x73: // SETITEM
          return this.discard(2);
        case 0x31: // POP_MARK
        case 0x65: // APPENDS
        case 0x75: // SETITEMS
        case 0x90: // ADDITEMS
          return this.toMark();
        case 0x32: // DUP
          return this.depth > 0 ? this.push(this.stack[this.depth - 1]!) : this.bad('a value is missing');
        case 0x46: // FLOAT
        case 0x49: // INT
        case 0x4c: // LONG
        case 0x56: // UNICODE
          return this.line() && this.push(OPAQUE);
        case 0x63: // GLOBAL
          return this.line() && this.line() && this.push(OPAQUE);
        case 0x69: // INST
          return this.line() && this.line() && this.toMark() && this.push(OPAQUE);
        case 0x4b: // BININT1
        case 0x82: // EXT1
          return this.skip(1) && this.push(OPAQUE);
        case 0x4d: // BININT2
        case 0x83: // EXT2
          return this.skip(2) && this.push(OPAQUE);
        case 0x4a: // BININT
        case 0x84: // EXT4
          return this.skip(4) && this.push(OPAQUE);
        case 0x47: // BINFLOAT
          return this.skip(8) && this.push(OPAQUE);
        case 0x29: // EMPTY_TUPLE
        case 0x4e: // NONE
        case 0x7d: // EMPTY_DICT
        case 0x88: // NEWTRUE
        case 0x89: // NEWFALSE
        case 0x8f: // EMPTY_SET
        case 0x97: // NEXT_BUFFER
          return this.push(OPAQUE);
        case 0x52: // REDUCE
        case 0x81: // NEWOBJ
        case 0x93: // STACK_GLOBAL
          return this.drop(2) && this.push(OPAQUE);
        case 0x92: // NEWOBJ_EX
          return this.drop(3) && this.push(OPAQUE);
        case 0x64: // DICT
        case 0x6f: // OBJ
        case 0x91: // FROZENSET
          return this.toMark() && this.push(OPAQUE);
        case 0x43: // SHORT_BINBYTES
        case 0x55: // SHORT_BINSTRING
        case 0x8c: // SHORT_BINUNICODE
          return this.counted(1, true);
        case 0x42: // BINBYTES
        case 0x54: // BINSTRING
        case 0x58: // BINUNICODE
          return this.counted(4, true);
        case 0x8d: // BINUNICODE8
        case 0x8e: // BINBYTES8
          return this.counted(8, true);
        case 0x8a: // LONG1
          return this.counted(1, false);
        case 0x8b: // LONG4
          return this.counted(4, false);
        case 0x96: // BYTEARRAY8
          return this.counted(8, false);
        case 0x53: // STRING
          return this.quoted();
        case 0x74: // TUPLE
          return this.tupleToMark();
        case 0x85: // TUPLE1
        case 0x86: // TUPLE2
        case 0x87: // TUPLE3
          return this.tuple(opcode - 0x84);
        case 0x5d: // EMPTY_LIST
          return this.push(LIST);
        case 0x6c: // LIST
          return this.toMark() && this.push(LIST);
        case 0x67: // GET
        case 0x68: // BINGET
        case 0x6a: // LONG_BINGET
          return this.recall(this.memoKey(opcode));
        case 0x70: // PUT
        case 0x71: // BINPUT
        case 0x72: // LONG_BINPUT
          return this.keep(this.memoKey(opcode));
        case 0x94: // MEMOIZE
          return this.keep(this.memoSize);
        case 0x50: // PERSID
          return this.textReference();
        case 0x51: // BINPERSID
          return this.drop(1) && this.refer(this.stack[this.depth]!);
        case 0x80: // PROTO
          return this.skip(1);
        case 0x95: // FRAME
          return this.skip(8);
        case 0x98: // READONLY_BUFFER
          return true;
        default:
          this.at -= 1;
          return this.bad('a byte that is no opcode');
      }
    }

    private skip(count: number): boolean {
      if (this.at + count > this.bytes.length) return this.bad('it ends too early');
      this.at += count;
      return true;
    }

    private line(): boolean {
      const { bytes } = this;
      for (let at = this.at; at < bytes.length; at++) {
        if (bytes[at] !== 0x0a) continue;
        this.at = at + 1;
        return true;
      }
      return this.bad('a line does not end');
    }

    /** A length of so many bytes, and as many bytes. */
    private counted(size: number, isString: boolean): boolean {
      const { bytes, at } = this;
      if (!this.skip(size)) return false;
      let length = bytes[at]!;
      if (size >= 4) length = bytes.readUInt32LE(at);
      if (size === 8) length += bytes.readUInt32LE(at + 4) * 2 ** 32;
      return this.skip(length) && this.push(isString && length === OID_SIZE ? this.at - OID_SIZE : OPAQUE);
    }

    private push(item: number): boolean {
      if (this.depth === this.stack.length) {
        const larger = new Int32Array(2 * this.depth);
        larger.set(this.stack);
        this.stack = larger;
      }
      this.stack[this.depth] = item;
      this.depth += 1;
      return true;
    }

    /** Takes values off that go into the one below, whatever they are. */
    private discard(count: number): boolean {
      if (this.depth < count) return this.bad('a value is missing');
      this.depth -= count;
      return true;
    }

    /** Takes values off; a mark is none. */
    private drop(count: number): boolean {
      for (let taken = 0; taken < count; taken++) {
        if (this.depth === 0 || this.stack[this.depth - 1] === MARK) return this.bad('a value is missing');
        this.depth -= 1;
      }
      return true;
    }

    /** Takes off what is above the mark, and the mark. */
    private toMark(): boolean {
      for (let at = this.depth - 1; at >= 0; at--) {
        if (this.stack[at] !== MARK) continue;
        this.depth = at;
        return true;
      }
      return this.bad('a mark is missing');
    }

    private tupleToMark(): boolean {
      const above = this.depth;
      if (!this.toMark()) return false;
      return this.push(above === this.depth + 1 ? OTHER_TUPLE : this.tupleOf(this.depth + 1));
    }

    private tuple(size: number): boolean {
      if (this.depth < size) return this.bad('a value is missing');
      this.depth -= size;
      return this.push(this.tupleOf(this.depth));
    }

    /** @param at of the first value, on the stack */
    private tupleOf(at: number): number {
      const first = this.stack[at]!;
      return first >= 0 ? TUPLE - first : OTHER_TUPLE;
    }

    /** The key is read; `NEVER_KEPT` when it is none. */
    private memoKey(opcode: number): number {
      const { bytes, at } = this;
      if (opcode === 0x67 || opcode === 0x70) {
        if (!this.line()) return NEVER_KEPT;
        const text = bytes.toString('latin1', at, Math.min(this.at - 1, at + 16));
        if (/^\d{1,15}$/.test(text)) return Number(text);
        this.bad('a memo key that is no number');
        return NEVER_KEPT;
      }
      const size = opcode === 0x6a || opcode === 0x72 ? 4 : 1;
      if (!this.skip(size)) return NEVER_KEPT;
      return size === 1 ? bytes[at]! : bytes.readUInt32LE(at);
    }

    private keep(key: number): boolean {
      if (key < 0) return false;
      if (this.depth === 0) return this.bad('a value is missing');
      const item = this.stack[this.depth - 1]!;
      if (key < TABLE) {
        if (this.memo[key] === NEVER_KEPT) this.memoSize += 1;
        this.memo[key] = item;
        if (key >= this.memoEnd) this.memoEnd = key + 1;
      } else {
        if (!this.farMemo.has(key)) this.memoSize += 1;
        this.farMemo.set(key, item);
      }
      return true;
    }

    private recall(key: number): boolean {
      if (key < 0) return false;
      const item = key < TABLE ? this.memo[key]! : (this.farMemo.get(key) ?? NEVER_KEPT);
      return item === NEVER_KEPT ? this.bad('a value that was never kept') : this.push(item);
    }

    /** Strong: a tuple that begins with the oid, or the oid alone. A list is a weak reference or one to another database. */
    private refer(item: number): boolean {
      if (item === LIST) return this.push(OPAQUE);
      const oid = item <= TUPLE ? TUPLE - item : item;
      if (oid < 0) return this.bad('a reference that names no object');
      this.tell(oid);
      return this.push(OPAQUE);
    }

    private tell(oid: number): void {
      const beyond = oid - this.bytes.length;
      const bytes = beyond < 0 ? this.bytes : this.quotedStrings[beyond]!;
      const at = beyond < 0 ? oid : 0;
      this.onReference(bytes.readUInt32BE(at), bytes.readUInt32BE(at + 4));
    }

    private textReference(): boolean {
      const { at } = this;
      if (!this.line()) return false;
      return this.refer(this.at - 1 - at === OID_SIZE ? at : OPAQUE);
    }

    /** A string of protocol 0, as Python's `repr` writes it; only one of 8 bytes matters. */
    private quoted(): boolean {
      const { at } = this;
      if (!this.line()) return false;
      const text = this.bytes.toString('latin1', at + 1, this.at - 2);
      if (text.length > 4 * OID_SIZE) return this.push(OPAQUE);
      const plain = text.replace(/\\(?:x([0-9a-f]{2})|(.))/gs, (_, hex: string | undefined, char: string) => {
        if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
        return char === 'n' ? '\n' : char === 'r' ? '\r' : char === 't' ? '\t' : char;
      });
      if (plain.length !== OID_SIZE) return this.push(OPAQUE);
      this.quotedStrings.push(Buffer.from(plain, 'latin1'));
      return this.push(this.bytes.length + this.quotedStrings.length - 1);
    }

    private bad(message: string): false {
      this.message = message;
      return false;
    }
  }

  return new Machine();
}
