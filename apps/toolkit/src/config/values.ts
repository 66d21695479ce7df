import { isIP } from 'node:net';
import { CLEAR_TEXT_CONSENT, type Listen } from './server-config.js';

export type Read<T> = { readonly value: T } | { readonly problem: string };

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
/** A storage that stays frozen for longer holds up whoever writes. */
const LONGEST_LIFE = 24 * 3600;
const LONGEST_AGE = 1000 * 86_400;

/** `90s`, `15m`, `2h`: seconds. */
export function parseLife(text: string): Read<number> {
  const value = secondsOf(text);
  if (value !== undefined && value <= LONGEST_LIFE) return { value };
  return { problem: `must be a time from "1s" to "24h", such as "15m", not "${text}"` };
}

/** `26h`, `8d`: seconds. */
export function parseAge(text: string): Read<number> {
  const value = secondsOf(text);
  if (value !== undefined && value <= LONGEST_AGE) return { value };
  return { problem: `must be a time from "1s" to "1000d", such as "26h", not "${text}"` };
}

function secondsOf(text: string): number | undefined {
  const match = /^([1-9]\d{0,5})\s*([smhd])$/.exec(text);
  return match === null ? undefined : Number(match[1]) * SECONDS[match[2] as keyof typeof SECONDS];
}

/** What the address of a unix socket begins with. */
export const UNIX = 'unix:';

/** `127.0.0.1:8042`, `[::1]:8042`, `host.example:8042`, `unix:/path`. Port 0: any free one. */
export function parseListen(text: string, mode: number, absolute: (path: string) => string): Read<Listen> {
  if (text.startsWith(UNIX)) return parseSocket(text.slice(UNIX.length), mode, absolute);
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535 || (match?.[1] !== undefined && isIP(host) !== 6))
    return {
      problem: `must be "127.0.0.1:8042", "[::1]:8042" or "unix:/run/holdfast/toolkit.sock", not "${text}"`,
    };
  // One address, not as many as the resolver knows for it.
  return { value: { kind: 'tcp', host: host === 'localhost' ? '127.0.0.1' : host, port } };
}

/** A name in the file system that the kernel takes: 107 bytes. */
const LONGEST_SOCKET = 107;

function parseSocket(text: string, mode: number, absolute: (path: string) => string): Read<Listen> {
  if (text === '') return { problem: 'has no path: "unix:/run/holdfast/toolkit.sock"' };
  const path = absolute(text);
  if (Buffer.byteLength(path) <= LONGEST_SOCKET) return { value: { kind: 'unix', path, mode } };
  return { problem: `the path of a socket can have ${LONGEST_SOCKET} bytes; ${path} is longer` };
}

/** Octal, as for chmod: `0660`. */
export function parseMode(text: string): Read<number> {
  if (/^0?[0-7]{3}$/.test(text)) return { value: Number.parseInt(text, 8) };
  return { problem: `must be permission bits in octal, such as "0660", not "${text}"` };
}

/** An address, a network or `unix`. */
export function proxyProblem(text: string): string | undefined {
  if (text === 'unix') return undefined;
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  const most = family === 4 ? 32 : 128;
  const fits = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= most);
  if (family !== 0 && fits && rest.length === 0) return undefined;
  return `"${text}" is no address or network: "127.0.0.1", "10.0.0.0/8", or "unix" for the unix socket`;
}

/** Whether what is sent there stays on this machine. */
export function isLocal(listen: Listen): boolean {
  if (listen.kind === 'unix') return true;
  const family = isIP(listen.host);
  if (family === 4) return listen.host.startsWith('127.');
  // A host that is no address is whatever a resolver makes of it.
  return family === 6 && /^(0*:)*:?0*1$/.test(listen.host);
}

export function consentProblem(text: string | undefined): string | undefined {
  if (text === undefined || text === CLEAR_TEXT_CONSENT) return undefined;
  return `must be the words "${CLEAR_TEXT_CONSENT}", or be left out`;
}
