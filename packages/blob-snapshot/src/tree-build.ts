import { basename, join } from 'node:path';

import type { BlobBackup } from './blob-backup.js';
import type { BlobEngine } from './engine.js';
import { contentOf, entriesOf, manifestsOf } from './entries.js';
import type { BlobEntry } from './entry.js';
import { type BlobLayout, directoryDepth, isBlobPath } from './layout.js';
import { ManifestWriter, type WrittenManifest } from './manifest.js';
import { entryLine } from './manifest-line.js';
import { type EntryLine, linesOf, readStateLines } from './manifest-merge.js';
import { stampTime, TREE_MANIFEST } from './names.js';
import { type BlobPlan, headerOf } from './prepare-plan.js';
import { Tally } from './prepare-tally.js';
import type { BlobBackupRequest, BlobBackupSummary } from './request.js';
import { excludeRules } from './source-exclude.js';
import { type Visit, type WalkBase, walkSource } from './source-walk.js';
import type { DirectoriesAhead } from './tree-ahead.js';
import { readChanges, walkLog } from './tree-log.js';
import { type Made, TreeWriter } from './tree-writer.js';

export interface TreeJob {
  readonly engine: BlobEngine;
  readonly request: BlobBackupRequest;
  readonly layout: BlobLayout;
  /** The blob directory, links resolved. */
  readonly source: string;
  /** Outer directory of the tree while it is made; undefined: nothing is written. */
  readonly partial: string | undefined;
  readonly plan: Extract<BlobPlan, { kind: 'tree' }>;
  /** Do not believe the manifest of the tree before: look at the tree. */
  readonly distrust: boolean;
}

/** Makes a tree with its manifest under a partial name. Not durable yet. */
export async function buildTree(job: TreeJob): Promise<BlobBackupSummary> {
  const { engine, request, layout, source, partial, plan } = job;
  const tally = new Tally(engine, request, layout);
  const inner = join(partial ?? '', basename(request.source));
  const writer = new TreeWriter(engine, {
    source,
    target: inner,
    depth: directoryDepth(layout),
    previous: plan.previous === undefined ? undefined : contentOf(plan.previous),
    // Only blobs never change: the live site writes into other files, and so would write into the backup.
    linkNew:
      request.linkFirstCopy === true && plan.previous === undefined
        ? (path) => isBlobPath(layout, path)
        : undefined,
  });
  const manifest = partial === undefined ? undefined : await createManifest(job, partial);
  try {
    const output = manifest === undefined ? undefined : { writer, manifest };
    const sink = new TreeSink(tally, output, plan.way === 'walk', damagedOf(request));
    await runWalk(job, tally, sink, output === undefined ? undefined : writer.ahead);
    if (manifest !== undefined) await writer.finish();
    tally.progress();
    tally.expectAllReadable(source);
    const written = await finishManifest(manifest);
    return tally.summary({
      id: plan.name,
      style: 'tree',
      total: tally.counts,
      cannotLink: writer.cannotLink,
      manifestSha256: written?.sha256 ?? '',
    });
  } finally {
    await writer.settle();
    await manifest?.dispose();
  }
}

function createManifest({ engine, request, plan }: TreeJob, partial: string): Promise<ManifestWriter> {
  return ManifestWriter.create(engine.fs, join(partial, TREE_MANIFEST), headerOf(request, plan.patterns));
}

async function finishManifest(manifest: ManifestWriter | undefined): Promise<WrittenManifest | undefined> {
  const written = await manifest?.finish();
  await manifest?.publish();
  return written;
}

async function runWalk(
  job: TreeJob,
  tally: Tally,
  { visit, unseen }: TreeSink,
  ahead: DirectoriesAhead | undefined,
): Promise<void> {
  const { engine, request, layout, source, plan } = job;
  const { bulk, signal } = engine;
  const onPause = () => tally.progress();
  const lines = plan.previous === undefined ? undefined : baseLines(job, plan.previous, ahead);
  if (plan.way === 'log' && lines !== undefined) {
    const { entries, missing } = await readChanges(engine, source, layout, request.changes?.made ?? []);
    tally.missing.push(...missing);
    return await walkLog({ signal, onPause }, lines.lines, entries, visit);
  }
  const exclude = excludeRules(request.exclude ?? [], basename(request.source));
  await walkSource({ bulk, signal, root: source, layout, exclude, base: lines, onPause, unseen }, visit);
}

