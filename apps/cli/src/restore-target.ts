import { dirname } from 'node:path';
import { exists, type FileStat, nodeFileSystem, statIfThere } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import { probeStorageLock } from '@holdfast/lockfile';
import type { Context } from './context.js';

/** Before anything else is looked at. @throws HoldfastError `usage` where standard output cannot take a `Data.fs` */
export function refuseTerminal({ output, streams }: Context): void {
  if (output.json) {
    throw new HoldfastError('usage', '--json and --output - exclude each other: both are standard output');
  }
  if (!streams.stdout.isTTY) return;
  throw new HoldfastError('usage', 'standard output is a terminal: a Data.fs is not for the eye', {
    hint: 'Redirect it, or give a file with --output.',
  });
}

/** The file that a restore makes or replaces. */
export interface RestoreTarget {
  readonly path: string;
  /** What is there now; undefined: nothing. */
  readonly present: FileStat | undefined;
  /** Whether there is a `.old` already, so that the replaced file is kept under another name. */
  readonly oldIsTaken: boolean;
}

/** Looks at the target before anything is asked or done. @throws HoldfastError when nothing can be restored there */
export async function inspectTarget(path: string): Promise<RestoreTarget> {
  const present = await statIfThere(nodeFileSystem, path);
  if (present === undefined) await needPlace(path);
  else if (present.kind !== 'file') {
    const what = present.kind === 'directory' ? 'it is a directory' : 'it is not a regular file';
    throw new HoldfastError('fs.not-a-regular-file', `cannot restore to ${path}: ${what}`, { path });
  }
  return { path, present, oldIsTaken: await exists(nodeFileSystem, `${path}.old`) };
}

async function needPlace(path: string): Promise<void> {
  const directory = dirname(path);
  if ((await statIfThere(nodeFileSystem, directory)) === undefined) {
    throw new HoldfastError('fs.not-found', `there is no directory ${directory} to restore to`, {
      path,
      hint: `Make it as the user that Zope runs as (mkdir -p ${directory}), or give another place with --output.`,
    });
  }
  if (await exists(nodeFileSystem, path)) {
    const message = `cannot restore to ${path}: it is a link to a file that does not exist`;
    throw new HoldfastError('fs.not-found', message, { path, hint: 'Remove the link, or make its target.' });
  }
}

/** Refuses a storage that a ZODB has open. @throws HoldfastError `restore.target-in-use` */
export async function refuseInUse(target: string): Promise<void> {
  const state = await probeStorageLock(target);
  if (!state.held) return;
  const who = state.pid === undefined ? 'a running process' : `process ${state.pid}`;
  throw new HoldfastError('restore.target-in-use', `${target} is in use: ${who} holds ${state.path}`, {
    path: target,
    details: { pid: state.pid, lock: state.path },
  });
}
