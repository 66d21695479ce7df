import { dirname } from 'node:path';
import {
  type Clock,
  type FileStat,
  type FileSystem,
  nodeFileSystem,
  systemClock,
} from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { AuthLog } from './auth/auth-log.js';
import { LiveUsers } from './auth/live-users.js';
import { expectOwnState } from './state-directory.js';
import type { ToolkitPluginOptions } from './toolkit-plugin.js';

interface StartCheck extends Pick<ToolkitPluginOptions, 'state' | 'access'> {
  readonly fs?: FileSystem | undefined;
  readonly clock?: Clock | undefined;
}

/** Nobody reads along. */
const SILENT: AuthLog = { info() {}, warn() {}, error() {} };

/**
 * What a start of the plugin would refuse in its access file and its state directory, as this user of the system. Only
 * reads; whether another server has the state directory is not looked at.
 *
 * @returns errors `toolkit.access`, `toolkit.configuration`, or of the `fs.` family; none: the server would start
 */
export async function startProblems({
  state,
  access,
  fs = nodeFileSystem,
  clock = systemClock,
}: StartCheck): Promise<readonly HoldfastError[]> {
  const looks = [() => expectUsableState(fs, state), () => new LiveUsers(fs, access, clock, SILENT).open()];
  const problems: HoldfastError[] = [];
  for (const look of looks) {
    try {
      await look();
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
      problems.push(error);
    }
  }
  return problems;
}

async function expectUsableState(fs: FileSystem, state: string): Promise<void> {
  const { path, stat } = await nearest(fs, state);
  if (path === state) expectOwnState(state, stat);
  const what = stat.kind === 'directory' ? await whyNotWritable(fs, path) : `${path} is no directory`;
  if (what === undefined) return;
  const message =
    path === state
      ? `the state directory ${state} cannot be used: ${what}`
      : `the state directory ${state} is not there and cannot be made: ${what}`;
  throw new HoldfastError('toolkit.configuration', message, {
    path: state,
    hint: `Make it for the user of the server: install -d -m 0700 -o USER ${state}`,
  });
}

/** The path itself, or the nearest directory above it that is there. */
async function nearest(
  fs: FileSystem,
  path: string,
): Promise<{ readonly path: string; readonly stat: FileStat }> {
  try {
    return { path, stat: await fs.stat(path) };
  } catch (error) {
    if (!isHoldfastError(error, 'fs.not-found') || dirname(path) === path) throw error;
    return await nearest(fs, dirname(path));
  }
}

async function whyNotWritable(fs: FileSystem, path: string): Promise<string | undefined> {
  try {
    await fs.expectWritable(path);
    return undefined;
  } catch (error) {
    if (isHoldfastError(error, 'fs.permission')) return `this user cannot write to ${path}`;
    if (isHoldfastError(error, 'fs.read-only')) return `the file system of ${path} is read-only`;
    throw error;
  }
}
