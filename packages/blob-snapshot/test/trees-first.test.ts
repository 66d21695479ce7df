import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type BulkFiles, nodeBulkFiles } from '@holdfast/durable-fs';
import { describe, expect, it } from 'vitest';
import type { BlobEngine } from '../src/engine.js';
import type { BlobEntry } from '../src/entry.js';
import { backUp, backUpItems, namesIn } from './support/backup.js';
import { engine, STAMPS, treeOf, writeBlobs } from './support/scene.js';
import { entriesIn, inner, inode, site, writeAt } from './support/tree-site.js';

const [FIRST, SECOND] = STAMPS;

describe('the first tree', () => {
  it.each(['bushy', 'lawn'] as const)(
    'holds what the source holds, with modes and times (%s)',
    async (layout) => {
      const { source, location } = await site([0, 1, 2, 300, 70_000], layout);
      const summary = await backUp({ source, location, stamp: FIRST });
      expect(treeOf(inner(location, FIRST))).toEqual(treeOf(source));
      expect(summary).toMatchObject({ style: 'tree', copied: 6, linked: 0, gone: 0, cannotLink: undefined });
      expect(summary.total).toEqual(summary.added);
      expect(readlinkSync(join(location, 'latest'))).toBe(`blobstorage.${FIRST}`);
      expect(namesIn(location)).toEqual([`blobstorage.${FIRST}`, 'latest']);
    },
  );

  it.each(['bushy', 'lawn'] as const)('holds large files between small ones (%s)', async (layout) => {
    const { source, location, paths } = await site([], layout);
    expect(paths).toEqual([]);
    const sizes = Array.from({ length: 150 }, (_, at) =>
      at % 50 === 20 ? 300_000 : at % 50 === 40 ? 5 << 20 : at,
    );
    const written = writeBlobs(source, [...sizes.keys()], layout);
    for (const [at, size] of sizes.entries()) {
      const path = join(source, written[at]!);
      truncateSync(path, size);
      utimesSync(path, at + 1, at + 1.5);
      // A directory that must be opened before it can be filled.
      if (at % 3 === 0) chmodSync(dirname(path), 0o500);
      utimesSync(dirname(path), at, at + 0.25);
    }
    await backUp({ source, location, stamp: FIRST });
    expect(treeOf(inner(location, FIRST))).toEqual(treeOf(source));
    const listed = (await entriesIn(location, FIRST)).map(({ path }) => path);
    expect(listed.filter((path) => path !== '.').sort()).toEqual(Object.keys(treeOf(source)).sort());
    for (const path of written) chmodSync(dirname(join(source, path)), 0o700);
  });

  it('has a manifest with the digest of every file', async () => {
    const { source, location } = await site();
    await backUp({ source, location, stamp: FIRST });
    const found = treeOf(source);
    for (const entry of await entriesIn(location, FIRST)) {
      if (entry.kind === 'file') expect(found[entry.path]).toContain(entry.sha256);
      else if (entry.path !== '.') expect(found[entry.path]).toContain('directory');
    }
  });

  it('shares no inode with the site', async () => {
    const { source, location, paths } = await site();
    await backUp({ source, location, stamp: FIRST });
    expect(inode(join(inner(location, FIRST), paths[0]!))).not.toBe(inode(join(source, paths[0]!)));
  });

  it('is linked to the site on request, the first time only', async () => {
    const { source, location, paths } = await site();
    const first = await backUp({ source, location, stamp: FIRST, linkFirstCopy: true });
    expect(inode(join(inner(location, FIRST), paths[0]!))).toBe(inode(join(source, paths[0]!)));
    const [path] = writeBlobs(source, [9]);
    const second = await backUp({ source, location, stamp: SECOND, linkFirstCopy: true });
    expect(inode(join(inner(location, SECOND), path!))).not.toBe(inode(join(source, path!)));
    expect([first.linked, first.copied, second.copied]).toEqual([3, 1, 1]);
  });

  it('is not linked to what the site may still write to: only blobs are', async () => {
    const { source, location } = await site();
    writeAt(join(source, 'notes/a'));
    const { linked, copied } = await backUp({ source, location, stamp: FIRST, linkFirstCopy: true });
    expect({ linked, copied }).toEqual({ linked: 3, copied: 2 });
    const before = treeOf(inner(location, FIRST));
    for (const path of ['notes/a', '.layout']) writeFileSync(join(source, path), 'changed on the live site');
    expect(treeOf(inner(location, FIRST))).toEqual(before);
  });

  it('leaves out what a restore kept or works with in the blob directory', async () => {
    const { source, location } = await site();
    for (const path of ['.holdfast-old/a', '.holdfast-old.2/b', '.holdfast-restore-blobstorage/c'])
      writeAt(join(source, path));
    writeAt(join(source, 'notes/.holdfast-old/a'));
    await backUp({ source, location, stamp: FIRST });
    const names = Object.keys(treeOf(inner(location, FIRST)));
    expect(names.filter((name) => name.includes('holdfast'))).toEqual([
      'notes/.holdfast-old',
      'notes/.holdfast-old/a',
    ]);
  });

  it('leaves out tmp, .removed and temporary files, and what patterns exclude', async () => {
    const { source, location } = await site();
    for (const path of ['tmp/BLOB1.tmp', '.removed', 'old.tmp', 'notes/a.bak', 'notes/b'])
      writeAt(join(source, path));
    const { items } = await backUpItems({ source, location, stamp: FIRST, exclude: ['*.bak'] });
    expect(Object.keys(treeOf(inner(location, FIRST)))).toEqual(expect.arrayContaining(['notes', 'notes/b']));
    expect(items.filter((item) => item.startsWith('excluded'))).toEqual([
      'excluded .removed',
      'excluded notes/a.bak',
      'excluded old.tmp',
      'excluded tmp',
    ]);
  });

  it('carries unknown files and says so', async () => {
    const { source, location } = await site();
    writeAt(join(source, 'notes/readme'));
    const summary = await backUp({ source, location, stamp: FIRST });
    expect(summary.unknown).toEqual({ count: 1, paths: ['notes/readme'] });
  });

  it('lists links, FIFOs and names that are not UTF-8, and goes on', async () => {
    const { source, location, root } = await site();
    symlinkSync('/etc/passwd', join(source, 'link'));
    execFileSync('mkfifo', [join(source, 'pipe')]);
    writeFileSync(Buffer.concat([Buffer.from(`${source}/n`), Buffer.from([0xff])]), 'x');
    const { items, summary } = await backUpItems({ source, location, stamp: FIRST });
    expect(items.filter((item) => item.startsWith('refused'))).toEqual([
      'refused link: a symbolic link',
      'refused n\ufffd: its name is not UTF-8',
      'refused pipe: a FIFO, a socket or a device',
    ]);
    expect(summary.refused.count).toBe(3);
    expect(Object.keys(treeOf(inner(location, FIRST)))).not.toContain('link');
    expect(root).toBeDefined();
  });

  it('keeps holes as holes', async () => {
    const { source, location } = await site([]);
    for (const [name, size] of [
      ['small', 3 << 20],
      ['large', 9 << 20],
    ] as const) {
      writeFileSync(join(source, name), 'start');
      truncateSync(join(source, name), size);
    }
    await backUp({ source, location, stamp: FIRST });
    for (const name of ['small', 'large']) {
      const stat = lstatSync(join(inner(location, FIRST), name));
      expect(stat.size).toBe(lstatSync(join(source, name)).size);
      expect(stat.blocks * 512).toBeLessThan(1 << 20);
    }
    const digests = (await entriesIn(location, FIRST)).map((entry) => entry.kind === 'file' && entry.sha256);
    expect(digests).not.toContain(undefined);
  });

  it('takes unusual names, empty files and directories', async () => {
    const { source, location } = await site([]);
    for (const name of ['with blank', 'new\nline', 'per%cent', 'é', '-f', '\u{1F600}', '\uFFFC', 'empty']) {
      writeFileSync(join(source, name), name === 'empty' ? '' : name);
    }
    mkdirSync(join(source, 'none'), { mode: 0o750 });
    await backUp({ source, location, stamp: FIRST });
    expect(treeOf(inner(location, FIRST))).toEqual(treeOf(source));
    const second = await backUp({ source, location, stamp: SECOND });
    expect(second.copied).toBe(0);
    expect(treeOf(inner(location, SECOND))).toEqual(treeOf(source));
  });

  it('writes nothing in a dry run, and tells what it would do', async () => {
    const { source, location, paths } = await site();
    const { items, summary } = await backUpItems({ source, location, stamp: FIRST, dryRun: true });
    expect(existsSync(location)).toBe(false);
    expect(items).toEqual(expect.arrayContaining(paths.map((path) => `copied ${path}`)));
    expect(summary.total.files).toBe(4);
  });

  it('shows every file to onEntry before it is published', async () => {
    const { source, location, paths } = await site();
    const seen: string[] = [];
    const onEntry = (entry: BlobEntry) => {
      seen.push(entry.path);
      expect(existsSync(inner(location, FIRST))).toBe(false);
    };
    await backUp({ source, location, stamp: FIRST, onEntry });
    expect(seen).toEqual(['.layout', ...paths]);
  });

  it('lets the event loop run', async () => {
    const { source, location } = await site(Array.from({ length: 2000 }, (_, number) => number));
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    await backUp({ source, location, stamp: FIRST });
    clearInterval(timer);
    expect(longest).toBeLessThan(1000);
  });

  it('stops when it is told to, and leaves nothing', async () => {
    const { source, location } = await site();
    const signal = AbortSignal.abort();
    await expect(
      backUp({ source, location, stamp: FIRST }, { on: slow({ ...engine, signal }) }),
    ).rejects.toMatchObject({ code: 'cancelled' });
    expect(namesIn(location)).toEqual([]);
  });
});

/** Each call takes so long that the event loop must run after it. */
function slow(on: BlobEngine): BlobEngine {
  const lstat: BulkFiles['lstat'] = (path) => {
    const end = performance.now() + 25;
    while (performance.now() < end);
    return nodeBulkFiles.lstat(path);
  };
  return { ...on, bulk: { ...nodeBulkFiles, beside: undefined, lstat } };
}
