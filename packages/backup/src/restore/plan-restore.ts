import { join } from 'node:path';
import { exists } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { World } from '../run/world.js';
import { readMounts } from './mounts.js';
import { overlapProblems, reservedProblems } from './overlap.js';
import {
  type BlobPlan,
  type DataPlan,
  datafsOf,
  type RestorePlan,
  type SpaceNeed,
  type StoragePlan,
  worksOf,
} from './plan.js';
import { expectedSeconds, readFactor } from './rate.js';
import type { RestoreRequest, StorageRestore } from './request.js';
import { neededSpace, spaceProblems, tooSmall } from './space.js';
import { storageProblems } from './storage-holder.js';
import {
  type BlobTarget,
  type DataTarget,
  findBlobTarget,
  findDataTarget,
  newBlobTarget,
  newDataTarget,
  type Surroundings,
} from './targets.js';
import { emptyDirectoryProblem, withinDirectory } from './to-directory.js';
import { bytesOfTree } from './tree-size.js';

/**
 * Looks at all that a restore will need and at what it will meet, changes nothing, and says everything that stands
 * in the way at once: targets, space, permissions, mounts, links, who holds the storage.
 *
 * @throws HoldfastError only where looking itself fails
 */
export async function planRestore(world: World, request: RestoreRequest): Promise<RestorePlan> {
  const plan = await surveyTargets(world, request);
  const held = await storageProblems(datafsOf(plan.storages));
  return { ...plan, problems: [...held, ...plan.problems] };
}

/** `planRestore` for one who holds the locks already. */
export async function surveyTargets(world: World, given: RestoreRequest): Promise<RestorePlan> {
  const request = given.to === undefined ? given : withinDirectory(given, given.to);
  const surroundings: Surroundings = { fs: world.fs, mounts: await readMounts(world.fs) };
  const problems: HoldfastError[] = [];
  const notes: string[] = [];
  problems.push(...(await reservedProblems(world.fs, given)));
  if (given.to !== undefined) problems.push(...(await emptyDirectoryProblem(world.fs, given, given.to)));
  const storages: StoragePlan[] = [];
  for (const source of request.storages)
    storages.push(await planStorage(surroundings, source, request, problems));
  notes.push(...storages.flatMap(notesAbout));
  problems.push(...placeProblems(storages), ...overlapProblems(storages));
  const space = await spaceOf(world, request, storages);
  const freeFirst = request.freeFirst === true && tooSmall(space).length > 0;
  problems.push(...spaceProblems(space, freeFirst));
  const amount = amountOf(storages);
  const factor = await readFactor(world.fs, request.rateFile);
  return {
    request: given,
    storages,
    problems,
    notes,
    space,
    freeFirst,
    bytes: amount.dataBytes + amount.blobBytes,
    files: storages.some(({ blobs }) => blobs !== undefined && blobs.files === undefined)
      ? undefined
      : amount.blobFiles,
    expectedSeconds: expectedSeconds(amount, factor),
    leftovers: await leftoversOf(world, storages),
  };
}

export function amountOf(storages: readonly StoragePlan[]) {
  const sum = (value: (storage: StoragePlan) => number | undefined) =>
    storages.reduce((total, storage) => total + (value(storage) ?? 0), 0);
  return {
    dataBytes: sum(({ data }) => data?.bytes),
    blobBytes: sum(({ blobs }) => blobs?.bytes),
    blobFiles: sum(({ blobs }) => blobs?.files),
  };
}

/** @throws HoldfastError the one problem itself, or `restore.not-possible` with all of them in `details.problems` */
export function refuseProblems(problems: readonly HoldfastError[]): void {
  const [first] = problems;
  if (first === undefined) return;
  if (problems.length === 1) throw first;
  const message = `${problems.length} things stand in the way of the restore`;
  const same = problems.every(({ code }) => code === first.code);
  throw new HoldfastError(same ? first.code : 'restore.not-possible', message, {
    details: { problems: problems.map((problem) => problem.message) },
  });
}

