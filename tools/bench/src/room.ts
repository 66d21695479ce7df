import { mkdir, statfs } from 'node:fs/promises';
import type { Options } from './options.js';
import { megabytes } from './size.js';

/** Checks that the disk has room for the storages, their repositories and what is recovered from them. */
export async function expectRoom({ size, large, targetDirectory }: Options): Promise<void> {
  await mkdir(targetDirectory, { recursive: true });
  const { bavail, bsize } = await statfs(targetDirectory);
  const [needed, free] = [8 * size + 2 * large, bavail * bsize];
  if (free >= needed) return;
  throw new Error(`${targetDirectory} needs ${megabytes(needed)} of free space and has ${megabytes(free)}`);
}
