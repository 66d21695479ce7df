import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { exists, fillDurably } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import type { BlobBackup, BlobCounts } from '../blob-backup.js';
import type { BlobEngine } from '../engine.js';
import type { RefusedEntry } from '../entries-walk.js';
import { walkEntries } from '../entries-walk.js';
import type { BlobEntry, BlobFile } from '../entry.js';
import { readManifestEnd } from '../manifest.js';
import { removeTree } from '../remove-tree.js';
import type { BlobRestoreResult } from '../restore-blobs.js';
import type { Owner } from '../restore-directories.js';
import { ExtractTarget } from './extract-target.js';
import { ManifestGuide } from './manifest-guide.js';
import { readTar, type TarMember } from './tar-reader.js';

export interface ExtractOptions {
  /** Compare with the digests that were recorded. Default true; sizes are always compared. */
  readonly check?: boolean | undefined;
  /** Owner of everything. Undefined: as recorded where this process is root, else this process's. */
  readonly owner?: Owner | undefined;
  /** Files to restore, for the progress. */
  readonly total?: number | undefined;
}

/** Of a recipe's archive nothing but its headers says how much it holds. */
const MOST_MEMBERS = 100_000_000;
const REFUSED_NAMED = 100;

/**
 * Makes the blob directory that a chain of archives holds, at `target`, which must not exist. What leads out of it is
 * an error; links, devices and FIFOs are left out and listed. Durable when it returns; a failed one removes what it made.
 *
 * @param chain the plain archive first, then the deltas, oldest first
 * @throws HoldfastError `blobs.damaged`, `blobs.manifest`, and those of the `fs.` family
 */
export async function extractArchives(
  engine: BlobEngine,
  chain: readonly BlobBackup[],
  target: string,
  options: ExtractOptions = {},
): Promise<BlobRestoreResult> {
  if (await exists(engine.fs, target))
    throw new HoldfastError('fs.exists', `cannot restore to ${target}: it exists already`, { path: target });
  const { freeBytes } = await engine.fs.freeSpace(dirname(target));
  const extraction = new Extraction(engine, target, options, freeBytes);
  try {
    const result = await fillDurably(engine.bulk, target, () => extraction.run(chain));
    await engine.fs.syncDirectory(dirname(target));
    return result;
  } catch (error) {
    // What went wrong before is the error to tell.
    await removeTree({ bulk: engine.bulk }, target).catch(() => {});
    throw error;
  }
}

class Extraction {
  private readonly target: ExtractTarget;
  private readonly refused: RefusedEntry[] = [];
  private readonly refusedPaths = new Set<string>();
  private files = 0;
  private bytes = 0;
  private compared = 0;
  private members = 0;

  constructor(
    private readonly engine: BlobEngine,
    private readonly root: string,
    private readonly options: ExtractOptions,
    /** What may still be written. */
    private budget: number,
  ) {
    const isRoot = process.getuid?.() === 0;
    this.target = new ExtractTarget(
      engine,
      root,
      ({ uid, gid }) => options.owner ?? (isRoot ? { uid, gid } : undefined),
    );
  }

  async run(chain: readonly BlobBackup[]): Promise<BlobRestoreResult> {
    this.target.make();
    for (const backup of chain) {
      if (backup.manifest === undefined) await this.takeUnrecorded(backup.path);
      else await this.takeRecorded(backup.path, backup.manifest);
    }
    await this.target.finish();
    const single = chain.length === 1 && chain[0]!.manifest !== undefined;
    const counts = single ? { files: this.files, bytes: this.bytes } : await this.count();
    await this.expectCounts(chain.at(-1), counts);
    const refused = { count: this.refused.length, items: this.refused.slice(0, REFUSED_NAMED) };
    return { ...counts, compared: this.compared, refused };
  }

  /** An archive of the recipe's: its members, and the lists of GNU tar's in them, are all there is. */
  private async takeUnrecorded(path: string): Promise<void> {
    for await (const member of readTar(this.engine, path)) {
      this.members += 1;
      if (this.members > MOST_MEMBERS) throw this.damaged(path, 'it has more members than is believed');
      if (member.kind === 'refused') {
        this.refuse(member);
        continue;
      }
      this.expectNotRefused(path, member.path);
      if (member.kind === 'directory') await this.takeDirectory(member);
      else if (member.kind === 'file')
        await this.putFile(path, { ...pick(member), size: member.size, sha256: undefined }, member);
      else await this.takeLink(path, member);
    }
  }