async function planStorage(
  surroundings: Surroundings,
  source: StorageRestore,
  { to }: RestoreRequest,
  problems: HoldfastError[],
): Promise<StoragePlan> {
  const isNew = to !== undefined && !(await exists(surroundings.fs, join(source.datafs!, '..')));
  const findData = isNew ? newDataTarget : findDataTarget;
  const findBlobs = isNew ? newBlobTarget : findBlobTarget;
  const { filestorage, blobs } = source;
  let dataPlan: DataPlan | undefined;
  let blobPlan: BlobPlan | undefined;
  if (filestorage !== undefined) {
    const target = await orProblem(problems, () => findData(surroundings, needPath(source, 'datafs')));
    if (target !== undefined) await refuseDangling(surroundings, target, problems);
    if (target !== undefined) dataPlan = { ...target, bytes: filestorage.moment.file.end };
  }
  if (blobs !== undefined) {
    const target = await orProblem(problems, () => findBlobs(surroundings, needPath(source, 'blobStorage')));
    if (target !== undefined) await refuseDangling(surroundings, target, problems);
    if (target !== undefined)
      blobPlan = { ...target, bytes: blobs.counts?.bytes, files: blobs.counts?.files };
  }
  return { source, data: dataPlan, blobs: blobPlan };
}

/** A link may lead to a disk that is not mounted; or a killed restore has just renamed what it led to. */
async function refuseDangling(
  { fs }: Surroundings,
  { configured, path, dangling, work }: DataTarget | BlobTarget,
  problems: HoldfastError[],
): Promise<void> {
  if (!dangling || (await exists(fs, work.path))) return;
  const message = `${configured} is a link to ${path}, which does not exist`;
  const hint = 'Mount what it leads to, make its target, or remove the link.';
  problems.push(new HoldfastError('fs.not-found', message, { path: configured, hint }));
}

function needPath(source: StorageRestore, what: 'datafs' | 'blobStorage'): string {
  const path = source[what];
  if (path !== undefined) return path;
  const name = what === 'datafs' ? 'datafs' : 'blob_storage';
  throw new HoldfastError('usage', `the storage ${source.name} has no ${name} to restore to`, {
    hint: `Set ${name} in the configuration, or restore to a directory with --to.`,
  });
}

async function orProblem<T>(problems: HoldfastError[], look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (!isHoldfastError(error) || error.code === 'fs.io') throw error;
    problems.push(error);
    return undefined;
  }
}

function placeProblems(storages: readonly StoragePlan[]): readonly HoldfastError[] {
  const places = storages.flatMap(({ data, blobs }) => [data?.place, data?.indexPlace, blobs?.place]);
  const found = new Map<string, HoldfastError>();
  for (const place of places) {
    if (place?.obstacle !== undefined) found.set(place.path, place.obstacle);
  }
  return [...found.values()];
}

function notesAbout({ source, data, blobs }: StoragePlan): readonly string[] {
  const notes: string[] = [];
  if (data !== undefined && data.path !== data.configured) {
    notes.push(`${data.configured} leads to ${data.path}, which is replaced`);
  }
  if (blobs?.way === 'inside') {
    notes.push(
      `${blobs.path} cannot be renamed (a mount point, or in a directory that is not this user's): its content is exchanged`,
    );
  }
  if (blobs !== undefined && blobs.bytes === undefined) {
    notes.push(
      `the size of the blobs of ${source.name} is not recorded: whether there is room for them was not checked`,
    );
  }
  return notes;
}

async function spaceOf(
  { fs, bulk }: World,
  request: RestoreRequest,
  storages: readonly StoragePlan[],
): Promise<readonly SpaceNeed[]> {
  const needs: SpaceNeed[] = [];
  for (const [dev, { path, bytes }] of neededSpace(storages)) {
    const { freeBytes } = await fs.freeSpace(path);
    let old = 0;
    if (request.freeFirst === true && bytes > freeBytes) {
      for (const { data, blobs } of storages) {
        if (data?.place.dev === dev && data.old?.links === 1) old += data.old.size;
        if (blobs?.place.dev === dev && blobs.old !== undefined) old += await bytesOfTree(bulk, blobs.path);
      }
    }
    needs.push({ path, dev, needed: bytes, free: freeBytes, old });
  }
  return needs;
}

async function leftoversOf({ fs }: World, storages: readonly StoragePlan[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { path } of worksOf(storages)) {
    if (await exists(fs, path)) found.push(path);
  }
  return found;
}
