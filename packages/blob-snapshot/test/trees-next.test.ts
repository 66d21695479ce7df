import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type BulkFiles, fsError, nodeBulkFiles } from '@holdfast/durable-fs';
import { describe, expect, it } from 'vitest';
import { backUp, backUpItems, changesSince, namesIn } from './support/backup.js';
import { engine, STAMPS, treeOf, writeBlobs } from './support/scene.js';
import { entriesIn, inner, inode, site, writeAt } from './support/tree-site.js';

const [FIRST, SECOND, THIRD] = STAMPS;

describe('the next tree', () => {
  it('links what is there, copies what is new, and forgets what is gone', async () => {
    const { source, location, paths } = await site();
    const first = await backUp({ source, location, stamp: FIRST });
    unlinkSync(join(source, paths[1]!));
    const [path] = writeBlobs(source, [7]);
    const { summary, items } = await backUpItems({ source, location, stamp: SECOND });
    expect(treeOf(inner(location, SECOND))).toEqual(treeOf(source));
    expect(items).toEqual(expect.arrayContaining([`copied ${path}`, `gone ${paths[1]}`]));
    expect(summary).toMatchObject({ linked: 3, copied: 1, gone: 1 });
    expect(summary.total.files).toBe(first.total.files);
    expect(inode(join(inner(location, SECOND), paths[0]!))).toBe(
      inode(join(inner(location, FIRST), paths[0]!)),
    );
    expect(readlinkSync(join(location, 'latest'))).toBe(`blobstorage.${SECOND}`);
  });

  it('carries the digests of linked files over', async () => {
    const { source, location } = await site();
    await backUp({ source, location, stamp: FIRST });
    await backUp({ source, location, stamp: SECOND });
    expect(await entriesIn(location, SECOND)).toEqual(await entriesIn(location, FIRST));
  });

  it('copies an unknown file again that was changed in place', async () => {
    const { source, location } = await site();
    const file = join(source, 'notes/readme');
    writeAt(file);
    backdate(source, 'notes');
    await backUp({ source, location, stamp: FIRST });
    const before = lstatSync(dirname(file));
    writeFileSync(file, 'changed');
    utimesSync(dirname(file), before.atimeMs / 1000, before.mtimeMs / 1000);
    const summary = await backUp({ source, location, stamp: SECOND });
    expect(summary).toMatchObject({ copied: 1, linked: 4 });
    expect(readFileSync(join(inner(location, SECOND), 'notes/readme'), 'utf8')).toBe('changed');
    expect(readFileSync(join(inner(location, FIRST), 'notes/readme'), 'utf8')).not.toBe('changed');
  });

  it('sees a file in a directory whose time was set back', async () => {
    const { source, location, paths } = await site();
    await backUp({ source, location, stamp: FIRST });
    const directory = dirname(join(source, paths[0]!));
    const { atimeMs, mtimeMs } = lstatSync(directory);
    const added = join(directory, '0x040d274a29ffffff.blob');
    writeFileSync(added, 'undone');
    utimesSync(directory, atimeMs / 1000, mtimeMs / 1000);
    await backUp({ source, location, stamp: SECOND });
    expect(treeOf(inner(location, SECOND))).toEqual(treeOf(source));
  });

  it('does not list a directory that has not changed since the state before', async () => {
    const { source, location } = await site();
    const later = '2036-01-01-00-00-00';
    await backUp({ source, location, stamp: later });
    const listed: string[] = [];
    const readDirectory: BulkFiles['readDirectory'] = (path) => {
      listed.push(path);
      return nodeBulkFiles.readDirectory(path);
    };
    const on = { ...engine, bulk: { ...nodeBulkFiles, beside: undefined, readDirectory } };
    const summary = await backUp({ source, location, stamp: '2036-01-02-00-00-00' }, { on });
    expect(listed).toEqual([]);
    expect(summary).toMatchObject({ linked: 4, copied: 0 });
    expect(treeOf(inner(location, '2036-01-02-00-00-00'))).toEqual(treeOf(source));
  });

  it('says that there is nothing to do when the stamp is there', async () => {
    const { source, location } = await site();
    const first = await backUp({ source, location, stamp: FIRST });
    rmSync(join(location, 'latest'));
    const before = treeOf(inner(location, FIRST));
    const again = await backUp({ source, location, stamp: FIRST });
    expect(again).toMatchObject({ id: first.id, copied: 0, linked: 0, added: { files: 0, bytes: 0 } });
    expect([again.total, again.manifestSha256]).toEqual([first.total, first.manifestSha256]);
    expect(treeOf(inner(location, FIRST))).toEqual(before);
    expect(readlinkSync(join(location, 'latest'))).toBe(`blobstorage.${FIRST}`);
  });

  it('removes what a killed run left', async () => {
    const { source, location } = await site();
    mkdirSync(join(location, '.holdfast-partial-blobstorage.x/blobstorage'), { recursive: true });
    await backUp({ source, location, stamp: FIRST });
    expect(namesIn(location)).toEqual([`blobstorage.${FIRST}`, 'latest']);
  });

  it.each(['EXDEV', 'EMLINK', 'EPERM'])('copies where linking ends with %s, and says so', async (code) => {
    const { source, location } = await site();
    await backUp({ source, location, stamp: FIRST });
    const link: BulkFiles['link'] = (from, to) => {
      throw fsError({ code }, `link ${from} to`, to);
    };
    const on = { ...engine, bulk: { ...nodeBulkFiles, beside: undefined, link } };
    const summary = await backUp({ source, location, stamp: SECOND }, { on });
    expect(summary).toMatchObject({ linked: 0, copied: 4, added: { files: 0 } });
    expect(summary.cannotLink).toContain('link');
    expect(treeOf(inner(location, SECOND))).toEqual(treeOf(source));
  });

  it('copies a file again that the tree before has lost', async () => {
    const { source, location, paths } = await site();
    await backUp({ source, location, stamp: FIRST });
    unlinkSync(join(inner(location, FIRST), paths[0]!));
    const summary = await backUp({ source, location, stamp: SECOND });
    expect(summary).toMatchObject({ copied: 1, linked: 3 });
    expect(treeOf(inner(location, SECOND))).toEqual(treeOf(source));
  });

  it('looks at the tree itself when its manifest is damaged', async () => {
    const { source, location } = await site();
    await backUp({ source, location, stamp: FIRST });
    const manifest = join(location, `blobstorage.${FIRST}`, 'manifest.holdfast');
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('0x00/0x00', '0x01/0x00'));
    const summary = await backUp({ source, location, stamp: SECOND });
    expect(summary).toMatchObject({ linked: 4, copied: 0 });
    expect(treeOf(inner(location, SECOND))).toEqual(treeOf(source));
  });

  it('continues a tree without a manifest', async () => {
    const { source, location } = await site();
    mkdirSync(location);
    execFileSync('cp', ['-a', '--', source, join(location, 'x')]);
    mkdirSync(join(location, `blobstorage.${FIRST}`));
    execFileSync('mv', [join(location, 'x'), inner(location, FIRST)]);
    const summary = await backUp({ source, location, stamp: SECOND });
    expect(summary).toMatchObject({ linked: 4, copied: 0 });
    expect(treeOf(inner(location, SECOND))).toEqual(treeOf(source));
  });

  it('made from the log, has the changes and all that was there before, without a look at the rest', async () => {
    const { source, location, paths } = await site();
    await backUp({ source, location, stamp: FIRST });
    unlinkSync(join(source, paths[0]!));
    const [path] = writeBlobs(source, [7, 8]);
    const entries: string[] = [];
    const changes = changesSince(FIRST, [7, 99]);
    const summary = await backUp({
      source,
      location,
      stamp: SECOND,
      changes,
      onEntry: ({ path }) => entries.push(path),
    });
    const tree = Object.keys(treeOf(inner(location, SECOND))).filter((name) => /\.(blob|layout)$/.test(name));
    expect(tree).toEqual(['.layout', ...[...paths, path!].sort()]);
    expect(summary).toMatchObject({ linked: 4, copied: 1, gone: 0, missing: [changes.made[1]] });
    expect(summary.total.files).toBe(5);
    expect(entries).toEqual([path]);
  });

  it('walks the source where the log does not continue the newest backup', async () => {
    const { source, location } = await site();
    await backUp({ source, location, stamp: FIRST });
    writeBlobs(source, [7]);
    await backUp({ source, location, stamp: SECOND });
    const [path] = writeBlobs(source, [8]);
    const { items } = await backUpItems({
      source,
      location,
      stamp: THIRD,
      changes: changesSince(FIRST, [7]),
    });
    expect(items).toContain(`copied ${path}`);
    expect(treeOf(inner(location, THIRD))).toEqual(treeOf(source));
  });
});

function backdate(root: string, path: string): void {
  utimesSync(join(root, path), 1_700_000_000, 1_700_000_000);
}
