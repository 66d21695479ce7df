import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { FaultyFileSystem, sweepCrashes, sweepFaults } from '@holdfast/test-kit';
import { beforeAll, describe, expect, test } from 'vitest';
import { extractArchives } from '../src/archive/extract-archives.js';
import { prepareArchive } from '../src/archive/prepare-archive.js';
import type { BlobEngine } from '../src/engine.js';
import { listBlobBackups } from '../src/location.js';
import { restoreBlobs } from '../src/restore-blobs.js';
import {
  type ArchiveSite,
  type ArchiveWish,
  archive,
  archiveRequest,
  archiveSite,
} from './support/archives.js';
import { backupsIn, engine, STAMPS, treeOf, writeBlobs } from './support/scene.js';

/** To look at what is there, it need not be durable. */
const unsynced: BlobEngine = { ...engine, bulk: { ...engine.bulk, syncTree: async () => {} } };
const engineOn = (fs: FaultyFileSystem): BlobEngine => ({ ...engine, fs, bulk: fs.bulk() });

async function copyOf(site: ArchiveSite): Promise<ArchiveSite> {
  const { root } = await archiveSite();
  rmSync(join(root, 'backups'), { recursive: true });
  rmSync(join(root, 'blobstorage'), { recursive: true });
  execFileSync('cp', ['-a', site.source, site.location, root]);
  return { root, source: join(root, 'blobstorage'), location: join(root, 'backups') };
}

/** What each backup in a location restores to, by the names of the tree. */
async function statesOf(site: ArchiveSite): Promise<string[]> {
  const states: string[] = [];
  for (const backup of await backupsIn(site.location)) {
    const target = join(site.root, 'look');
    await restoreBlobs(unsynced, { backup, target });
    states.push(Object.keys(treeOf(target)).join('\n'));
    rmSync(target, { recursive: true });
  }
  return states;
}

const scenes: Record<string, ArchiveWish> = {
  'a plain archive with a snapshot file': { incremental: true, full: true },
  'a delta': { incremental: true },
  'a gzipped archive': { gzip: true },
  'a rotated archive': { rotated: true },
};

describe.each(Object.entries(scenes))('%s', (_, wish) => {
  let site: ArchiveSite;
  let source: Record<string, string>;
  let old: string[];
  let next: string;

  beforeAll(async () => {
    site = await archiveSite([0, 1], 'lawn');
    const { full, ...first } = wish;
    await archive(site, STAMPS[0], first);
    if (wish.rotated) {
      await archive(site, STAMPS[1], first);
      // As on a clock so coarse that both have one time.
      for (const name of readdirSync(site.location)) {
        if (/^blobstorage\.\d/.test(name))
          utimesSync(join(site.location, name), 1_700_000_000, 1_700_000_000);
      }
    }
    writeBlobs(site.source, [2], 'lawn');
    rmSync(join(site.source, writeBlobs(join(site.root, 'same'), [1], 'lawn')[0]!));
    source = treeOf(site.source);
    old = await statesOf(site);
    next = Object.keys(source).join('\n');
  });

  async function run(on: BlobEngine, to: ArchiveSite): Promise<void> {
    await using prepared = await prepareArchive(on, archiveRequest(to, STAMPS[2], wish));
    await prepared.publish();
  }

  async function expectOldOrNew(to: ArchiveSite): Promise<void> {
    expect(treeOf(to.source)).toEqual(source);
    const states = await statesOf(to);
    expect(states.length === old.length ? states : states.slice(0, -1)).toEqual(old);
    if (states.length > old.length) expect(states.at(-1)).toBe(next);
    // Whoever comes next finishes, and leaves nothing behind.
    const before = states.length;
    await run(engine, to);
    const after = await statesOf(to);
    for (const { id, manifest } of await backupsIn(to.location))
      expect([id, manifest]).not.toContain(undefined);
    expect(after.at(-1)).toBe(next);
    expect(after.length).toBe(wish.rotated ? before + 1 : old.length + 1);
    expect((await listBlobBackups(engine, to.location)).partial).toEqual([]);
  }

  test('killed at any call, the old state is there or the new one', async () => {
    const crashes = await sweepCrashes({
      prepare: () => copyOf(site),
      run: (fs, to) => run(engineOn(fs), to),
      check: expectOldOrNew,
    });
    expect(crashes).toBeGreaterThan(15);
  }, 60_000);

  test('a full disk at any call is told, and leaves no temporary file', async () => {
    await sweepFaults({
      fault: 'ENOSPC',
      prepare: () => copyOf(site),
      run: (fs, to) => run(engineOn(fs), to),
      check: async (to, { error, call }) => {
        if (error !== undefined) expect(error).toMatchObject({ code: 'fs.no-space' });
        else expect(call.method).toMatch(/sync|link|unlink/);
        if (call.method !== 'unlink')
          expect(readdirSync(to.location).filter((name) => name.startsWith('.'))).toEqual([]);
        await expectOldOrNew(to);
      },
    });
  }, 60_000);
});

