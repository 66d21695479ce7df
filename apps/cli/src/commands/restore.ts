import { resolve } from 'node:path';
import {
  type ChosenRestore,
  type Configuration,
  chooseRestore,
  type HookName,
  jsonTime,
  lockForReading,
  needPlacesToRestore,
  placesToRestore,
  planRestore,
  type RestoreChoice,
  type RestorePlan,
  type RestoreReport,
  type RestoreRequest,
  recoverRestore,
  refuseProblems,
  restoreSet,
  runHook,
  type World,
  withOtherwise,
} from '@holdfast/backup';
import { exists, type FileStat, nodeFileSystem } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import { type Context, makeWorld } from '../context.js';
import { parseDate } from '../date.js';
import { count, formatBytes, formatDuration, formatTime } from '../format.js';
import { confirm } from '../prompt.js';
import { refuseTerminal } from '../restore-target.js';
import { findSite, type SiteOptions } from '../site.js';

export interface RestoreOptions extends SiteOptions {
  /** Only the main `Data.fs`, to a file, or `-` for standard output. */
  readonly output?: string;
  /** A directory for everything. */
  readonly to?: string;
  /** False: `Data.fs` only. */
  readonly blobs?: boolean;
  readonly verify?: boolean;
  readonly prompt?: boolean;
  readonly replace?: boolean;
  readonly freeFirst?: boolean;
}

export type RestoreName = 'restore' | 'snapshotrestore' | 'ziprestore' | 'altrestore';

const FROM: Readonly<Record<RestoreName, RestoreChoice['from']>> = {
  restore: 'backup',
  snapshotrestore: 'snapshot',
  ziprestore: 'zip',
  altrestore: 'alternative',
};

/** `holdfast restore [DATE]`, `snapshotrestore`, `ziprestore`, `altrestore`. */
export async function restoreCommand(
  context: Context,
  name: RestoreName,
  date: string | undefined,
  options: RestoreOptions,
): Promise<void> {
  const { output } = context;
  const at = date === undefined ? undefined : parseDate(date);
  if (options.output === '-') refuseTerminal(context);
  const config = await findSite(context, options);
  const choice: RestoreChoice = {
    config,
    from: FROM[name],
    wanted: at,
    withoutBlobs: options.blobs === false || !(config.options.backupBlobs || config.options.onlyBlobs),
  };
  const places = placesToRestore(choice);
  await needPlacesToRestore(nodeFileSystem, choice);
  if (options.output !== undefined) {
    const { restoreFile } = await import('./restore-file.js');
    const repository = places.storages.at(-1)!.filestorage ?? places.record;
    const chosen = { name, repository, at };
    return await restoreFile(context, chosen, { ...options, output: options.output });
  }
  const world = makeWorld(context);
  await using _locks = await lockPlaces(context, choice, `holdfast ${name}`);
  const chosen = await chooseRestore(world, choice, wishesOf(context, options));
  for (const text of chosen.warnings) output.warn(text);
  await recover(context, world, chosen.request);
  const plan = await planRestore(world, chosen.request);
  refuseProblems(plan.problems);
  if (options.prompt !== false && replaces(plan)) {
    if (!(await confirm(context, consequences(chosen, plan), 'Are you sure?'))) {
      const { id, timeMs } = chosen.set;
      output.result(name, { set: id, time: jsonTime(timeMs), restored: false });
      context.streams.stderr.write('Nothing was changed.\n');
      throw new HoldfastError('restore.declined', 'the restore was declined');
    }
  }
  const hooks = options.to === undefined;
  if (hooks) await hook(context, config, name, 'pre_restore_command', chosen.set);
  output.line(`Restoring the set ${chosen.set.id}, of ${formatTime(chosen.set.timeMs)}.`);
  const report = await restoreSet(world, plan).catch((error: unknown) => {
    throw withOtherwise(error, chosen.otherwise);
  });
  if (hooks) await hook(context, config, name, 'post_restore_command', chosen.set);
  tell(context, name, chosen, report);
}

/** First of all what a killed restore left is finished or taken back: half-way, the site looks as nothing does. */
async function recover({ output }: Context, world: World, request: RestoreRequest): Promise<void> {
  const { outcome, finished } = await recoverRestore(world, request);
  if (outcome === 'undone') output.line('A restore was killed here before: what it had built was removed.');
  if (outcome !== 'finished') return;
  output.line(`A restore was killed here before: it was finished first (${finished.join(', ')}).`);
}

function wishesOf({ cwd }: Context, { to, replace, freeFirst, verify }: RestoreOptions) {
  return {
    ...(to !== undefined && { to: resolve(cwd, to) }),
    replace: replace === true,
    freeFirst: freeFirst === true,
    check: verify !== false,
  };
}

