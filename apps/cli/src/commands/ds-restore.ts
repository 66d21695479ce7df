import { join, resolve } from 'node:path';
import { restoreStorage } from '@holdfast/directorystorage';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import type { Context } from '../context.js';
import { count, formatDuration } from '../format.js';
import { namedStorage } from './ds-storage.js';

export interface DsRestoreOptions {
  readonly storage?: string;
  readonly backups?: string;
  readonly output?: string;
  readonly prefix?: string;
}

/** `holdfast ds restore`. */
export async function dsRestoreCommand(
  { clock, signal, output, progress, cwd }: Context,
  number: string | undefined,
  options: DsRestoreOptions,
): Promise<void> {
  const started = clock.monotonic();
  const { prefix } = options;
  if (options.output === undefined)
    throw new HoldfastError('usage', 'no place to restore to was named: give --output DIRECTORY');
  const target = resolve(cwd, options.output);
  const backups = options.backups ?? join(namedStorage(options.storage), 'backups');
  const onProgress = output.quiet
    ? undefined
    : (done: { files: number; bytes: number }) =>
        progress.update({ phase: 'ds-restore', ...done, total: undefined });
  const request = { backups, target, prefix, sequence: sequenceOf(number) };
  const engine = { fs: nodeFileSystem, signal, onProgress, warn: output.warn };
  const report = await restoreStorage(engine, request);
  const seconds = (clock.monotonic() - started) / 1000;
  const archives = report.archives.map(({ name }) => name);
  const { sequence, files } = report;
  output.result('ds restore', { backups, output: target, sequence, archives, files, seconds });
  output.line(`Restored backup ${sequence} to ${target}.`);
  output.line(`  ${archives.join(', ')}`);
  output.line(`  ${count(files, 'file')}, ${formatDuration(seconds * 1000)}`);
}

function sequenceOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new HoldfastError('usage', `'${text}' is not the number of a backup`, {
    hint: 'It is the last number in the names of the archives.',
  });
}
