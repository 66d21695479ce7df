import { nodeFileSystem } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import { readConfiguration } from '../../src/config/read.js';
import { type InitRequest, planInit } from '../../src/init/plan.js';
import { applyWrites } from '../../src/init/write.js';

const PROGRAM = ['/usr/bin/node', '/opt/hold fast/holdfast.js'];

/** What `holdfast init` would do in a directory. */
export const plan = (cwd: string, request: Partial<InitRequest> = {}) =>
  planInit(nodeFileSystem, { cwd, program: PROGRAM, env: { HOME: '/home/admin' }, ...request });

/** As `plan`, done. */
export async function init(cwd: string, request: Partial<InitRequest> = {}) {
  const made = await plan(cwd, request);
  await applyWrites(nodeFileSystem, made.writes);
  return made;
}

/** The configuration of a site, as it is afterwards. */
export const read = (cwd: string) => readConfiguration(nodeFileSystem, { cwd, env: { HOME: '/home/admin' } });

/** The code and message of the error that it ends with, or `none`. */
export async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'none';
  } catch (error) {
    return isHoldfastError(error) ? `${error.code}: ${error.message}` : String(error);
  }
}
