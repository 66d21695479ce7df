import { nodeFileSystem } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import { readConfiguration } from '../../src/config/read.js';
import type { Configuration } from '../../src/config.js';
import { HOME } from '../site.js';

/** The configuration that is found from a directory, or the given file. */
export const read = (cwd: string, file?: string) =>
  readConfiguration(nodeFileSystem, { cwd, file, env: { HOME } });

/** The main storage. */
export const main = ({ storages }: Configuration) => storages.at(-1)!;

/** The code of the error that it ends with, or `none`. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'none';
  } catch (error) {
    return isHoldfastError(error) ? error.code : String(error);
  }
}
