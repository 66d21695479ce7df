import {
  type BlobBackupSummary,
  type BlobEngine,
  type BlobEntry,
  type BlobStyle,
  PairCheck,
  type PairReport,
  type PreparedBlobs,
  prepareBlobs,
} from '@holdfast/blob-snapshot';
import { type OpenFile, statIfThere } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import {
  type BlobReferences,
  collectBlobReferences,
  HEADER_SIZE,
  resolveBlobReferences,
} from '@holdfast/filestorage';
import type { BackedUpState } from '@holdfast/filestorage-backup';
import type { Options, SetKind } from '../config.js';
import type { BlobPart, MissingBlob } from '../set-record.js';
import { type BlobBase, findBlobBase } from './blob-base.js';
import { damagedBlobs } from './known-part.js';
import { LogObserver } from './log-observer.js';
import { stampOfState } from './state-stamp.js';
import type { StorageTask } from './storage-run.js';
import { blobEngine } from './world.js';

/** What is asked of the blobs beyond the request that the configuration makes. */
type Wanted = Partial<
  Pick<Parameters<typeof prepareBlobs>[1], 'data' | 'changes' | 'full' | 'onEntry' | 'dryRun'>
>;

/**
 * The blobs of one storage in one run. They are secured after the `Data.fs` was copied and before anything of it
 * appears (design: "The blob list comes from the log"): what the copied transactions refer to is then either safe, or
 * the run begins again. They are published after the `Data.fs`; the set's record comes last.
 */
export class BlobStep implements AsyncDisposable {
  readonly observer = new LogObserver();
  readonly warnings: string[] = [];
  readonly #engine: BlobEngine;
  #prepared: PreparedBlobs | undefined;
  /** What a check found damaged of the newest set's: it is copied again. */
  #damaged: Promise<Damaged> | undefined;
  /** Of the whole state, also of the transactions before the new ones. */
  #missing: Missing = { count: 0, items: [] };

  constructor(private readonly task: StorageTask) {
    this.#engine = blobEngine(task.world);
  }

  get summary(): BlobBackupSummary | undefined {
    return this.#prepared?.summary;
  }

  get part(): BlobPart | undefined {
    if (this.#prepared === undefined) return undefined;
    const { id, style, total, added, manifestSha256 } = this.#prepared.summary;
    const counts = {
      files: total.files,
      bytes: total.bytes,
      addedFiles: added.files,
      addedBytes: added.bytes,
    };
    const { count: missing, items: missingBlobs } = this.#missing;
    return { id, style, ...counts, missing, missingBlobs, manifestSha256 };
  }

  /**
   * The blobs of a state that is about to be published, or that was published without them.
   *
   * @param file the `Data.fs` as it was read
   * @throws HoldfastError `source.changing`, `blobs.vanished`: a pack took blobs of it away; begin again
   */
  async secure(state: BackedUpState, file: OpenFile): Promise<void> {
    const base = await this.findBase(state);
    const from = base?.end ?? HEADER_SIZE;
    const references = await this.references(file, from, state.file.end);
    const missing =
      base === undefined
        ? await this.walkFor(state, references)
        : await this.increment(state, references, base);
    this.#missing = missing;
    // Those that were missing before are told when all is looked at, and by `status`.
    const known = new Set(base?.missing.map(nameOf));
    const news = missing.items.filter((item) => !known.has(nameOf(item)));
    const count = missing.count - (missing.items.length - news.length);
    if (count === 0) return;
    await this.refuseAfterPack(file);
    this.warnings.push(this.missingText(file.path, count, news));
  }

  private missingText(datafs: string, count: number, items: readonly MissingBlob[]): string {
    const { storage, request } = this.task;
    const left =
      request.config.options.exclude.length === 0 ? '' : ', or left out by the patterns of rsync_options';
    const more = count > 3 ? ', …' : '';
    return `${count} blobs that ${datafs} refers to are not in ${storage.blobStorage}${left}: ${items.slice(0, 3).map(nameOf).join(', ')}${more}`;
  }

  /** Backs up all that is there; the references that have no file in it. */
  private async walkFor(state: BackedUpState, references: BlobReferences): Promise<Missing> {
    const pair = new PairCheck(references);
    const full = state.kind === 'full';
    const onEntry = (entry: BlobEntry) => pair.entry(entry);
    await this.prepare(stampOfState(state), { data: dataOf(state), full, onEntry });
    return pair.report().missing;
  }

  /** Backs up what the new transactions refer to; of a walk before them, some of it may be there already. */
  private async increment(
    state: BackedUpState,
    references: BlobReferences,
    base: BlobBase,
  ): Promise<Missing> {
    const changes = { since: base, made: [...base.missing, ...references] };
    await this.prepare(stampOfState(state), { data: dataOf(state), changes });
    const items = this.#prepared!.summary.missing;
    return { count: items.length, items: items.slice(0, NAMED) };
  }

  /** The blobs of a storage without a filestorage. */
  async secureAlone(stamp: string): Promise<void> {
    await this.prepare(stamp, { full: this.task.request.full === true });
  }

  /** What would be done, found by a walk; nothing is written. */
  async plan(stamp: string): Promise<void> {
    await this.prepare(stamp, { dryRun: true });
  }

  async publish(): Promise<void> {
    await this.#prepared?.publish();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#prepared?.dispose();
  }

  private async prepare(stamp: string, wanted: Wanted): Promise<void> {
    const { storage, request } = this.task;
    const { options } = request.config;
    this.#prepared = await prepareBlobs(this.#engine, {
      source: storage.blobStorage!,
      location: storage.places[request.kind].blobs,
      stamp,
      style: styleOf(options, request.kind),
      linkFirstCopy: options.rsyncHardLinksOnFirstCopy,
      exclude: options.exclude,
      damaged: await this.findDamaged(),
      onItem: request.onItem,
      ...wanted,
    });
    this.warnings.push(...warningsOf(this.#prepared.summary));
  }

  /** Only where the blobs of all that came before are known to be safe, and a walk was not asked for. */
  private async findBase(state: BackedUpState): Promise<BlobBase | undefined> {
    const { request } = this.task;
    const walk = request.thorough === true || !request.config.options.quick || state.kind === 'full';
    if (walk) return undefined;
    if ((await this.findDamaged()) !== undefined) return undefined;
    return findBlobBase(this.task, state);
  }

  private findDamaged(): Promise<Damaged> {
    this.#damaged ??= damagedBlobs(this.task).then((found) =>
      found === undefined || found === 'all' ? found : new Set(found),
    );
    return this.#damaged;
  }

