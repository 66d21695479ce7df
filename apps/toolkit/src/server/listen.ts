import { createConnection } from 'node:net';
import { dirname } from 'node:path';
import type { FileSystem } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { FastifyInstance } from 'fastify';
import type { Listen } from '../config/server-config.js';

/** @returns the address as an administrator writes it. @throws HoldfastError `toolkit.configuration`, `toolkit.busy` (taken) */
export async function listenOn(app: FastifyInstance, fs: FileSystem, listen: Listen): Promise<string> {
  const shown = listen.kind === 'unix' ? `unix:${listen.path}` : `${listen.host}:${listen.port}`;
  try {
    if (listen.kind === 'tcp') return await app.listen({ host: listen.host, port: listen.port });
    await expectDirectory(fs, dirname(listen.path));
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
    throw isHoldfastError(cause) ? cause : listenError(listen, shown, cause as NodeJS.ErrnoException);
  }
}

function listenError({ kind }: Listen, shown: string, cause: NodeJS.ErrnoException): HoldfastError {
  const { code = cause.message } = cause;
  const taken = code === 'EADDRINUSE';
  const message = taken ? `${shown} is taken by another program` : `cannot listen on ${shown}: ${code}`;
  return new HoldfastError(taken ? 'toolkit.busy' : 'toolkit.configuration', message, {
    cause,
    hint: HINTS[kind][code] ?? 'Change `listen` in the configuration.',
  });
}

const TAKEN = 'Stop the other program, or change `listen` in the configuration.';

const HINTS: Readonly<Record<Listen['kind'], Readonly<Record<string, string>>>> = {
  tcp: {
    EADDRINUSE: TAKEN,
    EADDRNOTAVAIL:
      'This machine has no such address: change `listen` in the configuration to one that it has.',
    ENOTFOUND: 'No address is known for that name: change `listen` in the configuration.',
    EACCES: 'Ports below 1024 are for root: take a higher one in `listen`, and let a proxy stand before it.',
  },
  unix: {
    EADDRINUSE: TAKEN,
    EACCES:
      'Let the user of the server write to the directory of the socket, or change `listen` in the configuration.',
  },
};

/** Without one Node says that the user may not. */
async function expectDirectory(fs: FileSystem, directory: string): Promise<void> {
  try {
    await fs.stat(directory);
  } catch (cause) {
    if (!isHoldfastError(cause, 'fs.not-found')) throw cause;
    throw new HoldfastError(
      'toolkit.configuration',
      `the directory ${directory} of the socket is not there`,
      {
        cause,
        path: directory,
        hint: 'Make it for the user of the server (RuntimeDirectory= of systemd does), or change `listen` in the configuration.',
      },
    );
  }
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
