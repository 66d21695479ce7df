import { basename, join } from 'node:path';
import { HoldfastError } from '@holdfast/errors';
import type { BlobBackup, BlobCounts } from './blob-backup.js';
import type { BlobEngine } from './engine.js';
import { contentOf, manifestsOf } from './entries.js';
import type { BlobDirectory, BlobEntry, BlobFile } from './entry.js';
import type { BlobLayout } from './layout.js';
import { ManifestWriter, readManifestEnd, readManifests } from './manifest.js';
import { poolId } from './names.js';
import { removePoolLeftovers, STAGED_MANIFEST, stagingPath } from './pool-leftovers.js';
import { publishState, type StagedState } from './pool-publish.js';
import { stagePool } from './pool-stage.js';
import { headerOf, type PatternPlan } from './prepare-plan.js';
import { Tally } from './prepare-tally.js';
import { Prepared } from './prepared.js';
import type { BlobBackupRequest, PreparedBlobs } from './request.js';
import { statOf } from './tree-copy.js';
import { readChanges } from './tree-log.js';

export interface PoolTask {
  readonly engine: BlobEngine;
  readonly request: BlobBackupRequest;
  readonly layout: BlobLayout;
  /** The blob directory, links resolved. */
  readonly source: string;
  readonly patterns: PatternPlan;
}

/**
 * A later state that shares the tree of the one before: its new files are copied beside the tree, and moved into it when
 * it is published. The cost follows the number of changes: of the state before only the last line is read.
 */
export async function preparePool(task: PoolTask, previous: BlobBackup): Promise<PreparedBlobs> {
  const { engine, request, layout, source } = task;
  const tally = new Tally(engine, request, layout);
  const { entries, missing } = await readChanges(engine, source, layout, request.changes?.made ?? []);
  tally.missing.push(...missing);
  const fresh = await withoutKnown(engine, previous, entries);
  const before = await countsOf(engine, previous);
  const tree = basename(previous.path);
  const common = { id: poolId(tree, request.stamp), style: 'pool', cannotLink: undefined } as const;
  if (request.dryRun === true) {
    for (const entry of fresh) if (entry.kind === 'file') tally.file(entry, 'copied', false);
    const summary = tally.summary({ ...common, total: sum(before, tally.change), manifestSha256: '' });
    return new Prepared(summary, { publish: async () => {}, discard: async () => {} });
  }
  const staging = stagingPath(request.location, tree, previous.base);
  const discard = async () => {
    await removePoolLeftovers(engine, request.location, basename(staging));
  };
  try {
    await engine.fs.makeDirectory(staging, 0o700);
    const copied = await stagePool(engine, { source, staging, entries: fresh, tally });
    tally.expectAllReadable(source);
    const total = sum(before, tally.change);
    const manifestSha256 = await writeManifest(task, previous, staging, copied, total);
    await engine.failpoint?.('staged-blobs');
    const summary = tally.summary({ ...common, total, manifestSha256 });
    const state: StagedState = { staging, previous, stamp: request.stamp, entries: copied };
    return new Prepared(summary, { publish: () => publishState(engine, request.location, state), discard });
  } catch (error) {
    await discard().catch(() => {});
    throw error;
  }
}

async function writeManifest(
  { engine, request, patterns }: PoolTask,
  previous: BlobBackup,
  staging: string,
  entries: readonly BlobEntry[],
  total: BlobCounts,
): Promise<string> {
  const header = headerOf(request, patterns, previous.stamp);
  const manifest = await ManifestWriter.create(engine.fs, join(staging, STAGED_MANIFEST), header);
  try {
    for (const entry of entries) {
      manifest.add(entry);
      if (manifest.full) await manifest.flush();
    }
    const { sha256 } = await manifest.finish(total);
    await manifest.publish();
    return sha256;
  } finally {
    await manifest.dispose();
  }
}

/**
 * Without the blobs that the state before has already: those that came while it was made. Only when there is a file of
 * that name are the manifests read; one that they do not name is a leftover, and is replaced.
 */
async function withoutKnown(
  engine: BlobEngine,
  previous: BlobBackup,
  entries: readonly BlobEntry[],
): Promise<readonly (BlobFile | BlobDirectory)[]> {
  const inner = contentOf(previous);
  const there = new Set<string>();
  for (const { kind, path } of entries) {
    if (kind === 'file' && statOf(engine.bulk, join(inner, path)) !== undefined) there.add(path);
  }
  if (there.size === 0) return entries;
  const known = new Set<string>();
  for await (const { path } of readManifests(engine, manifestsOf(previous)!)) {
    if (there.has(path)) known.add(path);
  }
  return entries.filter(({ path }) => !known.has(path));
}

async function countsOf(engine: BlobEngine, { manifest }: BlobBackup): Promise<BlobCounts> {
  const end = await readManifestEnd(engine, manifest!);
  if (end === undefined)
    throw new HoldfastError('blobs.manifest', `the manifest ${manifest} is cut off`, { path: manifest });
  return end;
}

function sum(a: BlobCounts, b: BlobCounts): BlobCounts {
  return { files: a.files + b.files, bytes: a.bytes + b.bytes };
}
