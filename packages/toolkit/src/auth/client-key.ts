import type { Socket } from 'node:net';
import type { FileSystem } from '@holdfast/durable-fs';
import type { FastifyRequest } from 'fastify';
import { addressKey, isLoopback, localKey } from './address-key.js';
import { peerUid } from './peer-uid.js';

/**
 * From where a request comes, for counting failures: the address that a trusted proxy tells; else that of the connection,
 * and within this machine also the user at the other end, so that none makes another one wait. Asked once for a connection.
 */
export function makeClientKeys(fs: FileSystem): (request: FastifyRequest) => Promise<string> {
  const local = new WeakMap<Socket, Promise<string>>();
  return async (request) => {
    const { socket } = request.raw;
    const { remoteAddress } = socket;
    const isForwarded = (request.ips?.length ?? 0) > 1;
    if (isForwarded || remoteAddress === undefined || !isLoopback(remoteAddress))
      return addressKey(request.ip);
    const known = local.get(socket) ?? peerUid(fs, socket).then((uid) => localKey(remoteAddress, uid));
    local.set(socket, known);
    return await known;
  };
}
