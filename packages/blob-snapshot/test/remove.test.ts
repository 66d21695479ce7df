import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { removeBlobBackups, removeBlobLeftovers } from '../src/remove.js';
import { removeTree } from '../src/remove-tree.js';
import { verifyBlobs } from '../src/verify-blobs.js';
import {
  backupOf,
  backupsIn,
  engine,
  makeTree,
  poolLocation,
  STAMPS,
  treeOf,
  writeBlobs,
} from './support/scene.js';

const TREE = `blobstorage.${STAMPS[0]}`;
const POOL = [`${TREE}@2026-11-18-03-00-00`, `${TREE}@2026-11-18-04-00-00`] as const;

async function remove(location: string, ...ids: string[]) {
  const backups = (await backupsIn(location)).filter(({ id }) => ids.includes(id));
  return removeBlobBackups(engine, location, backups);
}

describe('a removal', () => {
  test('of a tree takes all of it, and nothing else', async () => {
    const root = await temporaryDirectory();
    const source = join(root, 'source');
    writeBlobs(source, [1, 2]);
    const location = join(root, 'backups');
    for (const stamp of STAMPS) await makeTree(location, stamp, source);
    symlinkSync(`blobstorage.${STAMPS[2]}`, join(location, 'latest'));
    writeFileSync(join(location, 'notes-1.0.tar.gz'), '');
    const kept = treeOf(join(location, `blobstorage.${STAMPS[1]}`));
    expect(await remove(location, TREE)).toEqual({ removed: [TREE], needed: [] });
    expect(readdirSync(location).sort()).toEqual([
      `blobstorage.${STAMPS[1]}`,
      `blobstorage.${STAMPS[2]}`,
      'latest',
      'notes-1.0.tar.gz',
    ]);
    expect(treeOf(join(location, `blobstorage.${STAMPS[1]}`))).toEqual(kept);
    expect(readlinkSync(join(location, 'latest'))).toBe(`blobstorage.${STAMPS[2]}`);
    await remove(location, `blobstorage.${STAMPS[2]}`);
    expect(readlinkSync(join(location, 'latest'))).toBe(`blobstorage.${STAMPS[1]}`);
    await remove(location, `blobstorage.${STAMPS[1]}`);
    expect(readdirSync(location)).toEqual(['notes-1.0.tar.gz']);
  });

  test('of what is not there, or only named like a backup, does nothing', async () => {
    const location = await temporaryDirectory();
    writeFileSync(join(location, 'precious.1.0'), '');
    symlinkSync('/', join(location, TREE));
    const backups = [TREE, 'precious.1.0', '../other'].map((id) => ({ id, kind: 'tree' as const }));
    expect(await removeBlobBackups(engine, location, backups)).toEqual({ removed: [], needed: [] });
    expect(readdirSync(location).sort()).toEqual([TREE, 'precious.1.0']);
    expect(await removeBlobBackups(engine, join(location, 'missing'), backups)).toEqual({
      removed: [],
      needed: [],
    });
  });

  test('never follows a link, and opens directories that are closed', async () => {
    const root = await temporaryDirectory();
    const source = join(root, 'source');
    writeBlobs(source, [1]);
    const outer = await makeTree(join(root, 'backups'), STAMPS[0], source);
    mkdirSync(join(root, 'precious'));
    writeFileSync(join(root, 'precious', 'file'), 'x');
    symlinkSync(join(root, 'precious'), join(outer, 'blobstorage', 'link'));
    symlinkSync(join(root, 'precious'), join(outer, 'link'));
    execFileSync('mkfifo', [join(outer, 'blobstorage', 'fifo')]);
    execFileSync('chmod', ['-R', 'u-w', outer]);
    await remove(join(root, 'backups'), TREE);
    expect(readdirSync(join(root, 'backups'))).toEqual([]);
    expect(readdirSync(join(root, 'precious'))).toEqual(['file']);
  });

  test('of closed directories works for their owner, who is not root', async ({ skip }) => {
    skip(process.getuid?.() !== 0, 'needs another user');
    const root = await temporaryDirectory();
    writeBlobs(join(root, 'tree'), [1]);
    execFileSync('chmod', ['-R', 'a-w', join(root, 'tree')]);
    execFileSync('chown', ['-R', '65534:65534', root]);
    execFileSync('chmod', ['711', join(root, '..')]);
    process.seteuid!(65534);
    try {
      await removeTree(engine, join(root, 'tree'));
    } finally {
      process.seteuid!(0);
    }
    expect(existsSync(join(root, 'tree'))).toBe(false);
  });

  test('of the newest state of a shared tree takes its manifest and the files that it alone has', async () => {
    const location = await poolLocation(await temporaryDirectory());
    expect(await remove(location, POOL[1])).toEqual({ removed: [POOL[1]], needed: [] });
    expect((await backupsIn(location)).map(({ id }) => id)).toEqual([
      TREE,
      POOL[0],
      `blobstorage.${STAMPS[1]}`,
    ]);
    for (const id of [TREE, POOL[0], `blobstorage.${STAMPS[1]}`]) {
      const report = await verifyBlobs(engine, { backup: await backupOf(location, id), level: 'deep' });
      expect(report.sound).toBe(true);
      expect(report.foreign.items.filter(({ reason }) => reason.endsWith('file'))).toEqual([]);
    }
    const blobs = Object.keys(treeOf(join(location, TREE))).filter((path) => path.endsWith('.blob'));
    expect(blobs).toHaveLength(4);
  });

  test('keeps what a later state needs, until that goes too', async () => {
    const location = await poolLocation(await temporaryDirectory());
    expect(await remove(location, TREE, POOL[0])).toEqual({
      removed: [],
      needed: [
        { id: POOL[0], by: POOL[1] },
        { id: TREE, by: POOL[0] },
      ],
    });
    expect(await remove(location, TREE, POOL[0], POOL[1])).toEqual({
      removed: [POOL[1], POOL[0], TREE],
      needed: [],
    });
    expect(readdirSync(location).sort()).toEqual([`blobstorage.${STAMPS[1]}`, 'latest']);
  });

  test('behind a link in a shared tree is not done', async () => {
    const root = await temporaryDirectory();
    const location = await poolLocation(root);
    const content = join(location, TREE, 'blobstorage');
    execFileSync('mv', [join(content, '0x00'), join(root, 'moved')]);
    symlinkSync(join(root, 'moved'), join(content, '0x00'));
    const before = treeOf(join(root, 'moved'));
    await remove(location, POOL[1]);
    expect(treeOf(join(root, 'moved'))).toEqual(before);
  });

  test('of an archive takes the snapshot file and the manifest with it; increments go before it', async () => {
    const location = await temporaryDirectory();
    const names = [
      'blobs.2026-11-02-00-00-00.tar.gz',
      'blobs.2026-11-02-00-00-00.tar.gz.holdfast',
      'blobs.2026-11-02-00-00-00.snar',
      'blobs.2026-11-03-00-00-00.delta.tar.gz',
      'blobs.2026-11-05-00-00-00.tar',
      'blobs.2026-11-05-00-00-00.snar',
    ];
    for (const name of names) writeFileSync(join(location, name), '');
    expect((await remove(location, names[0]!)).needed).toEqual([{ id: names[0], by: names[3] }]);
    expect(readdirSync(location).sort()).toEqual([...names].sort());
    // GNU tar would go on from an increment that is gone.
    await remove(location, names[3]!);
    expect(readdirSync(location).sort()).toEqual([names[0], names[1], names[4], names[5]].sort());
    await remove(location, names[0]!);
    expect(readdirSync(location).sort()).toEqual([names[4], names[5]].sort());
  });

  test('of leftovers takes partial things and manifests without an archive', async () => {
    const root = await temporaryDirectory();
    const location = join(root, 'backups');
    writeBlobs(join(location, '.holdfast-partial-blobstorage.x', 'blobstorage'), [1]);
    writeFileSync(join(location, '.holdfast-tmp-0123456789ab-x'), '');
    writeFileSync(join(location, 'blobs.2026-11-02-00-00-00.tar.holdfast'), '');
    writeFileSync(join(location, 'other'), '');
    mkdirSync(join(root, 'precious'));
    writeFileSync(join(root, 'precious', 'file'), 'x');
    symlinkSync(join(root, 'precious'), join(location, '.holdfast-partial-link'));
    expect(await removeBlobLeftovers(engine, location)).toHaveLength(4);
    expect(readdirSync(location)).toEqual(['other']);
    expect(readdirSync(join(root, 'precious'))).toEqual(['file']);
  });
});
