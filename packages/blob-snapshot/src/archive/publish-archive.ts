import { join } from 'node:path';
import { exists, type FileSystem, isTemporaryName, removeIfThere } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import type { BlobEngine } from '../engine.js';
import { ARCHIVE_MANIFEST, LATEST, PARTIAL, parseBlobName } from '../names.js';
import { setLatest } from '../publish-location.js';

/**
 * Moves `BASE.0.tar` to `.1`, `.1` to `.2`, as far as something is in the way, the oldest first, each manifest before its
 * archive: a kill leaves at worst a manifest without an archive, never one beside an archive of another state.
 */
export async function rotateArchives(engine: BlobEngine, location: string, base: string): Promise<void> {
  const { fs, failpoint } = engine;
  const names = new Map<number, string[]>();
  for (const { name, kind } of await fs.readDirectory(location)) {
    const parsed = kind === 'file' ? parseBlobName(name) : undefined;
    if (parsed?.kind !== 'archive' || parsed.base !== base || parsed.number === undefined) continue;
    names.set(parsed.number, [...(names.get(parsed.number) ?? []), name]);
  }
  let free = 0;
  while (names.has(free)) free += 1;
  for (let number = free; number > 0; number--) {
    for (const name of names.get(number - 1)!) {
      const suffix = name.slice(`${base}.${number - 1}`.length);
      await moveArchive(engine, join(location, name), join(location, `${base}.${number}${suffix}`));
    }
    await failpoint?.(`rotated-archive-${number - 1}`);
  }
  // A manifest that lost its archive must not meet the new one.
  for (const suffix of ['.tar', '.tar.gz'])
    await removeIfThere(fs, join(location, `${base}.0${suffix}${ARCHIVE_MANIFEST}`));
  await fs.syncDirectory(location);
}

async function moveArchive({ fs }: BlobEngine, from: string, to: string): Promise<void> {
  const [ownManifest, nextManifest] = [from + ARCHIVE_MANIFEST, to + ARCHIVE_MANIFEST];
  if (await exists(fs, ownManifest)) await fs.rename(ownManifest, nextManifest);
  // A killed rotation may have moved it already; one of another archive must not stay.
  else if (!(await exists(fs, to)) && !(await haveOneTime(fs, from, nextManifest)))
    await removeIfThere(fs, nextManifest);
  await fs.rename(from, to);
}

async function haveOneTime(fs: FileSystem, archive: string, manifest: string): Promise<boolean> {
  if (!(await exists(fs, manifest))) return false;
  const [one, other] = [await fs.lstat(archive), await fs.lstat(manifest)];
  return Math.floor(one.mtimeMs) === Math.floor(other.mtimeMs);
}

/** What a killed run left half-written in a location. */
export async function removeArchiveLeftovers({ fs }: BlobEngine, location: string): Promise<void> {
  const entries = await fs.readDirectory(location);
  const left = entries.filter(
    ({ name, kind }) => kind !== 'directory' && (isTemporaryName(name) || name.startsWith(PARTIAL)),
  );
  for (const { name } of left) await removeIfThere(fs, join(location, name));
}

/** The recipe's link to the newest archive; with increments it has none. */
export async function linkLatest(
  engine: BlobEngine,
  location: string,
  name: string | undefined,
): Promise<void> {
  if (name !== undefined) return await setLatest(engine, location, name);
  const path = join(location, LATEST);
  try {
    if ((await engine.fs.lstat(path)).kind !== 'symlink') return;
  } catch (error) {
    if (isHoldfastError(error, 'fs.not-found')) return;
    throw error;
  }
  await removeIfThere(engine.fs, path);
}
