import {
  backupAndPrune,
  backupData,
  backupLines,
  type Configuration,
  count,
  type KindPruned,
  pruneData,
  pruneKinds,
  readConfiguration,
  SET_KINDS,
  type SetKind,
  verifyData,
  verifyFailure,
  verifyKinds,
  verifyLines,
  type World,
} from '@holdfast/backup';
import type { JobOrder, JobResult } from './job-protocol.js';

const KINDS: Readonly<Record<string, SetKind>> = {
  backup: 'backup',
  fullbackup: 'backup',
  snapshotbackup: 'snapshot',
  zipbackup: 'zip',
};

/**
 * A job on a site, as the command of the same name does it.
 *
 * @param warnings gets the warnings, also of a job that fails
 * @throws HoldfastError as the command
 */
export async function runSiteJob(
  world: World,
  order: JobOrder,
  configFile: string,
  warnings: string[],
): Promise<JobResult> {
  const config = await readConfiguration(world.fs, { cwd: '/', file: configFile });
  warnings.push(...config.warnings.map((text) => `${configFile}: ${text}`));
  switch (order.kind) {
    case 'verify':
      return await verifySite(world, config, order.level ?? 'stored', warnings);
    case 'prune':
      return await pruneSite(world, config);
    default:
      return await backUpSite(world, config, order.kind);
  }
}

async function backUpSite(world: World, config: Configuration, name: string): Promise<JobResult> {
  const started = world.clock.monotonic();
  const done = await backupAndPrune(world, {
    config,
    kind: KINDS[name]!,
    full: name === 'fullbackup',
    command: `holdfast ${name}`,
    // Standard output is the server's.
    hookOutput: 'stderr',
  });
  const ms = world.clock.monotonic() - started;
  const lines = backupLines(done, ms);
  const { set, made, storages } = done;
  return {
    summary: made ? lines.at(-1)! : `Nothing has changed since the set ${set.id}.`,
    set: set.id,
    lines: [...lines],
    warnings: storages.flatMap((storage) => storage.warnings),
    data: backupData(done, ms),
  };
}

async function verifySite(
  world: World,
  config: Configuration,
  level: NonNullable<JobOrder['level']>,
  warnings: string[],
): Promise<JobResult> {
  const started = world.clock.monotonic();
  const report = await verifyKinds(world, { config, kinds: SET_KINDS, level });
  const ms = world.clock.monotonic() - started;
  if (report.problems.length > 0) {
    warnings.push(...report.warnings, ...report.problems);
    throw verifyFailure(report);
  }
  const lines = verifyLines(report, ms);
  return {
    summary: lines[0]!,
    lines: [...lines],
    warnings: [...report.warnings],
    data: verifyData(report, ms),
  };
}

async function pruneSite(world: World, config: Configuration): Promise<JobResult> {
  const done: KindPruned[] = [];
  for await (const pruned of pruneKinds(world, { config, kinds: SET_KINDS })) done.push(pruned);
  const removed = done.flatMap((pruned) => pruned.removed);
  const lines = removed.map(({ id, reason }) => `Removed set ${id}: ${reason}.`);
  const summary = `${count(removed.length, 'set')} removed.`;
  return { summary, lines: [...lines, summary], warnings: [], data: pruneData(done, false) };
}
