import { join } from 'node:path';
import { exists, type FileSystem, throwIfCancelled } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import { isMark, parseName } from './names.js';

/** What the journal holds (docs/formats/directorystorage.md, section 5). */
export interface JournalPlan {
  /** Directories of whole transactions, oldest first: to be rolled forward. */
  readonly done: readonly string[];
  /** Directories of transactions that were never finished: to be removed. */
  readonly abandoned: readonly string[];
}

const TRANSACTION_DIRECTORY = /^working_[0-9A-F]{16}_(done|temp)$/;
const REPLICA = 'replica.tar';

/**
 * Reads the journal and changes nothing.
 *
 * @throws HoldfastError `directorystorage.replica`, or `directorystorage.journal` that names what does not belong there
 */
export async function planJournal(
  fs: FileSystem,
  journal: string,
  signal?: AbortSignal,
): Promise<JournalPlan> {
  const entries = (await fs.readDirectory(journal)).filter(({ name }) => !isMark(name));
  if (entries.some(({ name }) => name === REPLICA)) throw replicaWaits(journal);
  const strange = entries.find(({ name, kind }) => kind !== 'directory' || !TRANSACTION_DIRECTORY.test(name));
  if (strange !== undefined) throw strangeEntry(journal, strange.name);
  const names = entries.map(({ name }) => name).sort();
  const done = names.filter((name) => name.endsWith('_done'));
  for (const name of names) {
    throwIfCancelled(signal);
    await expectTransactionFiles(fs, join(journal, name), name.endsWith('_done'));
  }
  return { done, abandoned: names.filter((name) => !done.includes(name)) };
}

/**
 * Until it is unpacked, `A` is an old state, whatever `misc/snapshot` says.
 *
 * @throws HoldfastError `directorystorage.replica`
 */
export async function expectNoReplica(fs: FileSystem, directory: string): Promise<void> {
  const journal = join(directory, 'journal');
  if (await exists(fs, join(journal, REPLICA))) throw replicaWaits(journal);
}

function replicaWaits(journal: string): HoldfastError {
  const path = join(journal, REPLICA);
  return new HoldfastError('directorystorage.replica', `${path} waits to be unpacked`, { path });
}

/** An abandoned transaction may hold torn files, but files only. */
async function expectTransactionFiles(fs: FileSystem, path: string, done: boolean): Promise<void> {
  for (const { name, kind } of await fs.readDirectory(path)) {
    const known = isMark(name) || !done || parseName(name) !== undefined;
    if (kind !== 'file' || !known) throw strangeEntry(path, name);
  }
}

export function strangeEntry(directory: string, name: string): HoldfastError {
  const path = join(directory, name);
  return new HoldfastError('directorystorage.journal', `${path} does not belong there`, { path });
}
