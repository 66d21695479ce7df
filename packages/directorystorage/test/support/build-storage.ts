import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { tidToHex, timeToTid } from '@holdfast/filestorage';
import { mappingRecord, PERSISTENT_MAPPING, Reference, temporaryDirectory } from '@holdfast/test-kit';
import { type Format, pathOf } from '../../src/index.js';
import { currentName, NO_TID, revisionName, transactionName } from '../../src/names.js';
import { encodeObjectFile } from '../../src/object-file.js';
import { encodeTransactionFile } from '../../src/transaction-file.js';

/** A small sound storage, built file by file, that a test can then damage. */
export interface BuiltStorage {
  readonly directory: string;
  /** Oldest first. */
  readonly tids: readonly string[];
  /** The path of a database file. */
  file(name: string): string;
  write(name: string, content: Uint8Array): Promise<void>;
  read(name: string): Promise<Buffer>;
}

export interface BuildOptions {
  readonly format?: Format;
  readonly classname?: 'Full' | 'Minimal';
  /** Default 6; the first is the root, which refers to all others. */
  readonly objects?: number;
  /** Default 3; each writes every object but those that no later one has. */
  readonly transactions?: number;
}

/** Before any clock that a test can have. */
const FIRST_TIME = Date.UTC(2026, 0, 2, 3, 4, 5);

export const oidOf = (number: number): string => number.toString(16).toUpperCase().padStart(16, '0');
export const tidOf = (number: number): string =>
  tidToHex(timeToTid(FIRST_TIME + number * 60_000)).toUpperCase();

export function settingsText(format: Format, classname: 'Full' | 'Minimal'): string {
  return [
    '[structure]',
    `format: ${format}`,
    'version: 0.11',
    '# a comment',
    '[storage]',
    `classname: ${classname}`,
    '[filesystem]',
    'sync: 1',
    'quick_shutdown: 0',
    '[posix]',
    'mark: permissions',
    'dirsync: 1',
    '',
  ].join('\n');
}

/** The data of an object that refers to others. */
export function recordOf(referTo: readonly string[]): Buffer {
  const entries = referTo.map((oid, index) => [
    `k${index}`,
    new Reference(BigInt(`0x${oid}`), PERSISTENT_MAPPING),
  ]);
  return mappingRecord(Object.fromEntries(entries) as Readonly<Record<string, Reference>>);
}

export async function buildStorage(options: BuildOptions = {}): Promise<BuiltStorage> {
  const { format = 'chunky', classname = 'Full', objects = 6, transactions = 3 } = options;
  const directory = join(await temporaryDirectory(), 'storage');
  for (const name of ['A', 'B', 'journal', 'misc', 'config', 'backups'])
    await mkdir(join(directory, name), { recursive: true });
  await writeFile(join(directory, 'config/settings'), settingsText(format, classname));
  await writeFile(join(directory, 'config/identity'), '0123456789abcdef0123456789abcdef');
  await writeFile(join(directory, 'misc/snapshot'), 'shutdown');
  const file = (name: string) => join(directory, 'A', pathOf(format, name));
  const write = async (name: string, content: Uint8Array) => {
    await mkdir(dirname(file(name)), { recursive: true });
    await writeFile(file(name), content);
  };
  const read = (name: string) => readFile(file(name));
  const storage = {
    directory,
    file,
    write,
    read,
    tids: Array.from({ length: transactions }, (_, n) => tidOf(n)),
  };
  await write('x.packed', Buffer.alloc(8));
  await write('x.oid', Buffer.from(oidOf(Math.max(0, objects - 1)), 'hex'));
  await write('x.serial', Buffer.from(storage.tids.at(-1) ?? NO_TID, 'hex'));
  await fill(storage, classname, objects);
  return storage;
}

async function fill(storage: BuiltStorage, classname: 'Full' | 'Minimal', objects: number): Promise<void> {
  const oids = Array.from({ length: objects }, (_, number) => oidOf(number));
  let previous = NO_TID;
  for (const tid of storage.tids) {
    for (const [number, oid] of oids.entries()) {
      const data = recordOf(number === 0 ? oids.slice(1) : []);
      const bytes = encodeObjectFile({ oid, tid, previous, data });
      if (classname === 'Minimal') await storage.write(`o${oid}`, bytes);
      else await storage.write(revisionName(oid, tid), bytes);
      if (classname === 'Full') await storage.write(currentName(oid), Buffer.from(tid, 'hex'));
    }
    if (classname === 'Full')
      await storage.write(transactionName(tid), encodeTransactionFile({ tid, previous, oids }));
    previous = tid;
  }
}
