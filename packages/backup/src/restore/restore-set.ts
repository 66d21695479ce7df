import { dirname, join } from 'node:path';
import { type FileStat, lstatIfThere } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import { recorded } from '../history/recorded.js';
import type { World } from '../run/world.js';
import { type BuiltSet, buildSet, secondsSince } from './build-set.js';
import { freeTargets, verifySources } from './free-first.js';
import { HeldTargets } from './held-targets.js';
import { cachesNear } from './near-caches.js';
import { datafsOf, type RestorePlan, type StoragePlan, worksOf } from './plan.js';
import { freeSuffix, keptBlobs, planMoves, presentIndexes } from './plan-moves.js';
import { amountOf, refuseProblems, surveyTargets } from './plan-restore.js';
import { recordFactor } from './rate.js';
import { type Recovery, recoverHeld, recoverRestore } from './recover.js';
import { adviceAfter, type RestoreReport, type StorageReport } from './report.js';
import { swap } from './swap.js';
import { MadeDirectories } from './to-directory.js';
import { NEW_BLOBS, NEW_DATA } from './work.js';
import { WorkDirectories } from './work-directories.js';

/**
 * Restores a set: builds everything beside its targets, checks it, and puts it in place under a journal, so that
 * after an error all is as it was, and after a kill the next restore, or `recoverRestore`, makes all of it new or all of it old. All
 * locks are held from the beginning to the end.
 *
 * @param plan of `planRestore`; looked at once more under the locks
 * @throws HoldfastError what the plan found (`refuseProblems`), `restore.target-in-use`, `restore.target-changed`,
 *   `repository.damaged` and what the blobs' sources throw, what the check of the pair throws, `restore.unfinished`
 */
export async function restoreSet(world: World, plan: RestorePlan): Promise<RestoreReport> {
  const { history, to } = plan.request;
  if (history === undefined) return await runRestore(world, plan);
  const begun = { ...history, kind: to === undefined ? 'restore' : 'restore-test' } as const;
  return await recorded(
    world,
    begun,
    () => runRestore(world, plan),
    ({ bytes }) => ({ bytes }),
  );
}

async function runRestore(world: World, plan: RestorePlan): Promise<RestoreReport> {
  const started = world.clock.monotonic();
  const { request } = plan;
  let recovered: Recovery['outcome'] = 'nothing';
  if (plan.leftovers.length > 0) recovered = (await recoverRestore(world, request)).outcome;
  else refuseProblems(plan.problems);
  await using _made = await MadeDirectories.make(world.fs, newDirectories(plan));
  await using held = await holdAll(world, plan);
  const late = await recoverHeld(world, held, worksOf(plan.storages));
  if (late.outcome !== 'nothing') recovered = late.outcome;
  const restore = new Restore(world, held, await surveyTargets(world, request));
  const report = await restore.run(started);
  return { ...report, recovered };
}

function newDirectories({ request, storages }: RestorePlan): readonly string[] {
  return request.to === undefined
    ? []
    : [request.to, ...storages.map(({ source }) => dirname(source.datafs!))];
}

async function holdAll({ fs }: World, { storages }: RestorePlan): Promise<HeldTargets> {
  const held = new HeldTargets(fs);
  try {
    for (const work of worksOf(storages)) await held.holdWork(work);
    for (const datafs of datafsOf(storages)) await held.holdStorage(datafs);
    return held;
  } catch (error) {
    await held[Symbol.asyncDispose]();
    throw error;
  }
}

/** One restore, its locks held and leftovers of earlier ones gone. */
class Restore {
  readonly #warnings: string[] = [];

  constructor(
    private readonly world: World,
    private readonly held: HeldTargets,
    private plan: RestorePlan,
  ) {}

