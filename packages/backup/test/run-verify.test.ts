import { chmodSync, cpSync, lstatSync, rmSync, truncateSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FaultyFileSystem } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { verifySets } from '../src/run/verify-run.js';
import { changeByte } from './support/run-checks.js';
import { RunSite, removeBlob } from './support/run-site.js';

const LEVELS = ['quick', 'stored', 'deep'] as const;
type Level = (typeof LEVELS)[number];

/** Three sets: a full backup and two increments, each with a new blob. */
async function threeSets(toml = '', more: { readonly catalog?: boolean } = {}): Promise<RunSite> {
  const site = await RunSite.make({ toml, ...more });
  for (let run = 0; run < 3; run++) {
    if (run > 0) await site.commit();
    await site.run({}, site.hasty());
  }
  return site;
}

/** Which of the sets are sound, oldest first; the same is written down with each of them. */
async function soundness(site: RunSite, level: Level): Promise<readonly boolean[]> {
  const { sets, problems } = await site.verify(level);
  const sound = sets.map((set) => set.sound);
  expect(problems.length > 0, problems.join('; ')).toBe(sound.includes(false));
  const written = (await site.read()).sets.map(({ verified }) => verified);
  expect(written).toEqual(sound.map((one) => ({ timeMs: site.clock.now(), level, sound: one })));
  return sound;
}

async function expectFound(site: RunSite, found: Readonly<Record<Level, readonly boolean[]>>) {
  for (const level of LEVELS) expect(await soundness(site, level), level).toEqual(found[level]);
}

const always = (sound: readonly boolean[]) => ({ quick: sound, stored: sound, deep: sound });

/** The outer directory of the nth tree. */
async function treeAt(site: RunSite, at: number): Promise<string> {
  const location = site.path('blobstoragebackups');
  const names = (await readdir(location)).filter((name) => name.startsWith('blobstorage.')).sort();
  return join(location, names[at]!);
}

async function fileEnding(site: RunSite, place: string, ending: string, at = 0): Promise<string> {
  const names = (await readdir(site.path(place))).filter((name) => name.endsWith(ending)).sort();
  return join(site.path(place), names[at]!);
}

function cut(file: string): void {
  const { mode, size } = lstatSync(file);
  chmodSync(file, 0o600);
  truncateSync(file, Math.floor(size / 2));
  chmodSync(file, mode);
}

