import { AtomicFile, removeIfThere } from '@holdfast/durable-fs';
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
import { findTarget, holdTarget, keepOld, needSpace, type Target } from './restore-target.js';

export interface RestoreRequest {
  readonly moment: Moment;
  /** Compare what is read with what was recorded of it. Default true. */
  readonly check?: boolean;
}

export interface RestoreToFile extends RestoreRequest {
  /** Path of the new `Data.fs`; where that is a symbolic link, the file that it leads to is replaced. */
  readonly output: string;
  /** Keep the file that is replaced, as `<output>.old`, or `.old.2` and so on where that is taken. Default true. */
  readonly keepOld?: boolean;
}

export interface RestoreResult {
  readonly bytes: number;
  readonly files: number;
  /** Where the replaced file is now. */
  readonly oldFile: string | undefined;
  readonly warnings: readonly string[];
}

/**
 * Restores into a file. The old file stays as it is until the new one is whole, checked and on the disk; then the
 * new one takes its name in one step, with an index of what it holds. Errors leave the old file in place.
 */
export async function restoreToFile(engine: Engine, request: RestoreToFile): Promise<RestoreResult> {
  const { fs } = engine;
  const target = await findTarget(fs, request.output);
  await using _lock = await holdTarget(fs, request.output, target);
  await needSpace(fs, target, request.moment.file.end);
  const { path, mode, owner } = target;
  const data = await AtomicFile.create(fs, path, { mode, owner, replace: true });
  try {
    const indexing = new Indexing(path);
    const bytes = await readMoment(engine, request, async (chunk) => {
      indexing.push(chunk);
      await data.append(chunk);
    });
    await step(engine, 'seal-restored', () => data.seal());
    const index = await indexing.write(engine, target, bytes);
    const oldFile =
      request.keepOld === false ? undefined : await step(engine, 'keep-old', () => keepOld(fs, target));
    await swap(engine, target, data, index);
    return { bytes, files: request.moment.path.length, oldFile, warnings: indexing.warnings };
  } finally {
    await data.dispose();
  }
}

/** The old index goes first: between the two, ZODB finds data without an index and makes its own. */
async function swap(
  engine: Engine,
  target: Target,
  data: AtomicFile,
  index: AtomicFile | undefined,
): Promise<void> {
  try {
    for (const stale of new Set([target.index, `${target.path}.index`]))
      await removeIfThere(engine.fs, stale);
    await step(engine, 'swap', () => data.publish());
    if (index !== undefined) await step(engine, 'publish-restored-index', () => index.publish());
  } finally {
    await index?.dispose();
  }
}

/** Restores as a stream, for a pipe. With checks, each stretch is checked before it is given out where that is recorded. */
export async function restoreToSink(
  engine: Engine,
  request: RestoreRequest,
  sink: (chunk: Uint8Array) => Promise<void>,
): Promise<RestoreResult> {
  const bytes = await readMoment(engine, request, sink);
  return { bytes, files: request.moment.path.length, oldFile: undefined, warnings: [] };
}

async function readMoment(
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
  async write({ fs }: Engine, { index, mode, owner }: Target, end: number): Promise<AtomicFile | undefined> {
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
