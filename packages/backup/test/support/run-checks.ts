import { chmodSync, lstatSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blobPath } from '@holdfast/blob-snapshot';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { collectBlobReferences } from '@holdfast/filestorage';
import { expect } from 'vitest';
import { contentOf, type RunSite, type Storage } from './run-site.js';

/** Another byte, as bit rot makes it: the same size, time and mode. */
export function changeByte(file: string, at = 0): void {
  const { mode, mtimeMs } = lstatSync(file);
  const content = readFileSync(file);
  content[at] = (content[at] ?? 0) ^ 1;
  chmodSync(file, 0o600);
  writeFileSync(file, content);
  utimesSync(file, mtimeMs / 1000, mtimeMs / 1000);
  chmodSync(file, mode);
}

/** The restored directory holds the storage and its blobs as they are now. */
export async function expectRestored(site: RunSite, to: string, storage: Storage = 'main'): Promise<void> {
  const own = storage === 'main' ? to : join(to, storage);
  expect((await readFile(join(own, 'Data.fs'))).equals(await readFile(site.datafs(storage)))).toBe(true);
  for (const { path, content } of site.committed[storage])
    expect((await readFile(join(own, 'blobstorage', path))).equals(content), path).toBe(true);
}

/** The live files: storages and blob directories, with the number of names of each. */
export function liveFiles(site: RunSite): Readonly<Record<string, string>> {
  const places = [
    'filestorage',
    ...site.storages.map((storage) => site.blobs(storage).slice(site.path().length + 1)),
  ];
  return Object.assign({}, ...places.map((place) => contentOf(site.path(place), { links: true })));
}

/**
 * Restores every set that is offered, and compares each blob that its `Data.fs` refers to. The one set that may have
 * none at all is that of a first run that ended between the two: nothing tells it from a repository of repozo's, so
 * the restore warns.
 */
export async function expectOfferedWhole(site: RunSite): Promise<readonly string[]> {
  const offered = await site.offered();
  for (const set of offered) {
    const { to, report } = await site.restore(set.id);
    const bare = set.record.parts.some(({ blobs }) => blobs === undefined);
    if (bare) {
      expect(set.origin).toBe('peer');
      expect(report.warnings, set.id).toEqual([expect.stringMatching(/no backup of blobs/)]);
      continue;
    }
    expect(report.warnings, set.id).toEqual([]);
    for (const storage of site.storages) await expectBlobs(site, storage, to);
  }
  return offered.map(({ id }) => id);
}

async function expectBlobs(site: RunSite, storage: Storage, to: string): Promise<void> {
  const own = storage === 'main' ? to : join(to, storage);
  const committed = new Map(site.committed[storage].map((blob) => [`${blob.oid} ${blob.tid}`, blob.content]));
  const layout = site.options.lawn === true ? 'lawn' : 'bushy';
  const file = await nodeFileSystem.openRead(join(own, 'Data.fs'));
  try {
    const references = await collectBlobReferences(file);
    expect(references.size).toBeGreaterThan(0);
    for (const reference of references) {
      const content = await readFile(join(own, 'blobstorage', blobPath(layout, reference)));
      expect(committed.get(`${reference.oid} ${reference.tid}`)?.equals(content)).toBe(true);
    }
  } finally {
    await file.close();
  }
}
