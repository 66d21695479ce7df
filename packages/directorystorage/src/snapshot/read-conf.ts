import { join } from 'node:path';
import { readSmallFile } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import { type Method, methodsOf, parseSnapshotConf, problemsOf } from '@holdfast/snapshot-conf';
import { logOf, type SnapshotEngine } from './engine.js';

const LONGEST = 1 << 20;

export interface Conf {
  readonly path: string;
  readonly methods: readonly Method[];
}

/** Where a DirectoryStorage has its own. */
export function defaultConfPath(directory: string): string {
  return join(directory, 'config', 'snapshot.conf');
}

/**
 * The methods of a `snapshot.conf`, what is wrong in it told. A missing file means `direct`. One that is there and cannot be
 * read is an error: it may say `nodirect`.
 *
 * @throws HoldfastError `snapshot.conf`
 */
export async function readConf(engine: SnapshotEngine, path: string): Promise<Conf> {
  const log = logOf(engine);
  const lines = parseSnapshotConf(await textOf(engine, path));
  for (const { line, reason } of problemsOf(lines))
    log.message(`malformed line ${line} in ${path} (${reason}; skipped)`);
  return { path, methods: methodsOf(lines) };
}

async function textOf(engine: SnapshotEngine, path: string): Promise<string> {
  try {
    const real = await engine.fs.realPath(path);
    return (await readSmallFile(engine.fs, real, LONGEST)).toString('utf8');
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    if (error.code !== 'fs.not-found') {
      throw new HoldfastError('snapshot.conf', `${path} cannot be read: ${error.message}`, {
        path,
        cause: error,
      });
    }
    logOf(engine).message(`failed to open ${path}`);
    return '';
  }
}
