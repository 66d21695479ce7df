import { join } from 'node:path';
import type { BulkReads } from '@holdfast/durable-fs';
import { type HoldfastError, isHoldfastError } from '@holdfast/errors';
import { OBJECT_PLACES, pathOf } from '../layout.js';
import type { StorageDirectory } from '../open-storage.js';
import type { ObjectPlaces } from './examine.js';
import type { Findings } from './findings.js';

/** An object or transaction is one file; the format has 4 bytes for the length, no record is near that. */
const LONGEST_FILE = 2 ** 31 - 1;

/** The files of `A` by their database names. What cannot be read is a finding, not an error. */
export class StorageFiles {
  private readonly root: string;
  /** What the first look at a file came to. */
  private failure: { readonly path: string; readonly error: HoldfastError } | undefined;

  constructor(
    private readonly bulk: BulkReads,
    readonly storage: StorageDirectory,
    private readonly findings: Findings,
  ) {
    this.root = storage.directory;
  }

  get places(): ObjectPlaces {
    return { before: `${this.root}/A/o`, ...OBJECT_PLACES[this.storage.settings.format] };
  }

  /** Below the storage's directory. */
  path(name: string): string {
    return `A/${pathOf(this.storage.settings.format, name)}`;
  }

  /**
   * The bytes of the file at a whole path, valid until the next read; undefined where there is none. What fails is not told yet: that is
   * for the `read` of the same file that has to follow, and that fails alike.
   */
  firstLook(path: string): Buffer | 'failed' | undefined {
    try {
      return this.bulk.readFile(path, LONGEST_FILE, isWhole);
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
      this.failure = { path, error };
      return 'failed';
    }
  }

  /** The bytes, valid until the next read; undefined where there is no file, `unreadable` where it cannot be read. */
  read(name: string): Buffer | 'unreadable' | undefined {
    const path = this.path(name);
    try {
      return this.readAgain(`${this.root}/${path}`);
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
      if (STOPS_THE_CHECK.some((code) => isHoldfastError(error, code))) throw error;
      this.findings.problem('unreadable', path, error.message);
      return 'unreadable';
    }
  }

  private readAgain(path: string): Buffer | undefined {
    const { failure } = this;
    if (failure?.path === path) {
      this.failure = undefined;
      throw failure.error;
    }
    return this.bulk.readFile(path, LONGEST_FILE, isWhole);
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