  async run(started: number): Promise<Omit<RestoreReport, 'recovered'>> {
    const { world } = this;
    refuseProblems(this.plan.problems);
    const freedFirst = this.plan.freeFirst;
    const verify = freedFirst ? await this.freeFirst() : 0;
    const { storages } = this.plan;
    await using works = await WorkDirectories.make(world, worksOf(storages));
    const { result: built, seconds: build } = await this.timed(() => buildSet(world, this.plan));
    const { seconds: check } = await this.timed(() => this.checkPairs());
    const { result: reports, seconds: swapped } = await this.timed(() => this.putInPlace(works, built));
    this.#warnings.unshift(...built.warnings);
    this.#warnings.push(...(await works.remove()));
    const bytes = reports.reduce((sum, { data, blobs }) => sum + (data?.bytes ?? 0) + (blobs?.bytes ?? 0), 0);
    await recordFactor(world.fs, this.plan.request.rateFile, amountOf(storages), build + check + swapped);
    const total = secondsSince(world, started);
    const seconds = { verify, build, check, swap: swapped, total };
    const advice = await this.advice(reports);
    return { storages: reports, bytes, seconds, freedFirst, warnings: this.#warnings, advice };
  }

  /** Seconds that the reading took. */
  private async freeFirst(): Promise<number> {
    const { seconds } = await this.timed(() => verifySources(this.plan));
    await this.expectUnchanged();
    this.#warnings.push(...(await freeTargets(this.world, this.plan)));
    this.plan = await surveyTargets(this.world, this.plan.request);
    refuseProblems(this.plan.problems);
    return seconds;
  }

  private async checkPairs(): Promise<void> {
    const { checkPair } = this.plan.request;
    if (checkPair === undefined) return;
    for (const { source, data, blobs } of this.plan.storages) {
      const datafs = data === undefined ? undefined : join(data.work.path, NEW_DATA);
      const directory = blobs === undefined ? undefined : join(blobs.work.path, NEW_BLOBS);
      this.#warnings.push(...(await checkPair({ source, datafs, blobs: directory })));
    }
  }

  private async putInPlace(works: WorkDirectories, built: BuiltSet): Promise<readonly StorageReport[]> {
    const { world } = this;
    const { storages, request } = this.plan;
    for (const datafs of datafsOf(storages)) await this.held.holdStorage(datafs);
    await this.expectUnchanged();
    const suffix = request.replace === true ? undefined : await freeSuffix(world.fs, storages);
    const indexes = await presentIndexes(world.fs, storages);
    const withIndex = storages.filter((_, at) => built.storages[at]?.data?.index === true);
    const facts = { suffix, indexes, built: new Set(withIndex.map(({ data }) => data!.index)) };
    this.#warnings.push(...(await swap(world, works, storages, planMoves(storages, facts))));
    return built.storages.map((report, at) => withOld(report, storages[at]!, suffix));
  }

  /** What is replaced must still be what was there when the locks were taken. */
  private async expectUnchanged(): Promise<void> {
    for (const { data, blobs } of this.plan.storages) {
      for (const target of [data, blobs]) {
        if (target === undefined) continue;
        const now = await lstatIfThere(this.world.fs, target.path);
        if (sameThing(target.old, now)) continue;
        const message = `${target.path} changed while the restore was being built`;
        throw new HoldfastError('restore.target-changed', message, { path: target.path });
      }
    }
  }

  private async advice(reports: readonly StorageReport[]): Promise<readonly string[]> {
    return adviceAfter({
      beside: this.plan.request.to !== undefined,
      hasBlobs: reports.some(({ blobs }) => blobs !== undefined),
      caches: await cachesNear(this.world.fs, datafsOf(this.plan.storages)),
      old: reports.flatMap(({ data, blobs }) => [data?.old, blobs?.old]).filter((path) => path !== undefined),
    });
  }

  private async timed<T>(
    action: () => Promise<T>,
  ): Promise<{ readonly result: T; readonly seconds: number }> {
    const started = this.world.clock.monotonic();
    const result = await action();
    return { result, seconds: secondsSince(this.world, started) };
  }
}

function sameThing(before: FileStat | undefined, now: FileStat | undefined): boolean {
  if (before === undefined || now === undefined) return before === now;
  if (before.kind !== now.kind || before.ino !== now.ino || before.dev !== now.dev) return false;
  return before.kind !== 'file' || (before.size === now.size && before.mtimeMs === now.mtimeMs);
}

function withOld(
  report: StorageReport,
  { data, blobs }: StoragePlan,
  suffix: string | undefined,
): StorageReport {
  if (suffix === undefined) return report;
  const oldData = data?.old === undefined ? undefined : `${data.path}${suffix}`;
  const oldBlobs = blobs?.old === undefined ? undefined : keptBlobs(blobs, suffix);
  return {
    ...report,
    data: report.data === undefined ? undefined : { ...report.data, old: oldData },
    blobs: report.blobs === undefined ? undefined : { ...report.blobs, old: oldBlobs },
  };
}
