import { basename, join } from 'node:path';
import { makeDirectories } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import { alreadyThere } from '../already-there.js';
import type { BlobEngine } from '../engine.js';
import { readLayout } from '../layout.js';
import { listBlobBackups } from '../location.js';
import { ManifestWriter } from '../manifest.js';
import { ARCHIVE_MANIFEST } from '../names.js';
import { headerOf } from '../prepare-plan.js';
import type { Tally } from '../prepare-tally.js';
import { Prepared } from '../prepared.js';
import type { BlobBackupRequest, PreparedBlobs } from '../request.js';
import { ArchiveFile } from './archive-file.js';
import { planArchive } from './archive-plan.js';
import { type ArchiveJob, buildArchive } from './build-archive.js';
import { linkLatest, removeArchiveLeftovers, rotateArchives } from './publish-archive.js';
import { SnapshotFile } from './snapshot-file.js';
import { TarWriter } from './tar-writer.js';

/**
 * Writes a plain archive or a delta, durably, under a temporary name. The caller holds the lock of the location.
 * Leftovers of a killed run are removed first.
 *
 * @throws HoldfastError `blobs.vanished` (a pack runs: try again), `blobs.unreadable`, `blobs.layout`, those of the
 *   `fs.` family; nothing is left then
 */
export async function prepareArchive(engine: BlobEngine, request: BlobBackupRequest): Promise<PreparedBlobs> {
  if (request.style.kind !== 'archive')
    throw new HoldfastError('internal', 'this is not a request for an archive');
  const { fs } = engine;
  const source = await fs.realPath(request.source);
  const layout = await readLayout(fs, source);
  if (request.dryRun !== true) {
    await makeDirectories(fs, request.location);
    await removeArchiveLeftovers(engine, request.location);
  }
  const bases = [basename(request.source)];
  const location = await listBlobBackups(engine, request.location, { bases });
  const plan = await planArchive(engine, request, location);
  if (plan.kind === 'nothing') {
    const { backup } = plan;
    const publish = async () => {
      if (backup.kind === 'archive' && !incremental(request))
        await linkLatest(engine, request.location, backup.id);
    };
    return await alreadyThere(engine, request, { layout: 'bushy', backup, publish });
  }
  const job: ArchiveJob = { engine, request, layout, source, plan };
  if (request.dryRun !== true) return await prepare(job);
  const tally = await buildArchive(job, undefined);
  return new Prepared(summaryOf(job, tally, ''), { publish: async () => {}, discard: async () => {} });
}

async function prepare(job: ArchiveJob): Promise<PreparedBlobs> {
  const { engine, request, source, plan } = job;
  const { fs, clock, failpoint } = engine;
  const path = join(request.location, plan.name);
  // The manifest gets the same time: that is how the two are known to belong together after the recipe rotated them.
  const startMs = clock.now();
  const mtimeMs = Math.floor(startMs / 1000) * 1000;
  const stack = new AsyncDisposableStackOf();
  try {
    const archive = stack.use(await ArchiveFile.create(fs, path, { gzip: plan.gzip, mtimeMs }));
    const manifest = await ManifestWriter.create(
      fs,
      path + ARCHIVE_MANIFEST,
      headerOf(request, plan.patterns, plan.previous?.stamp),
      true,
    );
    stack.defer(() => manifest.dispose());
    const snapshotPath = join(request.location, `${plan.base}.${request.stamp}.snar`);
    const snapshot = plan.snapshotFile
      ? await SnapshotFile.create(engine, snapshotPath, source, startMs)
      : undefined;
    stack.defer(async () => await snapshot?.dispose());
    const tally = await buildArchive(job, {
      tar: new TarWriter(engine, source, archive),
      manifest,
      snapshot,
    });
    await archive.seal();
    await snapshot?.seal();
    const written = await manifest.finish(tally.counts);
    await failpoint?.('sealed-archive');
    const publish = async () => {
      if (plan.rotated) await rotateArchives(engine, request.location, plan.base);
      await manifest.publish();
      engine.bulk.utimes(path + ARCHIVE_MANIFEST, mtimeMs, mtimeMs);
      await failpoint?.('published-archive-manifest');
      await archive.publish();
      await failpoint?.('published-archive');
      // Last: without the archive, GNU tar would continue what is not there.
      await snapshot?.publish();
      if (!plan.rotated)
        await linkLatest(engine, request.location, incremental(request) ? undefined : plan.name);
    };
    return new Prepared(summaryOf(job, tally, written.sha256), { publish, discard: () => stack.dispose() });
  } catch (error) {
    // What went wrong before is the error to tell.
    await stack.dispose().catch(() => {});
    throw error;
  }
}

function incremental({ style }: BlobBackupRequest): boolean {
  return style.kind === 'archive' && style.incremental;
}

function summaryOf({ plan }: ArchiveJob, tally: Tally, sha256: string) {
  return tally.summary({
    id: plan.name,
    style: plan.kind,
    total: tally.counts,
    cannotLink: undefined,
    manifestSha256: sha256,
  });
}

/** Undoes in the reverse order; a failing step does not keep the others from being done. */
class AsyncDisposableStackOf {
  private readonly steps: (() => Promise<void>)[] = [];

  use<T extends AsyncDisposable>(resource: T): T {
    this.steps.push(async () => await resource[Symbol.asyncDispose]());
    return resource;
  }

  defer(step: () => Promise<void>): void {
    this.steps.push(step);
  }

  async dispose(): Promise<void> {
    const results = [];
    for (const step of this.steps.splice(0).reverse()) results.push(await Promise.allSettled([step()]));
    const failed = results.flat().find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
}
