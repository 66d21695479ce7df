import { existsSync, lstatSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BulkFiles, FileSystem } from '@holdfast/durable-fs';
import { nodeBulkFiles, nodeFileSystem } from '@holdfast/durable-fs';
import { temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, it } from 'vitest';
import { entriesOf } from '../src/entries.js';
import { prepareBlobs } from '../src/prepare.js';
import { backUp, changesSince, dataOf, namesIn, POOL } from './support/backup.js';
import { backupOf, backupsIn, engine, STAMPS, treeOf, writeBlobs } from './support/scene.js';

const [FIRST, SECOND, THIRD] = STAMPS;
const OUTER = `blobstorage.${FIRST}`;

async function pool() {
  const root = await temporaryDirectory();
  const source = join(root, 'blobstorage');
  const location = join(root, 'backups');
  const paths = writeBlobs(source, [0, 1, 2]);
  const first = await backUp({ source, location, stamp: FIRST, style: POOL });
  return { source, location, paths, first, inner: join(location, OUTER, 'blobstorage') };
}

async function stateOf(location: string, stamp: string) {
  const found: Record<string, unknown> = {};
  const backup = await backupOf(location, stamp === FIRST ? OUTER : `${OUTER}@${stamp}`);
  for await (const entry of entriesOf(engine, backup)) found[entry.path] = entry;
  return found;
}

