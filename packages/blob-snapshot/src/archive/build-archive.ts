import { basename, join } from 'node:path';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { BlobBackup } from '../blob-backup.js';
import type { BlobEngine } from '../engine.js';
import { entriesOf, manifestsOf } from '../entries.js';
import type { BlobDirectory, BlobEntry, BlobFile } from '../entry.js';
import { type BlobLayout, parseBlobPath } from '../layout.js';
import { childPath, type ManifestWriter, parentPath } from '../manifest.js';
import { linesOf, readStateLines } from '../manifest-merge.js';
import { stampTime } from '../names.js';
import { Tally } from '../prepare-tally.js';
import type { BlobBackupRequest } from '../request.js';
import { excludeRules } from '../source-exclude.js';
import { type WalkBase, type WalkItem, walkSource } from '../source-walk.js';
import { readChanges, walkLog } from '../tree-log.js';
import type { ArchivePlan } from './archive-plan.js';
import type { DumpdirName } from './dumpdir.js';
import type { SnapshotFile } from './snapshot-file.js';
import type { ReadFile, TarWriter } from './tar-writer.js';

export interface ArchiveJob {
  readonly engine: BlobEngine;
  readonly request: BlobBackupRequest;
  readonly layout: BlobLayout;
  /** The blob directory, links resolved. */
  readonly source: string;
  readonly plan: Exclude<ArchivePlan, { kind: 'nothing' }>;
}

/** Where it all goes; undefined in a dry run. */
export interface ArchiveOutput {
  readonly tar: TarWriter;
  readonly manifest: ManifestWriter;
  readonly snapshot: SnapshotFile | undefined;
}

/**
 * Brings the blob directory, or what is new in it, into an archive and its manifest, in the order of the walk.
 *
 * @throws HoldfastError `blobs.vanished`, `blobs.unreadable`
 */
export async function buildArchive(job: ArchiveJob, output: ArchiveOutput | undefined): Promise<Tally> {
  const { engine, request, layout, source } = job;
  const tally = new Tally(engine, request, layout);
  const builder = new ArchiveBuilder(job, tally, output);
  try {
    await runWalk(job, tally, builder.visit);
    await builder.takeAll();
  } finally {
    await builder.settle();
  }
  tally.progress();
  tally.expectAllReadable(source);
  await builder.finish();
  return tally;
}

async function runWalk(
  { engine, request, layout, source, plan }: ArchiveJob,
  tally: Tally,
  visit: (item: WalkItem) => Promise<void>,
): Promise<void> {
  const { bulk, signal } = engine;
  const onPause = () => tally.progress();
  const base = plan.previous === undefined ? undefined : baseOf(engine, plan.previous, plan.patterns.same);
  if (plan.way === 'log' && base !== undefined) {
    const { entries, missing } = await readChanges(engine, source, layout, request.changes?.made ?? []);
    tally.missing.push(...missing);
    return await walkLog({ signal, onPause }, base.lines, entries, visit);
  }
  const exclude = excludeRules(request.exclude ?? [], basename(request.source));
  await walkSource({ bulk, signal, root: source, layout, exclude, base, onPause }, visit);
}

/** @param samePatterns whether it was made with the same patterns of what to leave out */
function baseOf(engine: BlobEngine, previous: BlobBackup, samePatterns: boolean): WalkBase {
  const manifests = manifestsOf(previous);
  const stamped = stampTime(previous.stamp ?? '');
  if (manifests !== undefined && stamped !== undefined)
    return { lines: readStateLines(engine, manifests), knownMs: samePatterns ? stamped : undefined };
  return { lines: linesOf(entriesOf(engine, previous)), knownMs: undefined };
}

/** Files that are read while others are written. */
const READ_AHEAD_FILES = 32;

type FileItem = Extract<WalkItem, { kind: 'file' }>;

class ArchiveBuilder {
  /** Directories that lost something and are still there. */
  private readonly shrunk = new Map<string, BlobDirectory>();
  private readonly goneDirectories = new Set<string>();
  private readonly exclude;
  private readonly waiting: { readonly item: WalkItem; readonly reading: Promise<ReadFile> | undefined }[] =
    [];

  constructor(
    private readonly job: ArchiveJob,
    private readonly tally: Tally,
    private readonly output: ArchiveOutput | undefined,
  ) {
    this.exclude = excludeRules(job.request.exclude ?? [], basename(job.request.source));
  }

  /** Files are read ahead; all is written in the order of the walk. */
  readonly visit = async (item: WalkItem): Promise<void> => {
    const reading =
      item.kind === 'file' && !this.isCarried(item) ? this.output?.tar.read(item.entry.path) : undefined;
    this.waiting.push({ item, reading });
    if (this.waiting.length > READ_AHEAD_FILES) await this.takeNext();
  };

  async takeAll(): Promise<void> {
    while (this.waiting.length > 0) await this.takeNext();
  }

  /** Files that are being read are closed before the error of another is told. */
  async settle(): Promise<void> {
    const readings = this.waiting
      .splice(0)
      .flatMap(({ reading }) => (reading === undefined ? [] : [reading]));
    await Promise.allSettled(readings);
  }

