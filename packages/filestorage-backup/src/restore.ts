import { removeIfThere } from '@holdfast/durable-fs';
import { type Engine, step } from './engine.js';
import { type BuiltStorage, buildStorage, type RestoreRequest, readMoment } from './restore-build.js';
import { findTarget, holdTarget, keepOld, needSpace, type Target } from './restore-target.js';

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
  await using built = await buildStorage(engine, { ...request, ...target });
  const oldFile =
    request.keepOld === false ? undefined : await step(engine, 'keep-old', () => keepOld(fs, target));
  await swap(engine, target, built);
  return { bytes: built.bytes, files: request.moment.path.length, oldFile, warnings: built.warnings };
}

/** The old index goes first: between the two, ZODB finds data without an index and makes its own. */
async function swap(engine: Engine, target: Target, { data, index }: BuiltStorage): Promise<void> {
  for (const stale of new Set([target.index, `${target.path}.index`])) await removeIfThere(engine.fs, stale);
  await step(engine, 'swap', () => data.publish());
  if (index !== undefined) await step(engine, 'publish-restored-index', () => index.publish());
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
