import { AtomicFile } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import {
  encodeIndex,
  HEADER_SIZE,
  indexVisitor,
  StorageIndex,
  TransactionScanner,
} from '@holdfast/filestorage';
import type { ChainFile } from './chain.js';
import { type Engine, step } from './engine.js';
import type { Moment } from './moment.js';
import { readRaw } from './raw-reader.js';

export interface RestoreRequest {
  readonly moment: Moment;
  /** Compare what is read with what was recorded of it. Default true. */
  readonly check?: boolean;
}

export interface BuildRequest extends RestoreRequest {
  /** Path that the new `Data.fs` is to have; in its directory it is written, under a temporary name. */
  readonly path: string;
  /** Path that the new index is to have. */
  readonly index: string;
  /** Permission bits of both. */
  readonly mode: number;
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  /** What warnings call it; default: the path. */
  readonly label?: string;
}

/** A restored storage that is whole, checked and on the disk, but still without its name. */
export class BuiltStorage implements AsyncDisposable {
  constructor(
    readonly bytes: number,
    readonly data: AtomicFile,
    /** Undefined: the storage is one that ZODB makes an index for by itself. */
    readonly index: AtomicFile | undefined,
    readonly warnings: readonly string[],
  ) {}

  /** Removes what was not published. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.data.dispose();
    } finally {
      await this.index?.dispose();
    }
  }
}

/** Writes the bytes of a moment, and the index of what they hold, and seals both. A failure leaves nothing. */
export async function buildStorage(engine: Engine, request: BuildRequest): Promise<BuiltStorage> {
  const { path, mode, owner } = request;
  const data = await AtomicFile.create(engine.fs, path, { mode, owner, replace: true });
  try {
    const indexing = new Indexing(request.label ?? path);
    const bytes = await readMoment(engine, request, async (chunk) => {
      indexing.push(chunk);
      await data.append(chunk);
    });
    await step(engine, 'seal-restored', () => data.seal());
    const index = await indexing.write(engine, request, bytes);
    return new BuiltStorage(bytes, data, index, indexing.warnings);
  } catch (error) {
    await data.dispose();
    throw error;
  }
}

/** Gives the bytes of a moment in order; how many there were. */
export async function readMoment(
  engine: Engine,
  { moment, check }: RestoreRequest,
  sink: (chunk: Uint8Array) => Promise<void>,
): Promise<number> {
  const total = moment.file.end;
  let done = 0;
  for (const file of moment.path) {
    for await (const chunk of readRaw(engine, rawFile(file), { check: check !== false })) {
      await sink(chunk);
      done += chunk.length;
      engine.onProgress?.({ phase: 'restore', done, total });
    }
  }
  return done;
}

export function rawFile(file: ChainFile) {
  const segments =
    file.record !== undefined && file.record.segments.length > 0 ? file.record.segments : undefined;
  return { name: file.name, gzip: file.gzip, segments, md5: file.md5, rawSize: file.end - file.start };
}

/** An index of a shorter storage, one that has no transactions yet, ZODB ignores with a warning. */
const SMALLEST_INDEXED = 100;

/**
 * Makes the index while the bytes go by. A storage that ZODB itself would complain about is restored all the
 * same, byte for byte, but without an index: ZODB then makes its own.
 */
class Indexing {
  readonly #index = new StorageIndex();
  readonly #scanner: TransactionScanner;
  readonly warnings: string[] = [];
  #skip = HEADER_SIZE;
  #broken = false;

  constructor(private readonly target: string) {
    const visitor = indexVisitor(this.#index);
    this.#scanner = new TransactionScanner({
      path: target,
      start: HEADER_SIZE,
      limit: Number.MAX_SAFE_INTEGER,
      visitor,
    });
  }

  push(chunk: Uint8Array): void {
    if (this.#broken) return;
    const body = chunk.subarray(Math.min(this.#skip, chunk.length));
    this.#skip -= chunk.length - body.length;
    try {
      this.#scanner.push(body);
    } catch (error) {
      this.giveUp(error);
    }
  }

  /** The sealed index file, still without its name. */
  async write(
    { fs }: Engine,
    { index, mode, owner }: BuildRequest,
    end: number,
  ): Promise<AtomicFile | undefined> {
    if (this.#broken || !this.endsAt(end) || end < SMALLEST_INDEXED) return undefined;
    const file = await AtomicFile.create(fs, index, { mode, owner, replace: true });
    try {
      for (const part of encodeIndex(this.#index, end)) await file.append(part);
      await file.seal();
      return file;
    } catch (error) {
      await file.dispose();
      throw error;
    }
  }

  private endsAt(end: number): boolean {
    if (this.#scanner.safeEnd === end) return true;
    this.warnings.push(
      `${this.target}: the backup ends within a transaction, so ZODB will cut it or refuse it`,
    );
    return false;
  }

  private giveUp(error: unknown): void {
    if (!isHoldfastError(error, 'filestorage.damaged')) throw error;
    this.#broken = true;
    this.warnings.push(`restored as it was backed up, but ${error.message}`);
  }
}