/** Keeps retention from taking away what is being restored. */
async function lockPlaces(
  { signal, output }: Context,
  choice: RestoreChoice,
  command: string,
): Promise<AsyncDisposable> {
  const held: AsyncDisposable[] = [];
  const release = async () => {
    for (const lock of held.splice(0).reverse()) await lock[Symbol.asyncDispose]();
  };
  try {
    const locking = { fs: nodeFileSystem, command, signal };
    for (const { filestorage, blobs } of placesToRestore(choice).storages) {
      for (const place of [filestorage, blobs]) {
        if (place === undefined || (place === blobs && !(await exists(nodeFileSystem, place)))) continue;
        held.push(await lockForReading(locking, place, (reason) => output.detail(`not locked: ${reason}`)));
      }
    }
  } catch (error) {
    await release();
    throw error;
  }
  return { [Symbol.asyncDispose]: release };
}

function replaces({ storages }: RestorePlan): boolean {
  return storages.some(({ data, blobs }) => data?.old !== undefined || blobs?.old !== undefined);
}

function now(old: FileStat | undefined): string {
  return old === undefined ? '' : ` (${formatBytes(old.size)}, changed ${formatTime(old.mtimeMs)})`;
}

/** The recipe's question, and what it does not tell. */
function consequences({ set }: ChosenRestore, plan: RestorePlan): readonly string[] {
  const lines: string[] = [];
  for (const { data, blobs } of plan.storages) {
    if (data !== undefined)
      lines.push('This will replace the filestorage:', `    ${data.path}${now(data.old)}`);
    if (blobs !== undefined) lines.push('This will replace the blobstorage:', `    ${blobs.path}`);
  }
  const files = plan.files === undefined || plan.files === 0 ? '' : `, ${count(plan.files, 'blob file')}`;
  const time = formatDuration(plan.expectedSeconds * 1000);
  lines.push(
    `with the set ${set.id}, of ${formatTime(set.timeMs)} (${formatBytes(plan.bytes)}${files}); about ${time}.`,
    ...plan.notes,
    plan.request.replace === true
      ? 'What is there now will not be kept.'
      : 'What is there now will be kept, as .old or the next name that is free.',
  );
  return lines;
}

/** Only for a restore in place: they may stop the site, and one beside it concerns nobody. */
async function hook(
  { output, signal }: Context,
  { options, site }: Configuration,
  command: RestoreName,
  name: HookName,
  { id, kind }: ChosenRestore['set'],
): Promise<void> {
  const { preRestore, postRestore, timeoutSeconds } = options.hooks;
  const script = name === 'pre_restore_command' ? preRestore : postRestore;
  if (script === undefined) return;
  const env = {
    HOLDFAST_COMMAND: command,
    HOLDFAST_KIND: kind,
    HOLDFAST_SITE: site,
    HOLDFAST_SET: id,
  };
  const target = output.json || output.quiet ? 'stderr' : 'stdout';
  await runHook({ name, script, cwd: site, env, timeoutSeconds, output: target, signal });
}

function tell(
  { output }: Context,
  name: RestoreName,
  { set, warnings }: ChosenRestore,
  report: RestoreReport,
): void {
  for (const text of report.warnings) output.warn(text);
  output.result(name, asData(set.id, set.timeMs, warnings, report));
  for (const { data, blobs } of report.storages) {
    if (data !== undefined) {
      const sizes = `${formatBytes(data.bytes)} from ${count(data.files, 'file')}`;
      output.line(`Restored ${data.path}: ${sizes}, ${formatDuration(data.seconds * 1000)}.`);
      if (data.old !== undefined) output.line(`  The file that was there is now ${data.old}.`);
    }
    if (blobs !== undefined) {
      const sizes = `${count(blobs.files, 'file')}, ${formatBytes(blobs.bytes)}`;
      output.line(`Restored ${blobs.path}: ${sizes}, ${formatDuration(blobs.seconds * 1000)}.`);
      if (blobs.old !== undefined) output.line(`  The directory that was there is now ${blobs.old}.`);
    }
  }
  const { build, check, swap, total } = report.seconds;
  const parts = [`build ${seconds(build)}`, `check of the pair ${seconds(check)}`, `swap ${seconds(swap)}`];
  output.line(`Done in ${seconds(total)}: ${parts.join(', ')}.`);
  for (const line of report.advice) output.line(line);
}

function seconds(value: number): string {
  return formatDuration(value * 1000);
}

/** docs/json.md, "restore". */
function asData(id: string, timeMs: number, warnings: readonly string[], report: RestoreReport) {
  return {
    set: id,
    time: jsonTime(timeMs),
    restored: true,
    storages: report.storages.map(({ name, data, blobs }) => ({
      storage: name,
      datafs: data === undefined ? null : { path: data.path, bytes: data.bytes, old: data.old ?? null },
      blobs:
        blobs === undefined
          ? null
          : { path: blobs.path, files: blobs.files, bytes: blobs.bytes, old: blobs.old ?? null },
    })),
    bytes: report.bytes,
    recovered: report.recovered,
    warnings: [...warnings, ...report.warnings],
    advice: report.advice,
    seconds: report.seconds.total,
  };
}