/** The state before, line by line: from its manifests, or by a look at the tree. */
function baseLines(
  { engine, distrust, plan }: TreeJob,
  previous: BlobBackup,
  ahead: DirectoriesAhead | undefined,
): WalkBase {
  const manifests = distrust ? undefined : manifestsOf(previous);
  const stamped = stampTime(previous.stamp ?? '');
  const known = manifests !== undefined && stamped !== undefined;
  const bare: BlobBackup = { ...previous, kind: 'tree', manifest: undefined, before: [] };
  const lines = known ? readStateLines(engine, manifests) : linesOf(entriesOf(engine, bare));
  return { lines: ahead?.before(lines) ?? lines, knownMs: known && plan.patterns.same ? stamped : undefined };
}

/** Of `all` nothing is taken over, so that none of them need be known. */
function damagedOf({ damaged }: BlobBackupRequest): ReadonlySet<string> {
  return damaged === undefined || damaged === 'all' ? new Set() : damaged;
}

interface Wanted {
  readonly path: string;
  readonly base: EntryLine | undefined;
  readonly same: boolean;
}

interface Output {
  readonly writer: TreeWriter;
  readonly manifest: ManifestWriter;
}

/** Brings what a walk finds into the tree, the manifest and the tally. */
class TreeSink {
  constructor(
    private readonly tally: Tally,
    private readonly output: Output | undefined,
    /** Whether files of the state before were looked at too. */
    private readonly looked: boolean,
    /** Paths that the tree before has damaged. */
    private readonly damaged: ReadonlySet<string>,
  ) {}

  /** New blobs, which whoever copies them looks at. */
  get unseen(): ((path: string) => Promise<void> | undefined) | undefined {
    const writer = this.output?.writer;
    if (writer?.takesUnseen !== true) return undefined;
    return (path) => writer.unseen(path, (made) => this.made(made, { path, base: undefined, same: false }));
  }

  readonly visit: Visit = (item) => {
    switch (item.kind) {
      case 'directory':
        this.tally.directory(item.entry, item.base !== undefined);
        if (this.output === undefined) return undefined;
        return this.output.writer.directory(item.entry, () => this.write(item.entry, item.base));
      case 'file':
        return this.file(item);
      case 'gone':
        this.tally.gone(item.base.entry);
        return undefined;
      case 'excluded':
        this.tally.excluded(item.path);
        return undefined;
      case 'refused':
        this.tally.refused(item.path, item.reason, item.unreadable);
        return undefined;
    }
  };

  private file(item: Extract<Parameters<Visit>[0], { kind: 'file' }>): Promise<void> | undefined {
    const { entry, base } = item;
    const same = item.same && !this.damaged.has(entry.path);
    if (base?.entry.kind === 'file' && !same) this.tally.replaced(base.entry);
    const { output } = this;
    if (output === undefined) {
      this.tally.file(entry, same ? 'linked' : 'copied', same, this.looked || !same);
      return undefined;
    }
    const done = (made: Made) => this.made(made, { path: entry.path, base, same });
    return same ? output.writer.same(entry, done) : output.writer.fresh(entry, done);
  }

  private made(made: Made, { path, base, same }: Wanted): Promise<void> | undefined {
    if (made.how === 'refused') {
      this.tally.refused(path, made.reason, made.unreadable);
      return undefined;
    }
    this.tally.file(made.entry, made.how, same, this.looked || !same);
    return this.write(made.entry, made.entry === base?.entry ? base : undefined);
  }

  /** The line of the state before is written again where nothing of it has changed. */
  private write(entry: BlobEntry, base: EntryLine | undefined): Promise<void> | undefined {
    const manifest = this.output?.manifest;
    if (manifest === undefined) return undefined;
    manifest.addEntry(entry, base !== undefined && isEqual(entry, base.entry) ? base.text : entryLine(entry));
    return manifest.full ? manifest.flush() : undefined;
  }
}

function isEqual(a: BlobEntry, b: BlobEntry): boolean {
  if (a === b) return true;
  if (a.kind !== 'directory' || b.kind !== 'directory') return false;
  return a.mtimeMs === b.mtimeMs && a.mode === b.mode && a.uid === b.uid && a.gid === b.gid;
}
