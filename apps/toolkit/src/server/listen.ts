import { createConnection } from 'node:net';
import type { FileSystem } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { FastifyInstance } from 'fastify';
import type { Listen } from '../config/server-config.js';

/** @returns the address as an administrator writes it. @throws HoldfastError `toolkit.configuration`, `toolkit.busy` (taken) */
export async function listenOn(app: FastifyInstance, fs: FileSystem, listen: Listen): Promise<string> {
  const shown = listen.kind === 'unix' ? `unix:${listen.path}` : `${listen.host}:${listen.port}`;
  try {
    if (listen.kind === 'tcp') return await app.listen({ host: listen.host, port: listen.port });
    await removeStale(fs, listen.path);
    // A socket is made with the modes that the umask leaves.
    const before = process.umask(0o777 & ~listen.mode);
    try {
      await app.listen({ path: listen.path });
    } finally {
      process.umask(before);
    }
    return shown;
  } catch (cause) {
    throw isHoldfastError(cause) ? cause : listenError(shown, cause as NodeJS.ErrnoException);
  }
}

function listenError(shown: string, cause: NodeJS.ErrnoException): HoldfastError {
  const taken = cause.code === 'EADDRINUSE';
  const message = taken ? `${shown} is taken by another program` : `cannot listen on ${shown}: ${cause.code}`;
  return new HoldfastError(taken ? 'toolkit.busy' : 'toolkit.configuration', message, {
    cause,
    hint: 'Change `listen` in the configuration, or stop the other program.',
  });
}

/** A killed server leaves its socket; nobody answers there any more. */
async function removeStale(fs: FileSystem, path: string): Promise<void> {
  try {
    const { kind } = await fs.lstat(path);
    if (kind !== 'other')
      throw new HoldfastError('toolkit.configuration', `${path} is there already, and is no socket`, {
        path,
      });
  } catch (error) {
    if (isHoldfastError(error, 'fs.not-found')) return;
    throw error;
  }
  if (!(await isAnswered(path))) await fs.unlink(path);
}

/** Only a refusal says that nobody is there: where it is taken, listening says so. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'ECONNREFUSED'));
  });
}
