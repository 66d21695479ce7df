/**
 * What each pickle opcode (protocols 0 to 5) does to the stack, as data: enough to follow which value is on top when a
 * persistent reference is made, and no more. No opcode calls, imports or builds anything here.
 */

/** How the argument that follows the opcode is read. */
type Argument =
  /** So many bytes. */
  | { readonly kind: 'fixed'; readonly size: number }
  /** Lines that end in a line feed. */
  | { readonly kind: 'lines'; readonly count: number }
  /** A length of so many bytes, little-endian, then that many bytes. */
  | { readonly kind: 'counted'; readonly size: 1 | 4 | 8 };

type Effect =
  /** Takes so many values off and puts one that nobody looks into. */
  | { readonly kind: 'opaque'; readonly pops: number }
  /** The same with all values above the mark. */
  | { readonly kind: 'opaque-to-mark' }
  /** Takes values off that go into the one below. */
  | { readonly kind: 'absorb'; readonly pops: number }
  | { readonly kind: 'absorb-to-mark' }
  /** A byte string or text: may be an oid. */
  | { readonly kind: 'string' }
  | { readonly kind: 'quoted-string' }
  | { readonly kind: 'tuple'; readonly size: number }
  | { readonly kind: 'tuple-to-mark' }
  | { readonly kind: 'list' }
  | { readonly kind: 'list-to-mark' }
  | { readonly kind: 'mark' | 'stop' | 'duplicate' | 'memoize' | 'nothing' }
  | { readonly kind: 'put' | 'get' }
  /** The reference is the value on top, or with `text` the line that follows. */
  | { readonly kind: 'reference'; readonly text: boolean };

export interface Opcode {
  readonly argument: Argument;
  readonly effect: Effect;
}

const none: Argument = { kind: 'fixed', size: 0 };
const fixed = (size: number): Argument => ({ kind: 'fixed', size });
const lines = (count: number): Argument => ({ kind: 'lines', count });
const counted = (size: 1 | 4 | 8): Argument => ({ kind: 'counted', size });
const opaque = (pops = 0): Effect => ({ kind: 'opaque', pops });
const absorb = (pops: number): Effect => ({ kind: 'absorb', pops });
const string: Effect = { kind: 'string' };
const nothing: Effect = { kind: 'nothing' };

const CODES: readonly (readonly [code: number | string, argument: Argument, effect: Effect])[] = [
  ['(', none, { kind: 'mark' }],
  ['.', none, { kind: 'stop' }],
  ['0', none, absorb(1)],
  ['1', none, { kind: 'absorb-to-mark' }],
  ['2', none, { kind: 'duplicate' }],
  ['F', lines(1), opaque()],
  ['I', lines(1), opaque()],
  ['J', fixed(4), opaque()],
  ['K', fixed(1), opaque()],
  ['L', lines(1), opaque()],
  ['M', fixed(2), opaque()],
  ['N', none, opaque()],
  ['P', lines(1), { kind: 'reference', text: true }],
  ['Q', none, { kind: 'reference', text: false }],
  ['R', none, opaque(2)],
  ['S', lines(1), { kind: 'quoted-string' }],
  ['T', counted(4), string],
  ['U', counted(1), string],
  ['V', lines(1), opaque()],
  ['X', counted(4), string],
  ['a', none, absorb(1)],
  ['b', none, absorb(1)],
  ['c', lines(2), opaque()],
  ['d', none, { kind: 'opaque-to-mark' }],
  ['}', none, opaque()],
  ['e', none, { kind: 'absorb-to-mark' }],
  ['g', lines(1), { kind: 'get' }],
  ['h', fixed(1), { kind: 'get' }],
  ['i', lines(2), { kind: 'opaque-to-mark' }],
  ['j', fixed(4), { kind: 'get' }],
  ['l', none, { kind: 'list-to-mark' }],
  [']', none, { kind: 'list' }],
  ['o', none, { kind: 'opaque-to-mark' }],
  ['p', lines(1), { kind: 'put' }],
  ['q', fixed(1), { kind: 'put' }],
  ['r', fixed(4), { kind: 'put' }],
  ['s', none, absorb(2)],
  ['t', none, { kind: 'tuple-to-mark' }],
  [')', none, opaque()],
  ['u', none, { kind: 'absorb-to-mark' }],
  ['G', fixed(8), opaque()],
  [0x80, fixed(1), nothing],
  [0x81, none, opaque(2)],
  [0x82, fixed(1), opaque()],
  [0x83, fixed(2), opaque()],
  [0x84, fixed(4), opaque()],
  [0x85, none, { kind: 'tuple', size: 1 }],
  [0x86, none, { kind: 'tuple', size: 2 }],
  [0x87, none, { kind: 'tuple', size: 3 }],
  [0x88, none, opaque()],
  [0x89, none, opaque()],
  [0x8a, counted(1), opaque()],
  [0x8b, counted(4), opaque()],
  ['B', counted(4), string],
  ['C', counted(1), string],
  [0x8c, counted(1), string],
  [0x8d, counted(8), string],
  [0x8e, counted(8), string],
  [0x8f, none, opaque()],
  [0x90, none, { kind: 'absorb-to-mark' }],
  [0x91, none, { kind: 'opaque-to-mark' }],
  [0x92, none, opaque(3)],
  [0x93, none, opaque(2)],
  [0x94, none, { kind: 'memoize' }],
  [0x95, fixed(8), nothing],
  [0x96, counted(8), opaque()],
  [0x97, none, opaque()],
  [0x98, none, nothing],
];

/** By the opcode's byte; undefined for a byte that is none. */
export const OPCODES: readonly (Opcode | undefined)[] = Array.from({ length: 256 }, (_, byte) => {
  const found = CODES.find(([code]) => (typeof code === 'string' ? code.charCodeAt(0) : code) === byte);
  return found === undefined ? undefined : { argument: found[1], effect: found[2] };
});