test('a file that cannot be read is named, and so are all others; nothing is published', async () => {
  const site = await archiveSite([0, 1, 2]);
  const fs = new FaultyFileSystem().fail('openRead', 'EACCES', { path: /\.blob$/, times: 2 });
  const making = prepareArchive({ ...engine, fs }, archiveRequest(site, STAMPS[0]));
  await expect(making).rejects.toMatchObject({
    code: 'blobs.unreadable',
    message: expect.stringMatching(/0x01\/.*, .*0x02/),
  });
  expect(readdirSync(site.location)).toEqual([]);
});

test('a blob that a pack takes away meanwhile is `blobs.vanished`', async () => {
  const site = await archiveSite([0, 1]);
  const fs = new FaultyFileSystem().before('openRead', ({ path }) => rmSync(path), { path: /\.blob$/ });
  const making = prepareArchive({ ...engine, fs }, archiveRequest(site, STAMPS[0]));
  await expect(making).rejects.toMatchObject({ code: 'blobs.vanished' });
  expect(readdirSync(site.location)).toEqual([]);
});

test.each(['EIO', 'ENOSPC'])(
  '%s at any call of a restore: an error, and nothing is left',
  async (fault) => {
    const site = await archiveSite([0, 1]);
    await archive(site, STAMPS[0], { incremental: true });
    writeBlobs(site.source, [2]);
    await archive(site, STAMPS[1], { incremental: true, gzip: true });
    const chain = await backupsIn(site.location);
    const target = join(site.root, 'target');
    const faults = await sweepFaults({
      fault,
      prepare: async () => rmSync(target, { recursive: true, force: true }),
      run: (fs) => extractArchives(engineOn(fs), chain, target),
      check: async (_, { error }) => {
        expect(error).toBeDefined();
        expect(existsSync(target)).toBe(false);
      },
    });
    expect(faults).toBeGreaterThan(20);
  },
  60_000,
);

test('a source that reads short, and a disk that cannot be read, are errors', async () => {
  const site = await archiveSite([0, 300]);
  for (const fs of [
    new FaultyFileSystem().shortRead(0, { path: /\.blob$/, times: Infinity }),
    new FaultyFileSystem().fail('read', 'EIO', { path: /\.blob$/ }),
  ]) {
    const making = prepareArchive({ ...engine, fs }, archiveRequest(site, STAMPS[0]));
    await expect(making).rejects.toMatchObject({ code: expect.stringMatching(/fs\.(short-read|io)/) });
    expect(readdirSync(site.location)).toEqual([]);
  }
});

test('short counts are continued', async () => {
  const site = await archiveSite([0, 300]);
  const fs = new FaultyFileSystem()
    .shortRead(7, { path: /\.blob$/, times: Infinity })
    .shortWrite(100, { times: Infinity });
  await archive(site, STAMPS[0], { gzip: true }, { ...engine, fs });
  expect(await statesOf(site)).toEqual([Object.keys(treeOf(site.source)).join('\n')]);
});