  /** Those seen while the file was copied, where that covers the range; else it is read. */
  private async references(file: OpenFile, start: number, limit: number): Promise<BlobReferences> {
    const seen = this.observer.from(start);
    if (seen === undefined)
      return collectBlobReferences(file, { start, limit, signal: this.task.world.signal });
    await resolveBlobReferences(file, seen);
    return seen.references;
  }

  /** A pack puts its file in place first, and takes the blobs of what it dropped away then. */
  private async refuseAfterPack(file: OpenFile): Promise<void> {
    const { datafs } = this.task.storage;
    const opened = await file.stat();
    // Undefined in the instant between a pack's two renames.
    const now = await statIfThere(this.task.world.fs, datafs);
    if (opened.ino === now?.ino && opened.dev === now.dev) return;
    throw new HoldfastError('source.changing', `${datafs} was packed while its blobs were copied`, {
      path: datafs,
    });
  }
}

type Missing = PairReport['missing'];
type Damaged = ReadonlySet<string> | 'all' | undefined;

/** So many are written down. */
const NAMED = 100;

function nameOf({ oid, tid }: MissingBlob): string {
  return `oid 0x${oid} of transaction 0x${tid}`;
}

function dataOf({ file, tid }: BackedUpState) {
  return { end: file.end, tid };
}

/** How the blobs of a kind of set stand on disk. */
function styleOf(options: Options, kind: SetKind): BlobStyle {
  const { compressBlob: gzip, archiveBlob, blobTimestamps } = options;
  if (kind === 'zip') return { kind: 'archive', rotated: true, gzip, incremental: false };
  if (archiveBlob) {
    const incremental = options.incrementalBlobs && kind === 'backup';
    return { kind: 'archive', rotated: !blobTimestamps, gzip, incremental };
  }
  if (options.blobFormat === 'pool' && kind === 'backup') return { kind: 'pool' };
  return { kind: 'tree', rotated: !blobTimestamps };
}

function warningsOf({ cannotLink, refused, unknown }: BlobBackupSummary): readonly string[] {
  const warnings: string[] = [];
  if (cannotLink !== undefined) warnings.push(`blobs were copied, not linked: ${cannotLink}`);
  if (refused.count > 0) {
    const named = refused.items.slice(0, 3).map(({ entry, reason }) => `${entry.path} (${reason})`);
    const more = refused.count > named.length ? ', …' : '';
    warnings.push(
      `${refused.count} entries of the blob directory are not backed up: ${named.join(', ')}${more}`,
    );
  }
  const strange = unknown.paths.filter((path) => path !== '.layout');
  if (strange.length > 0) {
    const more = strange.length > 3 ? ', …' : '';
    warnings.push(`backed up, but no blobs by their names: ${strange.slice(0, 3).join(', ')}${more}`);
  }
  return warnings;
}
