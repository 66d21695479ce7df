import { execFile } from 'node:child_process';
import { HoldfastError } from '@holdfast/errors';
import { fsError } from './fs-error.js';

/**
 * Makes everything on the file system that holds `path` durable, by one call of `syncfs` (through `sync -f` of GNU
 * coreutils): the way to make many small files durable. False where the system has no such command; then the caller
 * syncs file by file.
 *
 * @throws HoldfastError `fs.io` when something of it could not be written
 */
export async function syncFileSystem(path: string): Promise<boolean> {
  const { error, said } = await run('sync', ['-f', '--', path]);
  if (error === null) return true;
  if (error.code === 'ENOENT' || /option|usage/i.test(said)) return false;
  if (/No such file/.test(said)) throw fsError({ code: 'ENOENT' }, 'sync', path);
  throw new HoldfastError('fs.io', `cannot sync the file system of ${path}: ${said.trim()}`, {
    path,
    cause: error,
  });
}

interface Outcome {
  readonly error: { readonly code?: unknown } | null;
  readonly said: string;
}

function run(file: string, args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    // The messages are looked at: in no language but one.
    const env = { ...process.env, LC_ALL: 'C' };
    execFile(file, args, { env }, (error, _, said) => resolve({ error, said }));
  });
}
