import type { Server, Socket } from 'node:net';
import { addressKey } from '@holdfast/toolkit';
import type { FastifyBaseLogger } from 'fastify';

export interface PeerLimit {
  /** Open connections of one peer; those beyond are closed at once. */
  readonly most: number;
  /** Peers who stand for many others. */
  isExempt(address: string | undefined): boolean;
}

/** No address takes all the connections of a server. An IPv6 address counts as its /64. */
export function limitConnections(
  server: Server,
  { most, isExempt }: PeerLimit,
  log: FastifyBaseLogger,
): void {
  const open = new Map<string, number>();
  let refused = 0;
  server.on('connection', (socket: Socket) => {
    // Node forgets the address of a connection that is closed before anybody has asked for it.
    const { remoteAddress } = socket;
    if (isExempt(remoteAddress)) return;
    const peer = addressKey(remoteAddress);
    const count = (open.get(peer) ?? 0) + 1;
    if (count > most) {
      socket.destroy();
      refused += 1;
      // The first, the tenth, the hundredth: a flood of connections is no flood of lines.
      if (/^10*$/.test(String(refused)))
        log.warn({ address: peer, most, times: refused }, 'an address has too many connections');
      return;
    }
    open.set(peer, count);
    socket.once('close', () => {
      const left = (open.get(peer) ?? 0) - 1;
      if (left > 0) open.set(peer, left);
      else open.delete(peer);
    });
  });
}
