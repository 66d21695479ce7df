import { isIPv4, isIPv6 } from 'node:net';

/** Of everybody who comes through a unix socket. */
export const UNIX_SOCKET = 'unix';
/** Begins the keys of connections within this machine, and no address. */
const LOCAL = 'local ';

/**
 * Whom an address stands for: an IPv4 address for itself, an IPv6 address for its /64, of which one customer has all.
 *
 * @param address as Node says it; undefined: a unix socket
 */
export function addressKey(address: string | undefined): string {
  if (address === undefined || address === '') return UNIX_SOCKET;
  const plain = withoutZone(address);
  if (!isIPv6(plain)) return plain;
  const groups = groupsOf(plain);
  if (isMapped(groups)) return bytesOf(plain).slice(12).join('.');
  const network = groups.slice(0, 4).map((group) => group.toString(16));
  return `${network.join(':')}::/64`;
}

/**
 * Of a connection within this machine, whose users share the address.
 *
 * @param address a loopback one
 * @param uid of the process at the other end; undefined: nobody knows
 */
export function localKey(address: string, uid: number | undefined): string {
  const plain = addressKey(address);
  return `${LOCAL}${isIPv4(plain) ? plain : '::1'}${uid === undefined ? '' : ` uid ${uid}`}`;
}

/** Whether several who have nothing to do with each other may come from there, all of this machine. */
export function isShared(key: string): boolean {
  return key === UNIX_SOCKET || key.startsWith(LOCAL);
}

/** 127.0.0.0/8, also written as IPv6, and ::1. */
export function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false;
  const plain = withoutZone(address);
  if (!isIPv4(plain) && !isIPv6(plain)) return false;
  const bytes = bytesOf(plain);
  if (isMapped(groupsOf(plain))) return bytes[12] === 127;
  return bytes.at(-1) === 1 && bytes.slice(0, -1).every((byte) => byte === 0);
}

/** The sixteen bytes of a valid address; of an IPv4 one as IPv6 writes it, `::ffff:a.b.c.d`. */
export function bytesOf(address: string): readonly number[] {
  return groupsOf(address).flatMap((group) => [group >> 8, group & 255]);
}

export function isMapped(groups: readonly number[]): boolean {
  return groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
}

/** The eight groups of a valid address. */
export function groupsOf(address: string): readonly number[] {
  const long = isIPv4(address) ? `::ffff:${address}` : address;
  const hex = long.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) =>
    [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)].map((group) => group.toString(16)).join(':'),
  );
  const [head = '', tail] = hex.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array<string>(zeros).fill('0'), ...after].map((group) => Number.parseInt(group, 16));
}

function withoutZone(address: string): string {
  return address.replace(/%.*$/, '').toLowerCase();
}
