import { resolve } from 'node:path';
import { jsonTime, lockForReading } from '@holdfast/backup';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import {
  type ChosenMoment,
  chooseMoment,
  readRepository,
  restoreToFile,
  restoreToSink,
  timeOf,
} from '@holdfast/filestorage-backup';
import { type Context, makeEngine } from '../context.js';
import { count, formatBytes, formatDuration, formatTime } from '../format.js';
import { confirm } from '../prompt.js';
import { inspectTarget, type RestoreTarget, refuseInUse } from '../restore-target.js';

export interface RestoreFileOptions {
  /** A path, or `-` for standard output. */
  readonly output: string;
  readonly verify?: boolean;
  readonly prompt?: boolean;
  readonly replace?: boolean;
}

/** Which command, and what it restores. */
export interface FileChoice {
  readonly name: string;
  readonly repository: string;
  /** The latest stamp that is meant; undefined: the newest. */
  readonly at: string | undefined;
}

/** `holdfast restore --output FILE [DATE]`: one `Data.fs` alone. */
export async function restoreFile(
  context: Context,
  { name, repository, at }: FileChoice,
  options: RestoreFileOptions,
): Promise<void> {
  const toStdout = options.output === '-';
  const locking = { fs: nodeFileSystem, command: `holdfast ${name}`, signal: context.signal };
  await using _lock = await lockForReading(locking, repository, (reason) =>
    context.output.detail(`not locked: ${reason}`),
  );
  const moment = chooseMoment(await readRepository(makeEngine(context, repository)), at);
  for (const text of moment.warnings) context.output.warn(text);
  const chosen = { context, name, repository, moment, check: options.verify !== false };
  if (toStdout) await restoreToStdout(chosen);
  else await restoreHere(chosen, options);
}

interface Chosen {
  readonly context: Context;
  readonly name: string;
  readonly repository: string;
  readonly moment: ChosenMoment;
  /** Compare what is read with what was recorded of it. */
  readonly check: boolean;
}

async function restoreToStdout({ context, repository, moment, check }: Chosen): Promise<void> {
  const engine = makeEngine(context, repository);
  const { bytes } = await restoreToSink(engine, { moment, check }, context.streams.stdout.send);
  context.output.detail(`restored ${bytes} bytes of the backup of ${formatTime(timeOf(moment.file))}`);
}

async function restoreHere(chosen: Chosen, options: RestoreFileOptions): Promise<void> {
  const { context, moment, check } = chosen;
  const { output, cwd } = context;
  const path = resolve(cwd, options.output);
  const keepOld = options.replace !== true;
  const target = await inspectTarget(path);
  await refuseInUse(path);
  if (options.prompt !== false && target.present !== undefined) {
    const about = consequences(target, moment, keepOld);
    if (!(await confirm(context, about, 'Are you sure?'))) return decline(chosen, path);
    // The answer may have taken its time.
    await refuseInUse(path);
  }
  output.line(`Restoring ${describe(moment)} to ${path}.`);
  const started = context.clock.monotonic();
  const engine = makeEngine(context, chosen.repository);
  const result = await restoreToFile(engine, { moment, check, output: path, keepOld });
  const ms = context.clock.monotonic() - started;
  for (const text of result.warnings) output.warn(text);
  output.result(chosen.name, {
    ...asData(chosen, path),
    restored: true,
    bytes: result.bytes,
    files: result.files,
    verified: check,
    oldFile: result.oldFile ?? null,
    warnings: [...moment.warnings, ...result.warnings],
    seconds: ms / 1000,
  });
  const checked = check ? 'every byte checked' : 'not checked';
  const sizes = `${formatBytes(result.bytes)} from ${count(result.files, 'file')}`;
  output.line(`Restored ${path}: ${sizes}, ${checked}, ${formatDuration(ms)}.`);
  if (result.oldFile !== undefined) output.line(`  The file that was there is now ${result.oldFile}.`);
  output.line('  Start ZEO before Zope, and remove persistent ZEO client caches (*.zec) first.');
}

function describe({ file }: ChosenMoment): string {
  return `the backup of ${formatTime(timeOf(file))} (${formatBytes(file.end)})`;
}

function consequences(target: RestoreTarget, moment: ChosenMoment, keepOld: boolean): readonly string[] {
  const { path, present, oldIsTaken } = target;
  const now =
    present === undefined ? '' : ` (${formatBytes(present.size)}, changed ${formatTime(present.mtimeMs)})`;
  const instead = oldIsTaken ? '.2, or the next name that is free' : '';
  return [
    `This will replace the filestorage ${path}${now}`,
    `with ${describe(moment)}.`,
    keepOld
      ? `The present file will be kept as ${path}.old${instead}.`
      : 'The present file will not be kept.',
  ];
}

function decline(chosen: Chosen, path: string): never {
  const { output, streams } = chosen.context;
  output.result(chosen.name, { ...asData(chosen, path), restored: false });
  streams.stderr.write('Nothing was changed.\n');
  throw new HoldfastError('restore.declined', 'the restore was declined');
}

/** docs/json.md, "restore --output". */
function asData({ repository, moment }: Chosen, path: string) {
  return { repository, output: path, name: moment.file.name, time: jsonTime(timeOf(moment.file)) };
}
