/**
 * Pickles of protocol 3 for plain data and persistent references, as ZODB's object records hold them
 * (ZODB/serialize.py: two pickles, the class and the state). No memo: nothing in a sample is shared.
 */

/** A persistent reference: the oid and the class of the object. */
export class Reference {
  constructor(
    readonly oid: bigint,
    readonly className: string,
  ) {}
}

/** A text that is there as ASCII bytes. */
export class Ascii {
  constructor(readonly bytes: Buffer) {}
}

export type Picklable =
  | null
  | boolean
  | number
  | string
  | Ascii
  | Uint8Array
  | Reference
  | readonly Picklable[]
  | { readonly [key: string]: Picklable };

export const PERSISTENT_MAPPING = 'persistent.mapping PersistentMapping';

/** An object's record: its class, and its state. */
export function objectRecord(className: string, state: Picklable): Buffer {
  const out: Buffer[] = [constant(`\x80\x03${global(className)}.\x80\x03`)];
  encode(state, out);
  out.push(constant('.'));
  return Buffer.concat(out);
}

/** The record of a PersistentMapping with this content. */
export function mappingRecord(data: { readonly [key: string]: Picklable }): Buffer {
  return objectRecord(PERSISTENT_MAPPING, { data });
}

function encode(value: Picklable, out: Buffer[]): void {
  if (value === null) out.push(constant('N'));
  else if (typeof value === 'boolean') out.push(constant(value ? '\x88' : '\x89'));
  else if (typeof value === 'number') out.push(number(value));
  else if (typeof value === 'string') sized('X', Buffer.from(value), out);
  else if (value instanceof Ascii) sized('X', value.bytes, out);
  else if (value instanceof Uint8Array) sized('B', Buffer.from(value), out);
  else if (value instanceof Reference) reference(value, out);
  else if (Array.isArray(value)) list(value as readonly Picklable[], out);
  else dict(value as { readonly [key: string]: Picklable }, out);
}

function list(items: readonly Picklable[], out: Buffer[]): void {
  out.push(constant(']('));
  for (const item of items) encode(item, out);
  out.push(constant('e'));
}

function dict(entries: { readonly [key: string]: Picklable }, out: Buffer[]): void {
  out.push(constant('}('));
  for (const key of Object.keys(entries)) {
    encode(key, out);
    encode(entries[key]!, out);
  }
  out.push(constant('u'));
}

/** The tuple (oid, class), handed to the unpickler's persistent_load. */
function reference({ oid, className }: Reference, out: Buffer[]): void {
  const bytes = Buffer.allocUnsafe(10);
  bytes.write('C\x08', 'latin1');
  bytes.writeBigUInt64BE(oid, 2);
  out.push(bytes, constant(`${global(className)}\x86Q`));
}

function number(value: number): Buffer {
  if (Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31) {
    const bytes = Buffer.from('J....');
    bytes.writeInt32LE(value, 1);
    return bytes;
  }
  const bytes = Buffer.from('G........');
  bytes.writeDoubleBE(value, 1);
  return bytes;
}

function sized(code: 'X' | 'B', content: Buffer, out: Buffer[]): void {
  const start = Buffer.allocUnsafe(5);
  start[0] = code.charCodeAt(0);
  start.writeUInt32LE(content.length, 1);
  out.push(start, content);
}

function global(className: string): string {
  return `c${className.replace(' ', '\n')}\n`;
}

const constants = new Map<string, Buffer>();

/** The bytes of opcodes that come again and again: the benchmark's storages have a million records. */
function constant(text: string): Buffer {
  let bytes = constants.get(text);
  if (bytes === undefined) {
    bytes = Buffer.from(text, 'latin1');
    constants.set(text, bytes);
  }
  return bytes;
}
