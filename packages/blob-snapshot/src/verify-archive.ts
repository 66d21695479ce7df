import { createHash } from 'node:crypto';
import { ManifestGuide } from './archive/manifest-guide.js';
import { readTar, type TarMember } from './archive/tar-reader.js';
import type { BlobBackup } from './blob-backup.js';
import type { BlobEngine } from './engine.js';
import { type BlobCheckLevel, FindingList } from './verify-report.js';

export interface ArchiveCheckOptions {
  readonly level: BlobCheckLevel;
  /** Leave out the archives before it. */
  readonly alone: boolean;
}

/** Compares archives with their manifests. One without a manifest was read to its end for its entries already. */
export class ArchiveCheck {
  readonly problems = new FindingList();
  readonly warnings = new FindingList();
  readonly foreign = new FindingList();
  compared = 0;

  constructor(
    private readonly engine: BlobEngine,
    private readonly backup: BlobBackup,
    private readonly options: ArchiveCheckOptions,
  ) {}

  /** The entries say nothing of an archive that its members do not say. */
  async take(): Promise<void> {}

  /** @throws HoldfastError where an archive cannot be read as what was recorded */
  async finish(): Promise<void> {
    const { before } = this.backup;
    for (const { path } of before) await this.expectFile(path);
    for (const archive of this.options.alone ? [this.backup] : [...before, this.backup]) {
      await this.expectFile(archive.path);
      if (this.options.level !== 'quick' && archive.manifest !== undefined)
        await this.compare(archive.path, archive.manifest);
    }
  }

  private async expectFile(path: string): Promise<void> {
    const { kind, size } = await this.engine.fs.lstat(path);
    if (kind !== 'file') this.problems.add(path, 'it is no file');
    else if (size === 0) this.problems.add(path, 'it is empty');
  }

  private async compare(path: string, manifest: string): Promise<void> {
    await using guide = await ManifestGuide.open(this.engine, path, manifest, async () => {});
    for await (const member of readTar(this.engine, path)) {
      if (member.kind === 'refused') {
        this.foreign.add(member.path, `it is ${member.reason}`);
        continue;
      }
      const entry = await guide.entryOf(member);
      if (member.kind !== 'file' || entry?.kind !== 'file' || this.options.level !== 'deep') continue;
      if (entry.sha256 === undefined) continue;
      if ((await digestOf(member)) !== entry.sha256)
        this.problems.add(member.path, 'its content is not what was recorded');
      this.compared += 1;
    }
    await guide.finish();
  }
}

async function digestOf(member: Extract<TarMember, { kind: 'file' }>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of member.content()) hash.update(chunk);
  return hash.digest('base64');
}
