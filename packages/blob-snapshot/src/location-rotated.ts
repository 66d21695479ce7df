import { join } from 'node:path';
import type { DirectoryEntry } from '@holdfast/durable-fs';
import type { BlobEngine } from './engine.js';
import { ARCHIVE_MANIFEST, type BlobName, parseBlobName } from './names.js';

interface RotatedManifest {
  readonly name: string;
  readonly of: BlobName;
  readonly modifiedMs: number;
}

/**
 * The manifests of rotated archives. The recipe moves the archives on and leaves these where they are; each has the time
 * of its archive, and so is found again.
 */
export class RotatedManifests {
  static readonly NONE = new RotatedManifests([]);

  private readonly taken = new Set<string>();

  private constructor(private readonly manifests: readonly RotatedManifest[]) {}

  static async read(
    { fs }: Pick<BlobEngine, 'fs'>,
    location: string,
    entries: readonly DirectoryEntry[],
  ): Promise<RotatedManifests> {
    const manifests: RotatedManifest[] = [];
    for (const { name, kind } of entries) {
      if (kind !== 'file' || !name.endsWith(ARCHIVE_MANIFEST)) continue;
      const of = parseBlobName(name.slice(0, -ARCHIVE_MANIFEST.length));
      if (of?.kind !== 'archive' || of.number === undefined) continue;
      const { mtimeMs } = await fs.lstat(join(location, name));
      manifests.push({ name, of, modifiedMs: Math.floor(mtimeMs) });
    }
    return new RotatedManifests(manifests);
  }

  /** Name of the manifest that belongs to an archive. */
  take({ name, base, gzip }: BlobName, modifiedMs: number): string | undefined {
    const same = this.manifests.filter(
      ({ of, modifiedMs: time }) => of.base === base && of.gzip === gzip && time === Math.floor(modifiedMs),
    );
    const found = (same.find(({ of }) => of.name === name) ?? same[0])?.name;
    if (found !== undefined) this.taken.add(found);
    return found;
  }

  /** Names of those that no archive has taken. */
  left(): readonly string[] {
    return this.manifests.map(({ name }) => name).filter((name) => !this.taken.has(name));
  }
}
