import { join } from 'node:path';
import type { DirectoryEntry } from '@holdfast/durable-fs';
import type { BlobEngine } from './engine.js';
import { ARCHIVE_MANIFEST, parseBlobName } from './names.js';

/** Of the rotated archives of one source with the same time, and of their manifests: numbers and names. */
interface SameTime {
  readonly archives: [number, string][];
  readonly manifests: [number, string][];
}

/**
 * The manifests of rotated archives. The recipe moves the archives on and leaves these where they are; each has the time
 * of its archive, and so is found again. Where a clock is so coarse that several have one time, their order tells: neither
 * the recipe's rotation nor a killed one of ours lets one overtake another.
 */
export class RotatedManifests {
  static readonly NONE = new RotatedManifests([]);

  private readonly ofArchive = new Map<string, string>();
  private readonly unpaired: string[] = [];

  private constructor(groups: Iterable<SameTime>) {
    for (const { archives, manifests } of groups) {
      const names = manifests.sort(byNumber).map(([, name]) => name);
      for (const [, archive] of archives.sort(byNumber)) {
        const manifest = names.shift();
        if (manifest !== undefined) this.ofArchive.set(archive, manifest);
      }
      this.unpaired.push(...names);
    }
  }

  static async read(
    { fs }: Pick<BlobEngine, 'fs'>,
    location: string,
    entries: readonly DirectoryEntry[],
  ): Promise<RotatedManifests> {
    const groups = new Map<string, SameTime>();
    for (const { name, kind } of entries) {
      const isManifest = name.endsWith(ARCHIVE_MANIFEST);
      const of = parseBlobName(isManifest ? name.slice(0, -ARCHIVE_MANIFEST.length) : name);
      if (kind !== 'file' || of?.kind !== 'archive' || of.number === undefined) continue;
      const { mtimeMs } = await fs.lstat(join(location, name));
      const key = JSON.stringify([of.base, of.gzip, Math.floor(mtimeMs)]);
      const group = groups.get(key) ?? { archives: [], manifests: [] };
      groups.set(key, group);
      (isManifest ? group.manifests : group.archives).push([of.number, name]);
    }
    return new RotatedManifests(groups.values());
  }

  /** Name of the manifest that belongs to an archive; undefined: the recipe made it. */
  of(archive: string): string | undefined {
    return this.ofArchive.get(archive);
  }

  /** Names of those that belong to no archive. */
  left(): readonly string[] {
    return this.unpaired;
  }
}

const byNumber = (a: [number, string], b: [number, string]) => a[0] - b[0];
