import { dirname, join } from 'node:path';
import { exists, type FileSystem, publishFile, readSmallFile, statIfThere } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import type { Move } from './moves.js';
import { CLAIM, JOURNAL, removeFileDurably, type Work } from './work.js';

/**
 * The journal of intent: published when all is built and checked, removed when all is in its place. A restore
 * that is killed while it is there is finished by the next one; before and after, what it left is only removed.
 * docs/decisions/0032-restore-journal.md
 */
export interface Journal {
  readonly version: 1;
  /** Random; that of the claims. */
  readonly id: string;
  /** `Data.fs` paths whose locks are held while it is worked on. */
  readonly datafs: readonly string[];
  /** All work directories; the journal lies in the last. */
  readonly works: readonly string[];
  readonly moves: readonly Move[];
}

/** In each work directory from the beginning: where the journal will be. */
interface Claim {
  readonly version: 1;
  readonly id: string;
  /** Work directory of the main storage. */
  readonly main: string;
  /** Inode of the directory that it is in: with a disk that is not mounted, a missing journal means nothing. */
  readonly directory: string;
}

const LARGEST = 4 << 20;

export async function publishClaims(fs: FileSystem, id: string, works: readonly Work[]): Promise<void> {
  const main = works.at(-1)!.path;
  const { ino } = await fs.stat(dirname(main));
  const claim: Claim = { version: 1, id, main, directory: ino };
  for (const { path } of works) await publishFile(fs, join(path, CLAIM), `${JSON.stringify(claim)}\n`);
}

export async function publishJournal(fs: FileSystem, journal: Journal): Promise<void> {
  await publishFile(fs, pathOf(journal), `${JSON.stringify(journal)}\n`, { replace: true });
}

/** Durably: only then may the work directories go. */
export async function removeJournal(fs: FileSystem, journal: Journal): Promise<void> {
  await removeFileDurably(fs, pathOf(journal));
}

function pathOf({ works }: Journal): string {
  return join(works.at(-1)!, JOURNAL);
}

/**
 * The journal that a work directory belongs to; undefined: it was never published, or has been removed.
 *
 * @throws HoldfastError `restore.journal` where that cannot be told, or where somebody else wrote it
 */
export async function journalOf(fs: FileSystem, work: Work): Promise<Journal | undefined> {
  const claim = await readOwn<Claim>(fs, join(work.path, CLAIM), isClaim);
  if (claim === undefined) return undefined;
  const path = join(claim.main, JOURNAL);
  if (!(await exists(fs, path))) {
    await expectDirectory(fs, claim, work);
    return undefined;
  }
  const journal = await readOwn<Journal>(fs, path, isJournal);
  return journal?.id === claim.id && journal.works.includes(work.path) ? journal : undefined;
}

async function expectDirectory(fs: FileSystem, { main, directory }: Claim, work: Work): Promise<void> {
  const found = await statIfThere(fs, dirname(main));
  if (found?.ino === directory) return;
  const message = `${work.path} belongs to a restore whose journal was in ${dirname(main)}, which is not there, or not the same directory`;
  throw new HoldfastError('restore.journal', message, {
    path: work.path,
    hint: `Mount the file system of ${dirname(main)}. If it is gone for good, remove ${work.path} by hand.`,
  });
}

/** Root must not do what a file of another user says. */
async function readOwn<T>(
  fs: FileSystem,
  path: string,
  is: (value: unknown) => value is T,
): Promise<T | undefined> {
  if (!(await exists(fs, path))) return undefined;
  const { uid } = await fs.lstat(path);
  const me = process.geteuid?.() ?? uid;
  if (uid !== me && uid !== 0) {
    throw new HoldfastError('restore.journal', `${path} was written by the user with the number ${uid}`, {
      path,
      hint: 'Run the restore as the user who began it.',
    });
  }
  const value = parse((await readSmallFile(fs, path, LARGEST)).toString());
  if (is(value)) return value;
  throw new HoldfastError('restore.journal', `${path} is not what a restore writes`, { path });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isClaim(value: unknown): value is Claim {
  return (
    isRecord(value) &&
    value.version === 1 &&
    isText(value.id) &&
    isPath(value.main) &&
    isText(value.directory)
  );
}

function isJournal(value: unknown): value is Journal {
  if (!isRecord(value) || value.version !== 1 || !isText(value.id)) return false;
  const { datafs, works, moves } = value;
  return (
    [datafs, works].every((list) => Array.isArray(list) && list.every(isPath)) &&
    Array.isArray(moves) &&
    moves.every(isMove)
  );
}

function isMove(value: unknown): value is Move {
  if (!isRecord(value) || !isPath(value.from) || !isPath(value.to)) return false;
  switch (value.kind) {
    case 'keep':
      return typeof value.link === 'boolean';
    case 'empty':
      return isPath(value.until);
    default:
      return value.kind === 'put' || value.kind === 'fill';
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isPath(value: unknown): value is string {
  return isText(value) && value.startsWith('/') && !value.includes('\0') && !value.split('/').includes('..');
}
