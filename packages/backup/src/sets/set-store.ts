import { join } from 'node:path';
import { type FileSystem, publishFile, readSmallFile, removeIfThere } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { BackupSet } from '../set.js';
import type { SetPart, SetRecord } from '../set-record.js';
import {
  array,
  boolean,
  count,
  FieldError,
  type Fields,
  object,
  optional,
  readJson,
  text,
} from './json-fields.js';
import { SET_PIN, SET_RECORD, SET_VERIFIED } from './names.js';
import { parseSetRecord, printSetRecord } from './record-text.js';

/** What lies beside a set in the place of the records: its record, its pin, its last check. Callers hold the lock. */

export type Verification = NonNullable<BackupSet['verified']>;

/** What a check found damaged of a blob backup: paths in it, or so much that all counts. */
export type DamagedBlobs = readonly string[] | 'all';

/** By the name of the storage; of one that is not there nothing was damaged. */
export type DamagedOfSet = ReadonlyMap<string, DamagedBlobs>;

const LARGEST = 16 << 20;
const VERIFIED_FORMAT = 'holdfast-verified';
const PIN_FORMAT = 'holdfast-keep';

/**
 * Publishes the record of a set, atomically. One that is there already and says the same of every file stays as it is;
 * one that the new record only adds to (blobs that were not backed up then), or that cannot be read, is replaced.
 *
 * @returns whether it was written
 * @throws HoldfastError `sets.conflict` where the record that is there says something else
 */
export async function publishSetRecord(
  fs: FileSystem,
  directory: string,
  record: SetRecord,
): Promise<boolean> {
  const path = join(directory, record.id + SET_RECORD);
  const content = printSetRecord(record);
  const existing = await readIfThere(fs, path);
  if (existing === undefined) {
    await publishFile(fs, path, content);
    return true;
  }
  const { value } = parseSetRecord(existing);
  if (value !== undefined) {
    if (holds(value, record)) return false;
    if (!holds(record, value)) {
      throw new HoldfastError('sets.conflict', `${path} is there and names other files`, { path });
    }
  }
  await publishFile(fs, path, content, { replace: true });
  return true;
}

/** Whether `more` names every file that `less` names. */
function holds(more: SetRecord, less: SetRecord): boolean {
  return (
    more.kind === less.kind &&
    less.parts.every((part) => {
      const found = more.parts.find(({ storage }) => storage === part.storage);
      return found !== undefined && holdsPart(found, part);
    })
  );
}

function holdsPart(more: SetPart, less: SetPart): boolean {
  const file = (part: SetPart) => {
    const { name, start, end, storedSize, md5 } = part.filestorage!;
    return [name, start, end, storedSize, md5].join(' ');
  };
  const sameFile =
    less.filestorage === undefined || (more.filestorage !== undefined && file(more) === file(less));
  return sameFile && (less.blobs === undefined || more.blobs?.id === less.blobs.id);
}

/** Keeps a set from being removed. Twice is no error. @param note why, for whoever finds it */
export async function pinSet(
  fs: FileSystem,
  directory: string,
  id: string,
  { timeMs, note = '' }: { readonly timeMs: number; readonly note?: string },
): Promise<void> {
  const content = `${JSON.stringify({ format: PIN_FORMAT, version: 1, timeMs, note })}\n`;
  await publishFile(fs, join(directory, id + SET_PIN), content, { replace: true });
}

/** @returns whether it was pinned */
export async function unpinSet(fs: FileSystem, directory: string, id: string): Promise<boolean> {
  return removeDurably(fs, directory, id + SET_PIN);
}

/** Writes down what a check of a set found; the one before it is forgotten. */
export async function recordVerification(
  fs: FileSystem,
  directory: string,
  id: string,
  { timeMs, level, sound }: Verification,
  damagedBlobs: DamagedOfSet = new Map(),
): Promise<void> {
  const blobs = damagedBlobs.size === 0 ? {} : { damagedBlobs: Object.fromEntries(damagedBlobs) };
  const fields = { format: VERIFIED_FORMAT, version: 1, timeMs, level, sound, ...blobs };
  const content = `${JSON.stringify(fields)}\n`;
  await publishFile(fs, join(directory, id + SET_VERIFIED), content, { replace: true });
}

/** Undefined where there is none, or none that can be read: then the set counts as never checked. */
export async function readVerification(
  fs: FileSystem,
  directory: string,
  id: string,
): Promise<Verification | undefined> {
  const content = await readIfThere(fs, join(directory, id + SET_VERIFIED));
  return content === undefined ? undefined : readJson(content, verificationOf).value;
}

/** What the last check of a set found damaged of its blobs; none where it cannot be read. */
export async function readDamagedBlobs(fs: FileSystem, directory: string, id: string): Promise<DamagedOfSet> {
  const content = await readIfThere(fs, join(directory, id + SET_VERIFIED));
  return (content === undefined ? undefined : readJson(content, damagedOf).value) ?? new Map();
}

function verificationOf(fields: Fields): Verification {
  if (fields.format !== VERIFIED_FORMAT || fields.version !== 1)
    throw new FieldError('it is no check of a set');
  return {
    timeMs: count(fields.timeMs, 'timeMs'),
    level: text(fields.level, 'level'),
    sound: boolean(fields.sound, 'sound'),
  };
}

function damagedOf(fields: Fields): DamagedOfSet {
  const rows = Object.entries(optional(fields.damagedBlobs, (found) => object(found, 'damagedBlobs')) ?? {});
  return new Map(
    rows.map(([storage, paths]) => {
      const what = `damagedBlobs.${storage}`;
      return [storage, paths === 'all' ? paths : array(paths, what).map((path) => text(path, what))];
    }),
  );
}

/** The text of a file in the place of the records; undefined where there is none. */
export async function readIfThere(fs: FileSystem, path: string): Promise<string | undefined> {
  try {
    return (await readSmallFile(fs, path, LARGEST)).toString('utf8');
  } catch (error) {
    if (isHoldfastError(error, 'fs.not-found')) return undefined;
    throw error;
  }
}

async function removeDurably(fs: FileSystem, directory: string, name: string): Promise<boolean> {
  const removed = await removeIfThere(fs, join(directory, name));
  if (removed) await fs.syncDirectory(directory);
  return removed;
}
