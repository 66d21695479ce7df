import { dirname, join } from 'node:path';
import { AtomicFile, exists, removeIfThere } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
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

export interface RestoreToFile extends RestoreRequest {
  /** Path of the new `Data.fs`; where that is a symbolic link, the file that it leads to is replaced. */
  readonly output: string;
  /** Keep the file that is replaced, as `<output>.old`. Default true. */
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
  const target = await resolveTarget(engine, request.output);
  await checkSpace(engine, target, request.moment.file.end);
  const data = await AtomicFile.create(engine.fs, target, {
    mode: await modeFor(engine, target),
    replace: true,
  });
  try {
    const indexing = new Indexing(target);
    const bytes = await readMoment(engine, request, async (chunk) => {
      indexing.push(chunk);
      await data.append(chunk);
    });
    await step(engine, 'seal-restored', () => data.seal());
    const index = await indexing.write(engine, bytes);
    const oldFile = request.keepOld === false ? undefined : await keepOld(engine, target);
    try {
      await removeIfThere(engine.fs, `${target}.index`);
      await step(engine, 'swap', () => data.publish());
      if (index !== undefined) await step(engine, 'publish-restored-index', () => index.publish());
    } finally {
      await index?.dispose();
    }
    return { bytes, files: request.moment.path.length, oldFile, warnings: indexing.warnings };
  } finally {
    await data.dispose();
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

async function resolveTarget({ fs }: Engine, output: string): Promise<string> {
  try {
    return await fs.realPath(output);
  } catch (error) {
    if (!isHoldfastError(error, 'fs.not-found')) throw error;
    return join(await fs.realPath(dirname(output)), output.slice(output.lastIndexOf('/') + 1));
  }
}

/** The mode of the file that is replaced, else 0600: a database is nobody else's to read. */
async function modeFor({ fs }: Engine, target: string): Promise<number> {
  try {
    const { kind, mode } = await fs.lstat(target);
    if (kind === 'file') return mode & 0o777;
    throw new HoldfastError('fs.not-a-regular-file', `cannot restore to ${target}: not a regular file`, {
      path: target,
    });
  } catch (error) {
    if (isHoldfastError(error, 'fs.not-found')) return 0o600;
    throw error;
  }
}

async function checkSpace({ fs }: Engine, target: string, needed: number): Promise<void> {
  const { freeBytes } = await fs.freeSpace(dirname(target));
  if (freeBytes >= needed) return;
  const message = `${dirname(target)} has ${freeBytes} bytes free, the restore needs ${needed}`;
  throw new HoldfastError('fs.no-space', message, {
    path: target,
    hint: 'Free space, or restore to another disk with --output.',
  });
}

/** Keeps the replaced file under a second name; the name itself stays in place until the new file takes it. */
async function keepOld(engine: Engine, target: string): Promise<string | undefined> {
  const { fs } = engine;
  if (!(await exists(fs, target))) return undefined;
  const old = `${target}.old`;
  await removeIfThere(fs, old);
  try {
    await step(engine, 'keep-old', () => fs.link(target, old));
  } catch (error) {
    if (!isHoldfastError(error, 'fs.cannot-link') && !isHoldfastError(error, 'fs.permission')) throw error;
    await fs.rename(target, old);
  }
  return old;
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
  async write(engine: Engine, end: number): Promise<AtomicFile | undefined> {
    if (this.#broken || !this.endsAt(end) || end < SMALLEST_INDEXED) return undefined;
    const file = await AtomicFile.create(engine.fs, `${this.target}.index`, { mode: 0o600, replace: true });
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
