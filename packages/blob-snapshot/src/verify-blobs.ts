import { dirname } from 'node:path';
import { isHoldfastError } from '@holdfast/errors';
import type { BlobBackup, BlobCounts } from './blob-backup.js';
import { Breather } from './breathe.js';
import type { BlobEngine } from './engine.js';
import { blobCountsOf, contentOf, entriesOf, manifestsOf } from './entries.js';
import type { BlobEntry } from './entry.js';
import { listBlobBackups } from './location.js';
import { ArchiveCheck } from './verify-archive.js';
import { type BlobCheckLevel, type BlobVerifyReport, FindingList } from './verify-report.js';
import { type KnownDigests, TreeCheck } from './verify-tree.js';

export interface VerifyBlobsRequest {
  readonly backup: BlobBackup;
  readonly level: BlobCheckLevel;
  /** The blob directory of the site: a backup that shares files with it is warned of. */
  readonly live?: string | undefined;
  /** Of a delta: the archives before it are checked by themselves. Default: the whole chain. */
  readonly alone?: boolean | undefined;
  /** Shared between the checks of one run: what hard links of a file were read already is not read again. */
  readonly known?: KnownDigests | undefined;
  /** Sees each entry on the way, so that the check of the pair (`PairCheck`) needs no pass of its own. */
  readonly onEntry?: ((entry: BlobEntry) => void) | undefined;
}

/**
 * Checks one backup of blobs. What is wrong with it is in the report; errors are only those of the work itself
 * (`cancelled`).
 */
export async function verifyBlobs(
  engine: BlobEngine,
  request: VerifyBlobsRequest,
): Promise<BlobVerifyReport> {
  return await new Verification(engine, request).run();
}

/** What a check of the content looks at. */
interface ContentCheck {
  readonly problems: FindingList;
  readonly warnings: FindingList;
  readonly foreign: FindingList;
  readonly compared: number;
  take(entry: BlobEntry): Promise<void>;
  finish(): Promise<void>;
}

class Verification {
  private files = 0;
  private bytes = 0;

  constructor(
    private readonly engine: BlobEngine,
    private readonly request: VerifyBlobsRequest,
  ) {}

  async run(): Promise<BlobVerifyReport> {
    const { backup, level } = this.request;
    const check = this.contentCheck();
    try {
      const counts = await blobCountsOf(this.engine, backup);
      await this.takeEntries(check, counts);
      const { files, bytes } = this;
      if (counts !== undefined && (counts.files !== files || counts.bytes !== bytes))
        check.problems.add(
          backup.manifest!,
          `it lists ${files} files with ${bytes} bytes, and says ${told(counts)}`,
        );
    } catch (error) {
      if (!isHoldfastError(error) || error.code === 'cancelled') throw error;
      check.problems.add(error.path ?? backup.path, error.message);
    }
    const { problems, warnings, compared } = check;
    const foreign = (await this.isNewestState()) ? check.foreign : new FindingList();
    const { files, bytes } = this;
    return {
      id: backup.id,
      level,
      sound: problems.count === 0,
      files,
      bytes,
      problems,
      warnings,
      foreign,
      compared,
    };
  }

  private contentCheck(): ContentCheck {
    const { backup, level, live, alone, known } = this.request;
    if (isArchive(backup)) return new ArchiveCheck(this.engine, backup, { level, alone: alone === true });
    return new TreeCheck(this.engine, { level, root: contentOf(backup), live, known });
  }

  /** Of an archive without a manifest, only reading it all would tell. */
  private get entriesMatter(): boolean {
    const { backup, level, onEntry } = this.request;
    return (
      !isArchive(backup) || level !== 'quick' || onEntry !== undefined || manifestsOf(backup) !== undefined
    );
  }

  private async takeEntries(check: ContentCheck, counts: BlobCounts | undefined): Promise<void> {
    const { backup, onEntry } = this.request;
    const tell = () => {
      const { files, bytes } = this;
      this.engine.onProgress?.({ phase: 'check-blobs', files, bytes, total: counts?.files });
    };
    const breather = new Breather(this.engine.signal, tell);
    const entries = this.entriesMatter ? entriesOf(this.engine, backup) : [];
    for await (const entry of entries) {
      await breather.breathe();
      if (entry.kind === 'file') {
        this.files += 1;
        this.bytes += entry.size;
      }
      onEntry?.(entry);
      await check.take(entry);
    }
    await check.finish();
    tell();
  }

  /** What an earlier state of a shared tree does not name belongs, as a rule, to a later one. */
  private async isNewestState(): Promise<boolean> {
    const { path, id } = this.request.backup;
    const { backups } = await listBlobBackups(this.engine, dirname(path));
    return backups.findLast((one) => one.path === path)?.id === id;
  }
}

function told({ files, bytes }: BlobCounts): string {
  return `${files} with ${bytes}`;
}

function isArchive({ kind }: BlobBackup): boolean {
  return kind === 'archive' || kind === 'delta';
}
