import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type BulkFiles, fsError, nodeBulkFiles } from '@holdfast/durable-fs';
import { temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, it } from 'vitest';
import type { BlobEngine } from '../src/engine.js';
import { entriesOf } from '../src/entries.js';
import type { BlobEntry } from '../src/entry.js';
import { prepareBlobs } from '../src/prepare.js';
import type { BlobItem } from '../src/request.js';
import { backUp, backUpItems, changesSince, namesIn, ROTATED, TREE } from './support/backup.js';
import { backupOf, engine, STAMPS, treeOf, writeBlobs } from './support/scene.js';

const [FIRST, SECOND, THIRD] = STAMPS;

async function site(numbers: readonly number[] = [0, 1, 2], layout: 'bushy' | 'lawn' = 'bushy') {
  const root = await temporaryDirectory();
  const source = join(root, 'blobstorage');
  const location = join(root, 'backups');
  const paths = writeBlobs(source, numbers, layout);
  return { root, source, location, paths };
}

const inner = (location: string, stamp: string) => join(location, `blobstorage.${stamp}`, 'blobstorage');
const inode = (path: string) => lstatSync(path).ino;

async function entriesIn(location: string, stamp: string): Promise<BlobEntry[]> {
  const entries: BlobEntry[] = [];
  for await (const entry of entriesOf(engine, await backupOf(location, `blobstorage.${stamp}`)))
    entries.push(entry);
  return entries;
}

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
    expect([first.linked, second.copied]).toEqual([4, 1]);
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

function writeAt(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, path);
}

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

describe('rotated trees', () => {
  it('move on by one each time', async () => {
    const { source, location } = await site();
    const before: object[] = [];
    for (const stamp of STAMPS) {
      writeBlobs(source, [before.length + 10]);
      await backUp({ source, location, stamp, style: ROTATED });
      before.unshift(treeOf(source));
    }
    expect(namesIn(location)).toEqual(['blobstorage.0', 'blobstorage.1', 'blobstorage.2']);
    before.forEach((tree, number) => {
      expect(treeOf(join(location, `blobstorage.${number}/blobstorage`))).toEqual(tree);
    });
  });

  it('go on after a gap that a killed rotation left', async () => {
    const { source, location } = await site();
    await backUp({ source, location, stamp: FIRST, style: ROTATED });
    await backUp({ source, location, stamp: SECOND, style: ROTATED });
    execFileSync('mv', [join(location, 'blobstorage.1'), join(location, 'blobstorage.2')]);
    const summary = await backUp({ source, location, stamp: THIRD, style: ROTATED });
    expect(summary).toMatchObject({ linked: 4, copied: 0 });
    expect(namesIn(location)).toEqual(['blobstorage.0', 'blobstorage.1', 'blobstorage.2']);
  });
});

describe('what goes wrong', () => {
  it('a blob that vanishes between listing and copying ends the backup, to be tried again', async () => {
    const { source, location, paths } = await site();
    const copyFile: BulkFiles['copyFile'] = (from, to, options) => {
      if (from.endsWith(paths[1]!)) unlinkSync(from);
      return nodeBulkFiles.copyFile(from, to, options);
    };
    const on = { ...engine, bulk: { ...nodeBulkFiles, beside: undefined, copyFile } };
    await expect(backUp({ source, location, stamp: FIRST }, { on })).rejects.toMatchObject({
      code: 'blobs.vanished',
      path: join(source, paths[1]!),
      retryable: true,
    });
    expect(namesIn(location)).toEqual([]);
  });

  it('a blob that becomes a link is not followed', async () => {
    const { source, location, paths, root } = await site();
    writeFileSync(join(root, 'secret'), 'secret');
    const copyFile: BulkFiles['copyFile'] = (from, to, options) => {
      if (from.endsWith(paths[1]!)) {
        unlinkSync(from);
        symlinkSync(join(root, 'secret'), from);
      }
      return nodeBulkFiles.copyFile(from, to, options);
    };
    const summary = await backUp(
      { source, location, stamp: FIRST },
      { on: { ...engine, bulk: { ...nodeBulkFiles, beside: undefined, copyFile } } },
    );
    expect(summary.refused.items.map(({ entry }) => entry.path)).toEqual([paths[1]]);
    expect(existsSync(join(inner(location, FIRST), paths[1]!))).toBe(false);
  });

  it('lists every file that cannot be read, and makes no backup', async () => {
    const { source, location, paths } = await site();
    const copyFile: BulkFiles['copyFile'] = (from, to, options) => {
      if (paths.slice(0, 2).some((path) => from.endsWith(path)))
        throw fsError({ code: 'EACCES' }, 'open', from);
      return nodeBulkFiles.copyFile(from, to, options);
    };
    const on = { ...engine, bulk: { ...nodeBulkFiles, beside: undefined, copyFile } };
    const failure = backUp({ source, location, stamp: FIRST }, { on });
    await expect(failure).rejects.toMatchObject({ code: 'blobs.unreadable' });
    await expect(failure).rejects.toThrow(`${paths[0]}, ${paths[1]}`);
    expect(namesIn(location)).toEqual([]);
  });

  it('a directory that cannot be listed ends the backup, and its files are not taken for gone', async () => {
    const { source, location } = await site();
    await backUp({ source, location, stamp: FIRST });
    const readDirectory: BulkFiles['readDirectory'] = (path) => {
      if (path.startsWith(source) && path.endsWith('/0x02')) throw fsError({ code: 'EACCES' }, 'list', path);
      return nodeBulkFiles.readDirectory(path);
    };
    const on = { ...engine, bulk: { ...nodeBulkFiles, beside: undefined, readDirectory } };
    const items: string[] = [];
    const onItem = ({ action }: BlobItem) => items.push(action);
    const failure = backUp({ source, location, stamp: SECOND, onItem }, { on });
    await expect(failure).rejects.toMatchObject({ code: 'blobs.unreadable' });
    expect(items).toEqual(['refused']);
    expect(namesIn(location)).toEqual([`blobstorage.${FIRST}`, 'latest']);
  });

  it('a source that is not there', async () => {
    const { location, root } = await site();
    await expect(backUp({ source: join(root, 'none'), location, stamp: FIRST })).rejects.toMatchObject({
      code: 'fs.not-found',
    });
  });

  it('what was not published is gone after dispose', async () => {
    const { source, location } = await site();
    const prepared = await prepareBlobs(engine, { source, location, stamp: FIRST, style: TREE });
    expect(namesIn(location)).toEqual([`.holdfast-partial-blobstorage.${FIRST}`]);
    await prepared.dispose();
    await prepared.dispose();
    expect(namesIn(location)).toEqual([]);
  });

  it('never changes a file of the source', async () => {
    const { source, location, root } = await site();
    linkSync(join(source, '.layout'), join(root, 'other'));
    chmodSync(source, 0o750);
    const before = treeOf(source);
    for (const stamp of STAMPS) await backUp({ source, location, stamp });
    expect(treeOf(source)).toEqual(before);
  });
});