  private async takeRecorded(path: string, manifest: string): Promise<void> {
    await using guide = await ManifestGuide.open(this.engine, path, manifest, (gone) =>
      this.target.remove(gone),
    );
    for await (const member of readTar(this.engine, path)) {
      if (member.kind === 'refused')
        throw this.damaged(path, `${member.path} is not in its manifest: ${member.reason}`);
      const entry = await guide.entryOf(member);
      if (entry?.kind === 'directory') await this.target.putDirectory(entry);
      else if (entry?.kind === 'file' && member.kind === 'file') await this.putFile(path, entry, member);
    }
    await guide.finish();
  }

  private async takeDirectory(member: Extract<TarMember, { kind: 'directory' }>): Promise<void> {
    await this.target.putDirectory({ ...pick(member), kind: 'directory' });
    if (member.list === undefined) return;
    for (const { from, to } of member.list.renames) await this.target.rename(from, to);
    await this.target.removeOthers(member.path, member.list.names);
  }

  private async takeLink(archive: string, member: Extract<TarMember, { kind: 'link' }>): Promise<void> {
    this.expectNotRefused(archive, member.target);
    if (!(await this.target.isFile(member.target)))
      throw this.damaged(
        archive,
        `${member.path} is a link to ${member.target}, which is no file before it`,
        member.offset,
      );
    if (member.target === member.path) return;
    const size = await this.target.putCopy(member.target, member);
    this.files += 1;
    this.bytes += size;
    this.spend(size);
  }

  private async putFile(
    archive: string,
    entry: BlobFile,
    member: Extract<TarMember, { kind: 'file' }>,
  ): Promise<void> {
    this.spend(entry.size);
    await this.target.putFile(entry, this.checked(archive, entry, member));
    this.files += 1;
    this.bytes += entry.size;
    const { total } = this.options;
    this.engine.onProgress?.({ phase: 'restore-blobs', files: this.files, bytes: this.bytes, total });
  }

  private async *checked(
    archive: string,
    { path, sha256 }: BlobFile,
    member: Extract<TarMember, { kind: 'file' }>,
  ): AsyncGenerator<Buffer> {
    if (this.options.check === false || sha256 === undefined) return yield* member.content();
    const hash = createHash('sha256');
    for await (const chunk of member.content()) {
      hash.update(chunk);
      yield chunk;
    }
    if (hash.digest('base64') !== sha256)
      throw this.damaged(archive, `${path} is not what was backed up: its digest differs`, member.offset);
    this.compared += 1;
  }

  /** Sizes are those of headers: what they say is not written beyond what the disk has. */
  private spend(size: number): void {
    this.budget -= size;
    if (this.budget >= 0) return;
    const message = `restoring the blobs to ${this.root} needs more space than is free`;
    throw new HoldfastError('fs.no-space', message, { path: this.root });
  }

  private refuse({ path, reason }: RefusedEntry): void {
    this.refused.push({ path, reason });
    this.refusedPaths.add(path);
  }

  /** Whoever puts a link and then something behind it means harm. */
  private expectNotRefused(archive: string, path: string): void {
    if (this.refusedPaths.size === 0) return;
    for (let at = path.length; at > 0; at = path.lastIndexOf('/', at - 1)) {
      const above = path.slice(0, at);
      if (this.refusedPaths.has(above))
        throw this.damaged(archive, `${path} lies behind ${above}, which is no directory`);
    }
  }

  private async count(): Promise<BlobCounts> {
    let [files, bytes] = [0, 0];
    for await (const entry of walkEntries(this.engine, this.root)) {
      if (entry.kind !== 'file') continue;
      files += 1;
      bytes += entry.size;
    }
    return { files, bytes };
  }

  private async expectCounts(last: BlobBackup | undefined, found: BlobCounts): Promise<void> {
    if (last?.manifest === undefined) return;
    const end = await readManifestEnd(this.engine, last.manifest);
    if (end?.files === found.files && end.bytes === found.bytes) return;
    const recorded = `${end?.files} files with ${end?.bytes} bytes`;
    throw this.damaged(
      last.path,
      `${found.files} files with ${found.bytes} bytes came of it, recorded are ${recorded}`,
    );
  }

  private damaged(archive: string, what: string, offset?: number): HoldfastError {
    return new HoldfastError('blobs.damaged', `the archive ${archive} is damaged: ${what}`, {
      path: archive,
      offset,
    });
  }
}

function pick({
  path,
  mode,
  uid,
  gid,
  mtimeMs,
}: Pick<BlobEntry, 'path' | 'mode' | 'uid' | 'gid' | 'mtimeMs'>) {
  return { kind: 'file', path, mode, uid, gid, mtimeMs } as const;
}
