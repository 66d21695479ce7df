import { join } from 'node:path';
import { type BuiltStorage, buildStorage } from '@holdfast/filestorage-backup';
import type { World } from '../run/world.js';
import type { BlobPlan, DataPlan, RestorePlan } from './plan.js';
import type { BlobReport, DataReport, StorageReport } from './report.js';
import type { BlobSource, FilestorageSource } from './request.js';
import { NEW_BLOBS, NEW_DATA, NEW_INDEX } from './work.js';

export interface BuiltSet {
  readonly storages: readonly StorageReport[];
  readonly warnings: readonly string[];
}

/** Builds everything in the work directories, each part durable before the next is begun. */
export async function buildSet(world: World, plan: RestorePlan): Promise<BuiltSet> {
  const check = plan.request.check !== false;
  const storages: StorageReport[] = [];
  const warnings: string[] = [];
  for (const { source, data, blobs } of plan.storages) {
    const builder = { world, check, warnings };
    storages.push({
      name: source.name,
      data: data === undefined ? undefined : await buildData(builder, source.filestorage!, data),
      blobs: blobs === undefined ? undefined : await buildBlobs(builder, source.blobs!, blobs),
    });
  }
  return { storages, warnings };
}

interface Builder {
  readonly world: World;
  readonly check: boolean;
  readonly warnings: string[];
}

async function buildData(
  { world, check, warnings }: Builder,
  { engine, moment }: FilestorageSource,
  plan: DataPlan,
): Promise<DataReport> {
  const started = world.clock.monotonic();
  const path = join(plan.work.path, NEW_DATA);
  const index = join(plan.indexWork.path, NEW_INDEX);
  const { mode, owner } = plan;
  await using built: BuiltStorage = await buildStorage(engine, {
    moment,
    check,
    path,
    index,
    mode,
    owner,
    label: plan.path,
  });
  await built.data.publish();
  await built.index?.publish();
  warnings.push(...built.warnings);
  return {
    path: plan.path,
    bytes: built.bytes,
    files: moment.path.length,
    seconds: secondsSince(world, started),
    index: built.index !== undefined,
    old: undefined,
  };
}

async function buildBlobs(
  { world, check, warnings }: Builder,
  source: BlobSource,
  { path, work, owner, mode }: BlobPlan,
): Promise<BlobReport> {
  const started = world.clock.monotonic();
  const target = join(work.path, NEW_BLOBS);
  const { files, bytes, ...built } = await source.build(target, { check, owner });
  warnings.push(...built.warnings);
  if (mode !== undefined) world.bulk.chmod(target, mode);
  await world.fs.syncDirectory(target);
  await world.fs.syncDirectory(work.path);
  return { path, bytes, files, seconds: secondsSince(world, started), old: undefined };
}

/** @param started reading of `monotonic` */
export function secondsSince({ clock }: World, started: number): number {
  return (clock.monotonic() - started) / 1000;
}