describe('sets without damage', () => {
  test.each([
    ['trees', ''],
    ['a pool', 'blob_format = "pool"'],
    ['rotated trees', 'blob_timestamps = false'],
    ['archives', 'archive_blob = true\nincremental_blobs = true\ncompress_blob = true'],
    ['no blobs', 'backup_blobs = false'],
  ])('are sound at every level (%s)', async (_, toml) => {
    const site = await threeSets(toml);
    await expectFound(site, always([true, true, true]));
    for (const level of LEVELS) {
      const { problems, warnings } = await site.verify(level);
      expect({ problems, warnings }).toEqual({ problems: [], warnings: [] });
    }
  });

  test('are counted', async () => {
    const site = await threeSets();
    const { files, blobBackups, blobFiles, bytes } = await site.verify('deep');
    // `.layout` and two, three, four blobs.
    expect({ files, blobBackups, blobFiles }).toEqual({ files: 3, blobBackups: 3, blobFiles: 12 });
    expect(bytes).toBeGreaterThan(0);
    expect((await site.verify('quick')).bytes).toBe(0);
  });

  test('in a repository that cannot be written are checked all the same', async () => {
    const site = await threeSets();
    const fs = new FaultyFileSystem().fail('create', 'EROFS', { times: Number.POSITIVE_INFINITY });
    const run = { config: await site.config(), kind: 'backup', level: 'stored' } as const;
    const { sets } = await verifySets(site.world(fs), run);
    expect(sets.map(({ sound }) => sound)).toEqual([true, true, true]);
    expect((await site.read()).sets.map(({ verified }) => verified)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('nothing at all is no problem', async () => {
    const site = await RunSite.make();
    expect(await site.verify('deep')).toMatchObject({ files: 0, blobBackups: 0, sets: [], problems: [] });
  });
});

describe('damage to blobs', () => {
  test('a blob that is gone from one tree harms the set of that tree', async () => {
    const site = await threeSets();
    removeBlob(join(await treeAt(site, 1), 'blobstorage'), site.committed.main[0]!);
    await expectFound(site, always([true, false, true]));
    const { problems } = await site.verify('stored');
    expect(problems).toContainEqual(
      expect.stringContaining(`${await treeAt(site, 1)}: ${site.committed.main[0]!.path}: it is missing`),
    );
  });

  test('a blob that is gone from a pool harms the sets that have it', async () => {
    const site = await threeSets('blob_format = "pool"');
    removeBlob(join(await treeAt(site, 0), 'blobstorage'), site.committed.main[2]!);
    await expectFound(site, always([true, false, false]));
  });

  test('a file that several trees share, cut off, harms all of them', async () => {
    const site = await threeSets();
    cut(join(await treeAt(site, 1), 'blobstorage', site.committed.main[2]!.path));
    const harmed = [true, false, false];
    await expectFound(site, { quick: [true, true, true], stored: harmed, deep: harmed });
  });

  test('other bytes of the same size are found by a deep check only', async () => {
    const site = await threeSets();
    changeByte(join(await treeAt(site, 0), 'blobstorage', site.committed.main[0]!.path));
    const sound = [true, true, true];
    await expectFound(site, { quick: sound, stored: sound, deep: [false, false, false] });
  });

  test('a manifest that is cut off harms its set, also where its tree is whole', async () => {
    const site = await threeSets();
    cut(join(await treeAt(site, 2), 'manifest.holdfast'));
    const sound = await soundness(site, 'stored');
    expect(sound.slice(0, 2)).toEqual([true, true]);
    expect(sound[2]).toBe(false);
  });

  test('a tree that is gone is missing in its set', async () => {
    const site = await threeSets();
    rmSync(await treeAt(site, 1), { recursive: true });
    await expectFound(site, always([true, false, true]));
    expect((await site.verify('quick')).problems).toEqual([expect.stringContaining('is missing in')]);
  });

  test('a plain archive that is damaged harms the deltas after it', async () => {
    const site = await threeSets('archive_blob = true\nincremental_blobs = true');
    cut(await fileEnding(site, 'blobstoragebackups', '.tar', 0));
    expect(await soundness(site, 'deep')).toEqual([false, false, false]);
  });

  test('a delta that is damaged harms its set and those after it, not those before', async () => {
    const site = await threeSets('archive_blob = true\nincremental_blobs = true');
    changeByte(await fileEnding(site, 'blobstoragebackups', '.delta.tar', 0), 1000);
    expect(await soundness(site, 'deep')).toEqual([true, false, false]);
  });
});

describe('a Data.fs that does not fit', () => {
  test('an increment that is gone harms its set and those after it', async () => {
    const site = await threeSets();
    rmSync(await fileEnding(site, 'backups', '.deltafsz', 0));
    await expectFound(site, always([true, false, false]));
  });

  test('other bytes in an increment harm its set and those after it', async () => {
    const site = await threeSets();
    changeByte(await fileEnding(site, 'backups', '.deltafsz', 0), 60);
    const harmed = [true, false, false];
    await expectFound(site, { quick: [true, true, true], stored: harmed, deep: harmed });
  });

  test('one storage of two harms the sets that use that file of it', async () => {
    const site = await threeSets('', { catalog: true });
    await site.commit(1, 'catalog');
    await site.run();
    changeByte(await fileEnding(site, 'backups_catalog', '.deltafsz', 0), 60);
    expect(await soundness(site, 'stored')).toEqual([true, true, true, false]);
  });

  test('blobs that both manifest and tree lack are missed by the Data.fs', async () => {
    const site = await threeSets();
    const [first, third] = [await treeAt(site, 0), await treeAt(site, 2)];
    // The tree and manifest of the first set in the place of the third: both are whole, and not what it needs.
    rmSync(third, { recursive: true });
    for (const name of ['blobstorage', 'manifest.holdfast'])
      cpSync(join(first, name), join(third, name), { recursive: true, preserveTimestamps: true });
    expect(await soundness(site, 'stored')).toEqual([true, true, false]);
    const { problems } = await site.verify('stored');
    expect(problems).toContainEqual(
      expect.stringMatching(/2 blobs that its Data\.fs refers to are not in its blob/),
    );
  });
});

describe('what belongs to no set', () => {
  test('a record that is torn is told, and its state is no sound set', async () => {
    const site = await threeSets();
    cut(await fileEnding(site, 'backups', '.holdfast-set', 2));
    const { problems, sets } = await site.verify('stored');
    expect(problems).toContainEqual(expect.stringMatching(/\.holdfast-set is not used/));
    expect(sets.map(({ sound }) => sound)).toEqual([true, true, false]);
  });

  test('foreign names are told of, and harm nothing', async () => {
    const site = await threeSets();
    await writeFile(site.path('blobstoragebackups', 'notes.txt'), 'x');
    await mkdir(site.path('blobstoragebackups', 'blobstorage.old'));
    await writeFile(site.path('backups', 'notes.txt'), 'x');
    await expectFound(site, always([true, true, true]));
    const { warnings } = await site.verify('quick');
    for (const name of ['notes.txt', 'blobstorage.old'])
      expect(warnings).toContainEqual(expect.stringContaining(`/${name} is no backup`));
  });

  test('a file in a tree that its manifest does not name is told of', async () => {
    const site = await threeSets();
    await writeFile(join(await treeAt(site, 2), 'blobstorage', 'stray'), 'x');
    const { warnings, sets } = await site.verify('stored');
    expect(sets.map(({ sound }) => sound)).toEqual([true, true, true]);
    expect(warnings).toContainEqual(expect.stringMatching(/: stray: no manifest names this file$/));
  });

  test('blobs that are the very files of the site are warned of', async () => {
    const site = await RunSite.make({ toml: 'rsync_hard_links_on_first_copy = true' });
    await site.run();
    const { warnings, sets } = await site.verify('stored');
    expect(sets.map(({ sound }) => sound)).toEqual([true]);
    expect(warnings).toContainEqual(expect.stringContaining('the very file of the live site'));
  });
});
