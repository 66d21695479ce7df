import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BulkReads } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import { IdBitmap } from './check/id-bitmap.js';
import { halves } from './check/id-list.js';
import { pathOf } from './layout.js';
import { currentName, NO_TID, revisionName, transactionName, X_OID, X_PACKED, X_SERIAL } from './names.js';
import { parseRoot } from './object-file.js';
import type { StorageDirectory } from './open-storage.js';
import { previousTransaction, transactionFileFault, transactionOids } from './transaction-file.js';

const LONGEST_FILE = 2 ** 31 - 1;

/** What is needed of a storage to find its files. */
export type StoragePlace = Pick<StorageDirectory, 'directory' | 'settings'>;

/** The ids that a storage is known by at a moment; 16 upper-case hex digits each. */
export interface StorageState {
  /** Tid of the last transaction. */
  readonly serial: string;
  /** Tid before which a pack may have removed history; zeros where there was none. */
  readonly lastPack: string;
}

/** @throws HoldfastError `directorystorage.damaged`, or one of the `fs.` family */
export function readState(bulk: BulkReads, storage: StoragePlace): StorageState {
  const root = (name: string) => {
    const path = `${storage.directory}/${below(storage, name)}`;
    const bytes = bulk.readFile(path, LONGEST_FILE);
    if (bytes === undefined && name === X_PACKED) return NO_TID;
    return parseRoot(bytes ?? Buffer.alloc(0), path);
  };
  return { serial: root(X_SERIAL), lastPack: root(X_PACKED) };
}

/**
 * Whether all changes since a transaction can be told.
 *
 * @throws HoldfastError `directorystorage.unsupported` for a Minimal storage, which keeps no history;
 *   `directorystorage.reference` when the transaction is later than the last one or a pack went past it
 */
function expectReference(storage: StorageDirectory, state: StorageState, since: string): void {
  const { directory, settings } = storage;
  if (settings.classname !== 'Full') {
    const message = `${directory} is a ${settings.classname} storage, which does not know what is new`;
    throw new HoldfastError('directorystorage.unsupported', message, {
      path: directory,
      hint: 'Make full backups of it.',
    });
  }
  const why =
    since > state.serial
      ? `is later than the last one, ${state.serial}`
      : `was packed away: ${directory} was packed up to ${state.lastPack}`;
  if (since > state.serial || since < state.lastPack) {
    throw new HoldfastError('directorystorage.reference', `transaction ${since} ${why}`, { path: directory });
  }
}

/**
 * The files that transactions after `since` wrote, as paths below the storage's directory: `x.serial` and `x.oid`, then
 * for each transaction, newest first, its own file, of each of its objects the file that names the current revision
 * (once in all), and the revision. Nothing when there was no transaction. The storage must be frozen.
 *
 * Memory: one bit for each object that changed.
 *
 * @param reference `any`: a moment, whether or not a transaction has that tid; `in-history`: what has everything up to
 *   `since` is to be brought up to date with the files, so the storage must come from there
 * @throws HoldfastError as `expectReference`; `directorystorage.damaged`; `directorystorage.reference` at the end when
 *   `since` is not in the history and should be
 */
export function* changedFiles(
  bulk: BulkReads,
  storage: StorageDirectory,
  since: string,
  reference: 'any' | 'in-history' = 'any',
): Generator<string> {
  const state = readState(bulk, storage);
  expectReference(storage, state, since);
  if (state.serial === since) return;
  yield below(storage, X_SERIAL);
  yield below(storage, X_OID);
  const seen = new IdBitmap();
  let tid = state.serial;
  while (tid > since) {
    const path = below(storage, transactionName(tid));
    const bytes = readTransaction(bulk, storage, path, tid);
    const oids = [...transactionOids(bytes)];
    const previous = previousTransaction(bytes);
    yield path;
    for (const oid of oids) {
      const { high, low } = halves(oid);
      if (seen.add(high, low)) yield below(storage, currentName(oid));
      yield below(storage, revisionName(oid, tid));
    }
    tid = previous;
  }
  if (reference === 'in-history' && tid !== since) throw notInHistory(storage, since);
}

function notInHistory({ directory }: StorageDirectory, since: string): HoldfastError {
  return new HoldfastError(
    'directorystorage.reference',
    `transaction ${since} is not in the history of ${directory}: that backup was made of another storage, or before an older state was restored`,
    { path: directory },
  );
}

/** So many transactions, and signals are heard again. */
const TURN = 256;

/**
 * Whether the history of a storage, followed back from its last transaction, comes by a transaction.
 *
 * @throws HoldfastError `directorystorage.damaged`
 */
export async function isInHistory(bulk: BulkReads, storage: StoragePlace, wanted: string): Promise<boolean> {
  let { serial: tid } = readState(bulk, storage);
  for (let read = 1; tid > wanted; read++) {
    if (read % TURN === 0) await nextTurn();
    tid = previousTransaction(readTransaction(bulk, storage, below(storage, transactionName(tid)), tid));
  }
  return tid === wanted;
}

function readTransaction(bulk: BulkReads, storage: StoragePlace, path: string, tid: string): Buffer {
  const bytes = bulk.readFile(`${storage.directory}/${path}`, LONGEST_FILE);
  const found = bytes === undefined ? 'missing' : transactionFileFault(bytes, tid);
  // A check tells of reserved bytes; what is read here can be relied on all the same.
  const fault = found === 'reserved' ? undefined : found;
  const backwards = bytes !== undefined && fault === undefined && previousTransaction(bytes) >= tid;
  if (bytes === undefined || fault !== undefined || backwards) {
    const what = backwards
      ? 'names a later one before it'
      : fault === 'missing'
        ? 'is missing'
        : `is damaged (${fault})`;
    throw new HoldfastError('directorystorage.damaged', `the transaction file ${path} ${what}`, {
      path: `${storage.directory}/${path}`,
    });
  }
  return bytes;
}

function below(storage: StoragePlace, name: string): string {
  return `A/${pathOf(storage.settings.format, name)}`;
}