  private async takeNext(): Promise<void> {
    const { item, reading } = this.waiting.shift()!;
    await this.take(item, reading);
  }

  private async take(item: WalkItem, reading: Promise<ReadFile> | undefined): Promise<void> {
    if (item.kind === 'directory') await this.directory(item.entry, item.base?.entry);
    else if (item.kind === 'file') await this.file(item, reading);
    else if (item.kind === 'gone') this.gone(item.base.entry);
    else if (item.kind === 'excluded') this.tally.excluded(item.path);
    else this.tally.refused(item.path, item.reason, item.unreadable);
    await this.flush();
  }

  /** What is gone: GNU tar removes it when the directory's list, without it, passes by. */
  async finish(): Promise<void> {
    if (this.output === undefined) return;
    for (const [path, entry] of this.shrunk) {
      if (!this.goneDirectories.has(path)) await this.output.tar.addDumpdir(entry, this.listing(path));
    }
    await this.output.tar.finish();
  }

  private async directory(entry: BlobDirectory, before: BlobEntry | undefined): Promise<void> {
    const known = before?.kind === 'directory';
    this.tally.directory(entry, known);
    if (this.output === undefined) return;
    this.output.snapshot?.addDirectory(entry.path);
    if (known && isSameDirectory(entry, before)) return;
    this.output.manifest.add(entry);
    await this.output.tar.addDirectory(entry);
  }

  /** Whether the state before has the file. */
  private isCarried({ entry, base, same }: FileItem): boolean {
    return same || (base?.entry.kind === 'file' && this.isKnown(base.entry, entry));
  }

  private async file(item: FileItem, reading: Promise<ReadFile> | undefined): Promise<void> {
    const { entry, base } = item;
    if (this.isCarried(item)) {
      this.tally.file(entry, 'linked', true, this.job.plan.way === 'walk');
      return;
    }
    if (base?.entry.kind === 'file') this.tally.replaced(base.entry);
    const added = reading === undefined ? entry : await this.add(entry, reading);
    if (added !== undefined) this.tally.file(added, 'copied', false);
  }

  /** In archives of GNU tar's there is no more to compare with than whole seconds. */
  private isKnown(before: BlobFile, found: BlobFile): boolean {
    if (before.size !== found.size) return false;
    return (
      parseBlobPath(this.job.layout, found.path) !== undefined || isSameTime(before.mtimeMs, found.mtimeMs)
    );
  }

  private async add(entry: BlobFile, reading: Promise<ReadFile>): Promise<BlobFile | undefined> {
    try {
      const added = await this.output!.tar.addFile(await reading);
      this.output!.manifest.add(added);
      this.output!.snapshot?.addFile(entry.path);
      return added;
    } catch (error) {
      if (!isHoldfastError(error, 'fs.permission')) throw error;
      // All of them are listed before the backup ends.
      this.tally.refused(entry.path, 'the file cannot be read', true);
      return undefined;
    }
  }

  private gone(entry: BlobEntry): void {
    this.tally.gone(entry);
    if (this.output === undefined) return;
    this.output.manifest.addGone(entry.path);
    if (entry.kind === 'directory') this.goneDirectories.add(entry.path);
    const parent = parentPath(entry.path);
    if (parent === undefined || this.goneDirectories.has(parent) || this.shrunk.has(parent)) return;
    const { mode, uid, gid, mtimeMs } = this.lstatDirectory(parent);
    this.shrunk.set(parent, { kind: 'directory', path: parent, mode, uid, gid, mtimeMs });
  }

  private lstatDirectory(path: string) {
    const full = join(this.job.source, path);
    try {
      return this.job.engine.bulk.lstat(full);
    } catch (cause) {
      if (!isHoldfastError(cause, 'fs.not-found')) throw cause;
      throw new HoldfastError('blobs.vanished', `${full} went away while it was backed up`, {
        path: full,
        cause,
      });
    }
  }

  private listing(path: string): readonly DumpdirName[] {
    const entries = this.job.engine.bulk.readDirectory(join(this.job.source, path));
    return entries
      .filter(({ name, kind }) => !this.exclude(childPath(path, name), kind === 'directory'))
      .filter(({ kind }) => kind === 'file' || kind === 'directory')
      .map(({ name, kind }) => ({ name, letter: kind === 'directory' ? 'D' : 'N' }));
  }

  private async flush(): Promise<void> {
    if (this.output === undefined) return;
    if (this.output.manifest.full) await this.output.manifest.flush();
    await this.output.snapshot?.flush();
  }
}

function isSameDirectory(a: BlobDirectory, b: BlobDirectory): boolean {
  return a.mode === b.mode && a.uid === b.uid && a.gid === b.gid && isSameTime(b.mtimeMs, a.mtimeMs);
}

function isSameTime(before: number, found: number): boolean {
  return before === found || (before % 1000 === 0 && before === Math.floor(found / 1000) * 1000);
}
