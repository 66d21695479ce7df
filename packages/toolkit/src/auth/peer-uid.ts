/** Whose process is at the other end of a connection within this machine. Linux tells it: proc(5), `/proc/net/tcp`. */
import { isIP } from 'node:net';
import { endianness } from 'node:os';
import type { FileSystem } from '@holdfast/durable-fs';
import { bytesOf, groupsOf, isMapped } from './address-key.js';

/** As a socket of Node says them: `local` is this end. */
export interface SocketEnds {
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}

/** An IPv4 connection stands in the second one where the other end made an IPv6 socket for it. */
const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];
const CHUNK = 64 << 10;
/** Of a table, bytes: some hundred thousand connections. */
const LONGEST_TABLE = 16 << 20;
/** A row has 150 bytes; IPv6, 180. */
const LONGEST_ROW = 512;

/** Undefined where it cannot be read, or the other end is closed. */
export async function peerUid(fs: FileSystem, ends: SocketEnds): Promise<number | undefined> {
  const row = rowOf(ends);
  if (row === undefined) return undefined;
  for (const path of TABLES) {
    const uid = await uidInFile(fs, path, row).catch(() => undefined);
    if (uid !== undefined) return uid;
  }
  return undefined;
}

/**
 * What the other end's row looks like in either table; its first group is the uid. A row without an inode has no process any
 * more, and tells root as its user: it does not count. Pure.
 *
 * @param order of the bytes of this machine: addresses are written as its 32-bit numbers
 */
export function rowOf(
  { localAddress, localPort, remoteAddress, remotePort }: SocketEnds,
  order: 'LE' | 'BE' = endianness(),
): RegExp | undefined {
  const [remote, local] = [remoteAddress, localAddress].map((address) => address?.replace(/%.*$/, '') ?? '');
  if (remote === undefined || local === undefined || remotePort === undefined || localPort === undefined)
    return undefined;
  if (isIP(remote) === 0 || isIP(local) === 0) return undefined;
  const rowEnds = (hexOf: (address: string) => string) =>
    `${hexOf(remote)}:${hex(remotePort, 4)} ${hexOf(local)}:${hex(localPort, 4)}`;
  const forms = [rowEnds((address) => words(bytesOf(address), order))];
  if (isMapped(groupsOf(remote))) forms.push(rowEnds((address) => words(bytesOf(address).slice(12), order)));
  return new RegExp(
    `^ *\\d+: (?:${forms.join('|')}) [0-9A-F]+ [0-9A-F:]+ [0-9A-F:]+ [0-9A-F]+ +(\\d+) +\\d+ [1-9]\\d* `,
    'm',
  );
}

export function uidIn(text: string, row: RegExp): number | undefined {
  const uid = row.exec(text)?.[1];
  return uid === undefined ? undefined : Number(uid);
}

/** The table has no size, and comes in pieces. */
async function uidInFile(fs: FileSystem, path: string, row: RegExp): Promise<number | undefined> {
  const file = await fs.openRead(path);
  try {
    const chunk = Buffer.alloc(CHUNK);
    let rest = '';
    for (let at = 0; at < LONGEST_TABLE; ) {
      const count = await file.read(chunk, at);
      if (count === 0) return undefined;
      const text = rest + chunk.toString('latin1', 0, count);
      const uid = uidIn(text, row);
      if (uid !== undefined) return uid;
      rest = text.slice(-LONGEST_ROW);
      at += count;
    }
    return undefined;
  } finally {
    await file.close();
  }
}

function words(bytes: readonly number[], order: 'LE' | 'BE'): string {
  const starts = Array.from({ length: bytes.length / 4 }, (_, index) => index * 4);
  return starts
    .flatMap((at) => (order === 'LE' ? bytes.slice(at, at + 4).reverse() : bytes.slice(at, at + 4)))
    .map((byte) => hex(byte, 2))
    .join('');
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}
