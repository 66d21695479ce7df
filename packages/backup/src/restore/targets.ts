import { basename, dirname, join, resolve } from 'node:path';
import { type FileStat, type FileSystem, lstatIfThere } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import { findTarget, type Target } from '@holdfast/filestorage-backup';
import { isMountPoint, type Mounts } from './mounts.js';
import { lookAtPlace, nearestPlace, type Place } from './place.js';
import type { Owner } from './request.js';
import { type Work, workBeside, workInside } from './work.js';

/** Where a `Data.fs` and its index go. */
export interface DataTarget extends Target {
  /** As asked for, for ZODB's lock. */
  readonly configured: string;
  readonly old: FileStat | undefined;
  /** Where the data is built. */
  readonly place: Place;
  readonly work: Work;
  /** Where the index is built: the same, unless a symbolic link leads from one directory to another. */
  readonly indexPlace: Place;
  readonly indexWork: Work;
  /** Reached by a link whose target is not there. */
  readonly dangling: boolean;
}

/** Where a blob directory goes. */
export interface BlobTarget {
  /** Without symbolic links. */
  readonly path: string;
  readonly configured: string;
  readonly old: FileStat | undefined;
  /** `inside`: the directory cannot be renamed, being a mount point, so its content is exchanged. */
  readonly way: 'beside' | 'inside';
  /** Permission bits of the directory itself; undefined: as recorded. */
  readonly mode: number | undefined;
  readonly owner: Owner | undefined;
  readonly place: Place;
  readonly work: Work;
  /** Reached by a link whose target is not there. */
  readonly dangling: boolean;
}

export interface Surroundings {
  readonly fs: FileSystem;
  readonly mounts: Mounts;
}

/** @throws HoldfastError where nothing can be restored to this path */
export async function findDataTarget({ fs, mounts }: Surroundings, configured: string): Promise<DataTarget> {
  const link = await throughLink(fs, configured);
  const index = `${link.configured}.index`;
  const target = { ...(await findTarget(fs, link.path)), index };
  const place = await lookAtPlace(fs, dirname(target.path));
  const sameDirectory = dirname(index) === place.path;
  const indexPlace = sameDirectory ? place : await lookAtPlace(fs, dirname(index));
  if (isMountPoint(mounts, target.path)) {
    const message = `${target.path} is itself a mount point: no other file can take its name`;
    throw new HoldfastError('restore.mount-point', message, { path: target.path });
  }
  const work = workBeside(target.path);
  return {
    ...target,
    configured,
    old: target.present ? await fs.lstat(target.path) : undefined,
    place,
    work,
    indexPlace,
    indexWork: sameDirectory ? work : workBeside(index),
    dangling: link.dangling,
  };
}

/** @throws HoldfastError where nothing can be restored to this path */
export async function findBlobTarget({ fs, mounts }: Surroundings, configured: string): Promise<BlobTarget> {
  const { path, dangling } = await throughLink(fs, configured);
  const old = await directoryAt(fs, path);
  const outer = await lookAtPlace(fs, dirname(path));
  const model = old ?? (await fs.stat(outer.path));
  const common = {
    path,
    configured,
    old,
    mode: old === undefined ? undefined : old.mode & 0o777,
    owner: process.getuid?.() === 0 ? { uid: model.uid, gid: model.gid } : undefined,
    dangling,
  };
  if (old === undefined || canBeRenamed(mounts, path, old, outer)) {
    return { ...common, way: 'beside', place: outer, work: workBeside(path) };
  }
  return { ...common, way: 'inside', place: await lookAtPlace(fs, path), work: workInside(path) };
}

function canBeRenamed(mounts: Mounts, path: string, old: FileStat, outer: Place): boolean {
  return !isMountPoint(mounts, path) && old.dev === outer.dev && outer.obstacle === undefined;
}

interface Resolved {
  /** With its directory resolved, the last part as configured. */
  readonly configured: string;
  /** Where a link leads, also one whose target is not there just now: a killed restore may have renamed it. */
  readonly path: string;
  readonly dangling: boolean;
}

async function throughLink(fs: FileSystem, path: string): Promise<Resolved> {
  const configured = join(await realDirectory(fs, dirname(path)), basename(path));
  try {
    return { configured, path: await fs.realPath(configured), dangling: false };
  } catch (error) {
    if (!isHoldfastError(error, 'fs.not-found')) throw error;
  }
  const stat = await lstatIfThere(fs, configured);
  if (stat?.kind !== 'symlink') return { configured, path: configured, dangling: false };
  const target = resolve(dirname(configured), await fs.readLink(configured));
  return { configured, path: (await throughLink(fs, target)).path, dangling: true };
}

async function realDirectory(fs: FileSystem, directory: string): Promise<string> {
  try {
    return await fs.realPath(directory);
  } catch (error) {
    if (!isHoldfastError(error, 'fs.not-found')) throw error;
    throw new HoldfastError('fs.not-found', `there is no directory ${directory} to restore to`, {
      path: directory,
      hint: `Make it as the user that Zope runs as (mkdir -p ${directory}), or restore to another place with --to.`,
      cause: error,
    });
  }
}

async function directoryAt(fs: FileSystem, path: string): Promise<FileStat | undefined> {
  const stat = await lstatIfThere(fs, path);
  if (stat === undefined || stat.kind === 'directory') return stat;
  throw new HoldfastError('fs.exists', `cannot restore blobs to ${path}: it is not a directory`, {
    path,
    hint: 'Move it away, or correct blob_storage in the configuration.',
  });
}

/** Targets in directories that are yet to be made. */
export async function newDataTarget({ fs }: Surroundings, path: string): Promise<DataTarget> {
  const place = await nearestPlace(fs, dirname(path));
  const work = workBeside(path);
  const target = { path, index: `${path}.index`, present: false, mode: 0o600, owner: undefined };
  return {
    ...target,
    configured: path,
    old: undefined,
    place,
    work,
    indexPlace: place,
    indexWork: work,
    dangling: false,
  };
}

export async function newBlobTarget({ fs }: Surroundings, path: string): Promise<BlobTarget> {
  const place = await nearestPlace(fs, dirname(path));
  const nothing = { old: undefined, mode: undefined, owner: undefined, dangling: false };
  return { ...nothing, path, configured: path, way: 'beside', place, work: workBeside(path) };
}
