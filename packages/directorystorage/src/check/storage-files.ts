import { join } from 'node:path';
import type { BulkReads } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import { objectPrefix, pathOf } from '../layout.js';
import type { StorageDirectory } from '../open-storage.js';
import type { Findings } from './findings.js';
import type { ReadObject } from './read-ahead.js';

/** An object or transaction is one file; the format has 4 bytes for the length, no record is near that. */
const LONGEST_FILE = 2 ** 31 - 1;

/** The files of `A` by their database names. What cannot be read is a finding, not an error. */
export class StorageFiles {
  private readonly root: string;
  /** What is known already of the object that is looked at. */
  ahead: ReadObject | undefined;

  constructor(
    private readonly bulk: BulkReads,
    readonly storage: StorageDirectory,
    private readonly findings: Findings,
  ) {
    this.root = storage.directory;
  }

  /** The path of an object's files, without the ends of their names. */
  absolutePrefix(oid: string): string {
    return `${this.root}/A/${objectPrefix(this.storage.settings.format, oid)}`;
  }

  /** Below the storage's directory. */
  path(name: string): string {
    return `A/${pathOf(this.storage.settings.format, name)}`;
  }

  /** The bytes, valid until the next read; undefined where there is no file, `unreadable` where it cannot be read. */
  read(name: string): Buffer | 'unreadable' | undefined {
    return this.readPath(this.path(name));
  }

  /** The same for a file of an object. @param tail what follows the dot of its name */
  readOf(oid: string, tail: string): Buffer | 'unreadable' | undefined {
    const known =
      tail === 'c' ? this.ahead?.current : tail === this.ahead?.tid ? this.ahead?.revision : undefined;
    return known ?? this.readAt(oid, tail);
  }

  /** The MD5 of what `readOf` gave, where it is known. */
  md5Of(tail: string): string | undefined {
    return tail === this.ahead?.tid ? this.ahead.md5 : undefined;
  }

  private readAt(oid: string, tail: string): Buffer | 'unreadable' | undefined {
    return this.readPath(`A/${objectPrefix(this.storage.settings.format, oid)}${tail}`);
  }

  private readPath(path: string): Buffer | 'unreadable' | undefined {
    try {
      return this.bulk.readFile(`${this.root}/${path}`, LONGEST_FILE, isWhole);
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
      if (STOPS_THE_CHECK.some((code) => isHoldfastError(error, code))) throw error;
      this.findings.problem('unreadable', path, error.message);
      return 'unreadable';
    }
  }

  exists(name: string): boolean {
    return this.bulk.lstat(`${this.root}/${this.path(name)}`) !== undefined;
  }

  /** Entries of a directory of `A`. @param below path below `A`, empty for `A` itself */
  entries(below: string): ReturnType<BulkReads['entries']> {
    return this.bulk.entries(join(this.root, 'A', below));
  }
}

/** An id, or a file that has the length that it says. */
function isWhole(bytes: Buffer): boolean {
  return bytes.length === 8 || (bytes.length >= 60 && bytes.readUInt32BE(4) === bytes.length);
}

/** No fault of the storage's. */
const STOPS_THE_CHECK = ['fs.too-many-open-files'] as const;
