import { join } from 'node:path';
import { exists, type FileSystem } from '@holdfast/durable-fs';
import { KEPT_INSIDE, type Move } from './moves.js';
import type { BlobPlan, DataPlan, StoragePlan } from './plan.js';
import { FILLING, NEW_BLOBS, NEW_DATA, NEW_INDEX, OLD_BLOBS, OLD_DATA, OLD_INDEX } from './work.js';

/** What is there and what was built, as far as the moves depend on it. */
export interface SwapFacts {
  /** Of what is kept: `.old`, `.old.2`; undefined: nothing is kept. */
  readonly suffix: string | undefined;
  /** Index files that are there. */
  readonly indexes: ReadonlySet<string>;
  /** Index files that were built, by the path that they are to have. */
  readonly built: ReadonlySet<string>;
}

/** The moves that put a restore in place: of each storage first the data, then the blobs, last the index. */
export function planMoves(storages: readonly StoragePlan[], facts: SwapFacts): readonly Move[] {
  return storages.flatMap(({ data, blobs }) => [
    ...(data === undefined ? [] : [...oldIndexes(data, facts), ...dataMoves(data, facts)]),
    ...(blobs === undefined ? [] : blobMoves(blobs, facts)),
    ...(data === undefined ? [] : newIndex(data, facts)),
  ]);
}

/** The moves that take the old files out of their places, before anything is built (`--free-first`). */
export function planRemoval(storages: readonly StoragePlan[], facts: SwapFacts): readonly Move[] {
  return storages.flatMap(({ data, blobs }) => [
    ...(data === undefined ? [] : oldIndexes(data, facts)),
    ...(data?.old === undefined ? [] : [keep(data.path, join(data.work.path, OLD_DATA))]),
    ...(blobs?.old === undefined ? [] : takeOut(blobs)),
  ]);
}

/** The first ending that is free for everything that is kept. */
export async function freeSuffix(fs: FileSystem, storages: readonly StoragePlan[]): Promise<string> {
  for (let number = 1; ; number += 1) {
    const suffix = number === 1 ? '.old' : `.old.${number}`;
    const names = storages.flatMap((storage) => keptNames(storage, suffix));
    const taken = await Promise.all(names.map((name) => exists(fs, name)));
    if (!taken.includes(true)) return suffix;
  }
}

export async function presentIndexes(
  fs: FileSystem,
  storages: readonly StoragePlan[],
): Promise<ReadonlySet<string>> {
  const present = new Set<string>();
  for (const { data } of storages) {
    for (const path of data === undefined ? [] : staleIndexes(data))
      if (await exists(fs, path)) present.add(path);
  }
  return present;
}

/** Where the blobs that were there are afterwards. */
export function keptBlobs({ path, way }: BlobPlan, suffix: string): string {
  return way === 'beside' ? `${path}${suffix}` : join(path, `${KEPT_INSIDE}${suffix.slice('.old'.length)}`);
}

function keptNames({ data, blobs }: StoragePlan, suffix: string): readonly string[] {
  return [
    ...(data === undefined ? [] : [`${data.path}${suffix}`, `${data.path}${suffix}.index`]),
    ...(blobs === undefined ? [] : [keptBlobs(blobs, suffix)]),
  ];
}

/** Behind a link there may be one beside the link, where ZODB looks, and one beside the file. */
function staleIndexes({ index, path }: DataPlan): readonly string[] {
  return [...new Set([index, `${path}.index`])];
}

/** Before the data: between the two, ZODB finds data without an index and makes its own. */
function oldIndexes(data: DataPlan, { suffix, indexes }: SwapFacts): readonly Move[] {
  return staleIndexes(data)
    .filter((index) => indexes.has(index))
    .map((index) => {
      const isBeside = index === `${data.path}.index`;
      if (isBeside && suffix !== undefined && data.old !== undefined) {
        return keep(index, `${data.path}${suffix}.index`);
      }
      return keep(index, join((isBeside ? data.work : data.indexWork).path, OLD_INDEX));
    });
}

function dataMoves({ path, work, old }: DataPlan, { suffix }: SwapFacts): readonly Move[] {
  const to = suffix === undefined ? join(work.path, OLD_DATA) : `${path}${suffix}`;
  return [
    ...(old === undefined ? [] : [keep(path, to, true)]),
    { kind: 'put', from: join(work.path, NEW_DATA), to: path },
  ];
}

function newIndex({ index, indexWork }: DataPlan, { built }: SwapFacts): readonly Move[] {
  return built.has(index) ? [{ kind: 'put', from: join(indexWork.path, NEW_INDEX), to: index }] : [];
}

function blobMoves(blobs: BlobPlan, { suffix }: SwapFacts): readonly Move[] {
  const { path, work, way, old } = blobs;
  const built = join(work.path, NEW_BLOBS);
  const to = suffix === undefined ? join(work.path, OLD_BLOBS) : keptBlobs(blobs, suffix);
  if (way === 'inside') {
    const filling = join(work.path, FILLING);
    return [
      { kind: 'empty', from: path, to, until: built },
      { kind: 'put', from: built, to: filling },
      { kind: 'fill', from: filling, to: path },
    ];
  }
  return [...(old === undefined ? [] : [keep(path, to)]), { kind: 'put', from: built, to: path }];
}

/** Of a mount point the content; a first name of the empty directory of new blobs marks the end of it. */
function takeOut({ path, work, way }: BlobPlan): readonly Move[] {
  const to = join(work.path, OLD_BLOBS);
  if (way === 'beside') return [keep(path, to)];
  const marker = join(work.path, NEW_BLOBS);
  return [
    { kind: 'empty', from: path, to, until: marker },
    { kind: 'put', from: marker, to: join(work.path, FILLING) },
  ];
}

function keep(from: string, to: string, link = false): Move {
  return { kind: 'keep', from, to, link };
}
