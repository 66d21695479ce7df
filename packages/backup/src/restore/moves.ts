import { dirname, join } from 'node:path';
import { exists, type FileSystem } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { World } from '../run/world.js';
import { isOfRestore } from './work.js';

/**
 * One step of the swap. Each only renames within a file system, so each can be taken back, and what is on the disk
 * says which are done: they are done in order, and taken back in the reverse order.
 *
 * - `keep`: gives what is there another name, one that is free. Done when that name is there. With `link` the old
 *   name stays until the new file takes it.
 * - `put`: gives what was built its name. Done when it is no longer where it was built.
 * - `empty`: moves the content of a directory into another one, until `until` is gone.
 * - `fill`: moves the content of a directory into the emptied one. Done when nothing is left of it.
 */
export type Move =
  | { readonly kind: 'keep'; readonly from: string; readonly to: string; readonly link: boolean }
  | { readonly kind: 'put'; readonly from: string; readonly to: string }
  | { readonly kind: 'empty'; readonly from: string; readonly to: string; readonly until: string }
  | { readonly kind: 'fill'; readonly from: string; readonly to: string };

/** Names beside the new blobs in a mount point that are not exchanged: what was kept before, and what mkfs makes. */
export const KEPT_INSIDE = '.holdfast-old';
const LOST_AND_FOUND = 'lost+found';

/** Does all that are not done. */
export async function runMoves(world: World, moves: readonly Move[]): Promise<void> {
  for (const move of moves) {
    if (await isDone(world.fs, move)) continue;
    await world.failpoint?.(`before:restore-${move.kind}`);
    await run(world.fs, move);
    await world.failpoint?.(`after:restore-${move.kind}`);
  }
}

/** Takes back all that are done or begun. */
export async function undoMoves({ fs }: World, moves: readonly Move[]): Promise<void> {
  for (const move of [...moves].reverse()) await undo(fs, move);
}

/**
 * Compares the moves with the disk before the first of them is gone on with.
 *
 * @throws HoldfastError `restore.journal` where one is done that comes after one that is not
 */
export async function expectInOrder(fs: FileSystem, moves: readonly Move[]): Promise<void> {
  let pending: Move | undefined;
  for (const move of moves) {
    if (!(await isDone(fs, move))) pending ??= move;
    else if (pending !== undefined) {
      const message = `the journal of a killed restore does not fit: ${move.to} was made, but not ${pending.to}`;
      throw new HoldfastError('restore.journal', message, { path: move.to });
    }
  }
}

async function isDone(fs: FileSystem, move: Move): Promise<boolean> {
  switch (move.kind) {
    case 'keep':
      return exists(fs, move.to);
    case 'put':
      return !(await exists(fs, move.from));
    case 'empty':
      return !(await exists(fs, move.until));
    case 'fill':
      return (await exists(fs, move.from)) && (await fs.readDirectory(move.from)).length === 0;
  }
}

async function run(fs: FileSystem, move: Move): Promise<void> {
  const { from, to } = move;
  switch (move.kind) {
    case 'keep':
      return keep(fs, move);
    case 'put':
      return renameDurably(fs, from, to);
    case 'empty':
      if (!(await exists(fs, to))) await fs.makeDirectory(to, 0o700);
      return moveContent(fs, from, to);
    case 'fill':
      return moveContent(fs, from, to);
  }
}

async function keep(fs: FileSystem, { from, to, link }: Move & { readonly kind: 'keep' }): Promise<void> {
  if (!link) return renameDurably(fs, from, to);
  try {
    await fs.link(from, to);
  } catch (error) {
    if (!isHoldfastError(error, 'fs.cannot-link') && !isHoldfastError(error, 'fs.permission')) throw error;
    return renameDurably(fs, from, to);
  }
  await fs.syncDirectory(dirname(to));
}

async function undo(fs: FileSystem, move: Move): Promise<void> {
  const { from, to } = move;
  switch (move.kind) {
    case 'keep':
      if (!(await exists(fs, to))) return;
      if (!(await areOne(fs, from, to))) return renameDurably(fs, to, from);
      await fs.unlink(to);
      return fs.syncDirectory(dirname(to));
    case 'put':
      return (await exists(fs, from)) ? undefined : renameDurably(fs, to, from);
    case 'empty':
      return (await exists(fs, to)) ? refill(fs, from, to) : undefined;
    case 'fill':
      return (await exists(fs, from)) ? moveContent(fs, to, from) : undefined;
  }
}

async function refill(fs: FileSystem, directory: string, taken: string): Promise<void> {
  await moveContent(fs, taken, directory);
  await fs.removeDirectory(taken);
  await fs.syncDirectory(dirname(taken));
}

/** Two names of one file. */
async function areOne(fs: FileSystem, a: string, b: string): Promise<boolean> {
  if (!(await exists(fs, a))) return false;
  const [first, second] = [await fs.lstat(a), await fs.lstat(b)];
  return first.dev === second.dev && first.ino === second.ino;
}

async function renameDurably(fs: FileSystem, from: string, to: string): Promise<void> {
  await fs.rename(from, to);
  await fs.syncDirectory(dirname(to));
  if (dirname(from) !== dirname(to)) await fs.syncDirectory(dirname(from));
}

/** Safe to go on with after a kill: what has been moved is no longer there to be moved. */
async function moveContent(fs: FileSystem, from: string, to: string): Promise<void> {
  const names = (await fs.readDirectory(from)).map(({ name }) => name);
  for (const name of names.filter((candidate) => !staysInside(candidate))) {
    await fs.rename(join(from, name), join(to, name));
  }
  await fs.syncDirectory(to);
  await fs.syncDirectory(from);
}

function staysInside(name: string): boolean {
  return isOfRestore(name) || name.startsWith(KEPT_INSIDE) || name === LOST_AND_FOUND;
}
