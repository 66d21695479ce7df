import { createInterface } from 'node:readline';
import { exists, nodeFileSystem } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import {
  chooseMoment,
  readRepository,
  restoreToFile,
  restoreToSink,
  timeOf,
} from '@holdfast/filestorage-backup';
import { lockRepository, probeStorageLock } from '@holdfast/lockfile';
import { type Context, makeEngine } from '../context.js';
import { parseDate } from '../date.js';
import { count, formatBytes, formatDuration, formatTime } from '../output.js';
import { findPlaces, findRepository } from '../places.js';
import { stdoutSink } from '../stdout-sink.js';

export interface RestoreOptions {
  readonly repository?: string;
  /** A path, or `-` for standard output. Default: the site's `Data.fs`. */
  readonly output?: string;
  readonly verify?: boolean;
  readonly prompt?: boolean;
  readonly replace?: boolean;
}

/** `holdfast restore [DATE]`. */
export async function restoreCommand(
  context: Context,
  date: string | undefined,
  options: RestoreOptions,
): Promise<void> {
  const started = performance.now();
  const { output } = context;
  const at = date === undefined ? undefined : parseDate(date);
  const target = options.output ?? (await findPlaces(nodeFileSystem, context.cwd, options)).datafs;
  const repository = await findRepository(nodeFileSystem, context.cwd, options.repository);
  const engine = makeEngine(context, repository);
  await using _lock = await lockForReading(context, repository);
  const moment = chooseMoment(await readRepository(engine), at);
  for (const text of moment.warnings) output.warn(text);
  const request = { moment, check: options.verify !== false };
  if (target === '-') {
    const { bytes } = await restoreToSink(engine, request, stdoutSink);
    output.detail(`restored ${bytes} bytes of the backup of ${formatTime(timeOf(moment.file))}`);
    return;
  }
  await refuseInUse(target);
  output.line(`Restoring the backup of ${formatTime(timeOf(moment.file))}, ${formatBytes(moment.file.end)}.`);
  if (options.prompt !== false && (await exists(nodeFileSystem, target))) await ask(context, target);
  const result = await restoreToFile(engine, {
    ...request,
    output: target,
    keepOld: options.replace !== true,
  });
  context.progress.end();
  const ms = performance.now() - started;
  for (const text of result.warnings) output.warn(text);
  output.result('restore', {
    repository,
    output: target,
    backup: moment.file.name,
    time: timeOf(moment.file),
    verified: request.check,
    ...result,
    seconds: ms / 1000,
  });
  const checked = request.check ? 'every byte checked' : 'not checked';
  output.line(
    `Restored ${target}: ${formatBytes(result.bytes)} from ${count(result.files, 'file')}, ${checked}, ${formatDuration(ms)}.`,
  );
  if (result.oldFile !== undefined) output.line(`  The file that was there is now ${result.oldFile}.`);
  output.line('  Start ZEO before Zope, and remove persistent ZEO client caches (*.zec) first.');
}

/** Keeps a backup from changing the repository under the restore; a repository that is read-only is read as it is. */
async function lockForReading(context: Context, repository: string): Promise<AsyncDisposable> {
  try {
    return await lockRepository(repository, {
      command: 'holdfast restore',
      shared: true,
      signal: context.signal,
    });
  } catch (error) {
    if (!(error instanceof HoldfastError) || !READ_ONLY.has(error.code)) throw error;
    context.output.detail(`not locked: ${error.message}`);
    return { [Symbol.asyncDispose]: async () => {} };
  }
}

const READ_ONLY: ReadonlySet<string> = new Set([
  'fs.read-only',
  'fs.permission',
  'lock.permission',
  'lock.unavailable',
  'fs.not-found',
]);

async function refuseInUse(target: string): Promise<void> {
  const state = await probeStorageLock(target);
  if (!state.held) return;
  const who = state.pid === undefined ? 'a running process' : `process ${state.pid}`;
  throw new HoldfastError('restore.target-in-use', `${target} is in use: ${who} holds ${state.path}`, {
    path: target,
  });
}

/** The recipe's question: only the whole word yes goes on, nothing means no, anything else asks again. */
async function ask({ streams, output }: Context, target: string): Promise<void> {
  streams.stderr.write(`This will replace the filestorage ${target}.\n`);
  const lines = createInterface({ input: process.stdin });
  const answers = lines[Symbol.asyncIterator]();
  try {
    for (;;) {
      streams.stderr.write('Are you sure? (yes/No)? ');
      const { value, done } = await answers.next();
      const answer = done === true ? '' : String(value).trim().toLowerCase();
      if (answer === 'yes') return;
      if (answer === '' || answer === 'no') break;
      streams.stderr.write('Please answer yes or no.\n');
    }
  } finally {
    lines.close();
  }
  output.line('Nothing was changed.');
  throw new HoldfastError('restore.declined', 'the restore was declined');
}