describe('a pool', () => {
  it('begins with a tree', async () => {
    const { first, location, source, inner } = await pool();
    expect(first).toMatchObject({ style: 'tree', copied: 4 });
    expect(namesIn(location)).toEqual([OUTER, 'latest']);
    expect(treeOf(inner)).toEqual(treeOf(source));
  });

  it('shares it with later states', async () => {
    const { location, source, inner, paths } = await pool();
    const [path] = writeBlobs(source, [7]);
    const changes = changesSince(FIRST, [7]);
    const summary = await backUp({ source, location, stamp: SECOND, style: POOL, changes });
    expect(summary).toMatchObject({ id: `${OUTER}@${SECOND}`, style: 'pool', copied: 1, linked: 0 });
    expect([summary.total.files, summary.added.files]).toEqual([5, 1]);
    expect(treeOf(inner)).toEqual(treeOf(source));
    expect(namesIn(join(location, OUTER))).toEqual([
      `${SECOND}.delta.holdfast`,
      'blobstorage',
      'manifest.holdfast',
    ]);
    const states = [await stateOf(location, FIRST), await stateOf(location, SECOND)];
    expect(states.map((state) => Object.keys(state).filter((name) => name.endsWith('.blob')))).toEqual([
      paths,
      [...paths, path].sort(),
    ]);
    const directory = dirname(path!);
    expect(states[1]![directory]).toMatchObject({
      mtimeMs: Math.floor(lstatSync(join(source, directory)).mtimeMs),
    });
    expect(readlinkSync(join(location, 'latest'))).toBe(OUTER);
    expect(namesIn(location)).toEqual([OUTER, 'latest']);
  });

  it('is a chain of as many states as there are increments', async () => {
    const { location, source } = await pool();
    let since: string = FIRST;
    for (let hour = 10; hour < 20; hour++) {
      const stamp = `2026-11-18-${hour}-00-00`;
      writeBlobs(source, [hour]);
      await backUp({ source, location, stamp, style: POOL, changes: changesSince(since, [hour]) });
      since = stamp;
    }
    expect((await backupsIn(location)).length).toBe(11);
    const state = await stateOf(location, since);
    expect(Object.keys(state).filter((name) => name.endsWith('.blob'))).toHaveLength(13);
  });

  it('reads of the state before only the first line and the last', async () => {
    const { location, source } = await pool();
    writeBlobs(source, [7]);
    const manifest = join(location, OUTER, 'manifest.holdfast');
    let read = 0;
    const fs: FileSystem = {
      ...nodeFileSystem,
      async openRead(path, options) {
        if (path === manifest) read += 1;
        return await nodeFileSystem.openRead(path, options);
      },
    };
    const touched: string[] = [];
    const lstat: BulkFiles['lstat'] = (path) => {
      touched.push(path);
      return nodeBulkFiles.lstat(path);
    };
    const on = { ...engine, fs, bulk: { ...nodeBulkFiles, beside: undefined, lstat } };
    await backUp({ source, location, stamp: SECOND, style: POOL, changes: changesSince(FIRST, [7]) }, { on });
    // The header when the location is listed and when it is planned, the end for the counts.
    expect(read).toBe(3);
    expect(touched.filter((path) => path.endsWith('.blob')).length).toBe(2);
  });

  it('names references that have no file', async () => {
    const { location, source } = await pool();
    const changes = changesSince(FIRST, [55]);
    const summary = await backUp({ source, location, stamp: SECOND, style: POOL, changes });
    expect(summary.missing).toEqual(changes.made);
    expect(summary.total.files).toBe(4);
  });

  it('counts a blob once that the state before has already', async () => {
    const { location, source } = await pool();
    const summary = await backUp({
      source,
      location,
      stamp: SECOND,
      style: POOL,
      changes: changesSince(FIRST, [2]),
    });
    expect(summary).toMatchObject({ copied: 0, total: { files: 4 } });
  });

  it('replaces a file of the tree that no state names', async () => {
    const { location, source, inner } = await pool();
    const [path] = writeBlobs(source, [7]);
    await backUp({ source, location, stamp: SECOND, style: POOL, changes: changesSince(FIRST, [7]) });
    const manifest = join(location, OUTER, `${SECOND}.delta.holdfast`);
    execRemove(manifest);
    writeFileSync(join(inner, path!), 'torn');
    const summary = await backUp({
      source,
      location,
      stamp: THIRD,
      style: POOL,
      changes: changesSince(FIRST, [7]),
    });
    expect(summary).toMatchObject({ copied: 1, total: { files: 5 } });
    expect(readFileSync(join(inner, path!))).toEqual(readFileSync(join(source, path!)));
  });

  it('begins a new tree, linked to the files of the one before, when a full backup is asked for', async () => {
    const { location, source, paths } = await pool();
    writeBlobs(source, [7]);
    await backUp({ source, location, stamp: SECOND, style: POOL, changes: changesSince(FIRST, [7]) });
    const summary = await backUp({
      source,
      location,
      stamp: THIRD,
      style: POOL,
      full: true,
      changes: changesSince(SECOND, []),
    });
    expect(summary).toMatchObject({ id: `blobstorage.${THIRD}`, style: 'tree', linked: 5, copied: 0 });
    const inodes = [OUTER, `blobstorage.${THIRD}`].map(
      (name) => lstatSync(join(location, name, 'blobstorage', paths[0]!)).ino,
    );
    expect(inodes[0]).toBe(inodes[1]);
    expect(readlinkSync(join(location, 'latest'))).toBe(`blobstorage.${THIRD}`);
  });

  it('begins a new tree when the changes do not continue the newest state', async () => {
    const { location, source } = await pool();
    const since = { stamp: FIRST, end: dataOf(FIRST).end + 1 };
    const summary = await backUp({
      source,
      location,
      stamp: SECOND,
      style: POOL,
      changes: { since, made: [] },
    });
    expect(summary.style).toBe('tree');
  });

  it('writes nothing in a dry run', async () => {
    const { location, source } = await pool();
    writeBlobs(source, [7]);
    const before = treeOf(location);
    const changes = changesSince(FIRST, [7]);
    const summary = await backUp({ source, location, stamp: SECOND, style: POOL, changes, dryRun: true });
    expect(summary.total.files).toBe(5);
    expect(treeOf(location)).toEqual(before);
  });

  it('leaves nothing when it is not published', async () => {
    const { location, source } = await pool();
    writeBlobs(source, [7]);
    const before = treeOf(location);
    const changes = changesSince(FIRST, [7]);
    const request = { source, location, stamp: SECOND, style: POOL, changes, data: dataOf(SECOND) };
    await (await prepareBlobs(engine, request)).dispose();
    expect(treeOf(location)).toEqual(before);
    expect(existsSync(join(location, OUTER))).toBe(true);
  });
});

function execRemove(path: string): void {
  nodeBulkFiles.unlink(path);
}
