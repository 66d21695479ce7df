import { dirname } from 'node:path';
import {
  exists,
  type FileSystem,
  makeDirectories,
  publishFile,
  renameWithoutReplacing,
} from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import { readTextFile } from './read-files.js';
import { MARK } from './scripts.js';

/** A file that `holdfast init` writes. */
export interface Write {
  readonly kind: 'configuration' | 'script';
  readonly path: string;
  readonly text: string;
  /** Permission bits. */
  readonly mode: number;
  /** `replace`: what is there is ours, or is kept first. */
  readonly action: 'create' | 'replace' | 'none';
  /** Where the file that is there will be kept; undefined: there is none, it is our script, or it is kept already. */
  readonly keepAs: string | undefined;
}

export interface WriteRequest {
  readonly kind: Write['kind'];
  readonly path: string;
  readonly text: string;
  readonly mode: number;
  readonly force: boolean;
}

/** How a script of somebody else is kept, once. */
const KEPT = '.before-holdfast';

/**
 * A configuration that is there is replaced with `force` only; a foreign script is kept beside the new one, and only
 * once without `force`.
 *
 * @throws HoldfastError `init.exists`
 */
export async function planWrite(fs: FileSystem, request: WriteRequest): Promise<Write> {
  const { kind, path, text, mode, force } = request;
  const write = { kind, path, text, mode };
  if (!(await exists(fs, path))) return { ...write, action: 'create', keepAs: undefined };
  const there = await readTextFile(fs, path);
  if (there === text) return { ...write, action: 'none', keepAs: undefined };
  if (kind === 'script' && there.split('\n')[1]?.startsWith(MARK) === true)
    return { ...write, action: 'replace', keepAs: undefined };
  const kept = `${path}${kind === 'script' ? KEPT : '.old'}`;
  const taken = await exists(fs, kept);
  // A run that was killed has kept it already.
  const keptAlready = taken && (await readTextFile(fs, kept)) === there;
  if (keptAlready && (force || kind === 'script')) return { ...write, action: 'replace', keepAs: undefined };
  if (!force && (kind === 'configuration' || taken))
    throw refused(path, taken && kind === 'script' ? kept : undefined);
  return { ...write, action: 'replace', keepAs: taken ? await freeName(fs, kept) : kept };
}

function refused(path: string, kept: string | undefined): HoldfastError {
  const message =
    kept === undefined
      ? `${path} is there already`
      : `${path} is not Holdfast's, and ${kept} is there already`;
  return new HoldfastError('init.exists', message, { path });
}

async function freeName(fs: FileSystem, base: string): Promise<string> {
  for (let n = 2; ; n += 1) if (!(await exists(fs, `${base}.${n}`))) return `${base}.${n}`;
}

/**
 * Writes what was planned: each file appears whole, and the one before it has its other name first.
 *
 * @throws HoldfastError of the `fs.` family; `fs.exists` where a file came meanwhile
 */
export async function applyWrites(fs: FileSystem, writes: readonly Write[]): Promise<void> {
  for (const { path, text, mode, action, keepAs } of writes) {
    if (action === 'none') continue;
    await makeDirectories(fs, dirname(path), 0o755);
    if (keepAs !== undefined) await keep(fs, path, keepAs);
    await publishFile(fs, path, text, { mode, replace: action === 'replace' });
  }
}

/** The name is never without a file, where the file system has hard links. */
async function keep(fs: FileSystem, path: string, keepAs: string): Promise<void> {
  try {
    await fs.link(path, keepAs);
  } catch (error) {
    if (!isHoldfastError(error, 'fs.cannot-link')) throw error;
    await renameWithoutReplacing(fs, path, keepAs);
  }
  await fs.syncDirectory(dirname(path));
}
