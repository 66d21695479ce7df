import { execFileSync } from 'node:child_process';
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { archiveEntries } from '../src/archive/archive-entries.js';
import { extractArchives } from '../src/archive/extract-archives.js';
import { decodeHeader, encodeHeader } from '../src/archive/tar-header.js';
import type { BlobBackup } from '../src/blob-backup.js';
import { restoreBlobs } from '../src/restore-blobs.js';
import { archive, archiveSite, gnuRestore, inSeconds, tar } from './support/archives.js';
import { backupsIn, engine, STAMPS, treeOf, writeBlobs } from './support/scene.js';

const UNUSUAL = [
  'a b',
  '-rf',
  '*',
  'ü\u0308ß',
  '\u{1f40d}',
  'new\nline',
  'back\\slash',
  '%41',
  'x'.repeat(101),
  'y'.repeat(255),
];

function writeUnusual(source: string): void {
  const deep = join(source, 'd'.repeat(120), 'e'.repeat(120));
  mkdirSync(deep, { recursive: true, mode: 0o750 });
  for (const [number, name] of UNUSUAL.entries()) {
    const file = join(number % 2 === 0 ? source : deep, name);
    writeFileSync(file, name.repeat(number * 100), { mode: 0o640 });
    utimesSync(file, 1_700_000_000 + number, 1_700_000_000 + number);
  }
}

function bare(path: string, before: readonly BlobBackup[] = []): BlobBackup {
  return {
    id: path,
    kind: before.length === 0 ? 'archive' : 'delta',
    path,
    base: 'blobstorage',
    stamp: undefined,
    number: undefined,
    modifiedMs: 0,
    manifest: undefined,
    before,
  };
}

test.each([false, true])(
  'GNU tar restores what was backed up, unusual and long names too (gzip: %s)',
  async (gzip) => {
    const site = await archiveSite();
    writeUnusual(site.source);
    const { id, total } = await archive(site, STAMPS[0], { gzip });
    expect(id).toBe(`blobstorage.${STAMPS[0]}.tar${gzip ? '.gz' : ''}`);
    expect(tar('tf', join(site.location, id)).split('\n')[0]).toBe('./');
    const target = join(site.root, 'gnu');
    gnuRestore([join(site.location, id)], target);
    expect(inSeconds(treeOf(target))).toEqual(inSeconds(treeOf(site.source)));
    expect(total.files).toBe(
      Object.values(treeOf(site.source)).filter((line) => !line.endsWith('directory')).length,
    );
  },
);

test.each([false, true])('Holdfast restores it to the millisecond (gzip: %s)', async (gzip) => {
  const site = await archiveSite();
  writeUnusual(site.source);
  utimesSync(join(site.source, 'a b'), 1_700_000_000.5, 1_700_000_000.5);
  await archive(site, STAMPS[0], { gzip });
  const target = join(site.root, 'restored');
  const [backup] = await backupsIn(site.location);
  const result = await restoreBlobs(engine, { backup: backup!, target });
  expect(inSeconds(treeOf(target))).toEqual(inSeconds(treeOf(site.source)));
  expect(treeOf(target)['a b']).toMatch(/ 1700000000500 /);
  expect(result.compared).toBe(result.files);
});

test.each(['gnu', 'oldgnu', 'pax', 'ustar'])(
  'archives of GNU tar in the format %s are restored',
  async (format) => {
    const site = await archiveSite();
    writeUnusual(site.source);
    if (format === 'ustar') for (const name of UNUSUAL) rmSync(join(site.source, name), { force: true });
    if (format === 'ustar') rmSync(join(site.source, 'd'.repeat(120)), { recursive: true });
    const path = join(site.location, 'blobstorage.0.tar.gz');
    tar('czf', path, `--format=${format}`, '-C', site.source, '.');
    const target = join(site.root, 'restored');
    await extractArchives(engine, [bare(path)], target);
    expect(inSeconds(treeOf(target))).toEqual(inSeconds(treeOf(site.source)));
    const listed: string[] = [];
    for await (const { path: entry } of archiveEntries(engine, bare(path))) listed.push(entry);
    expect(listed.toSorted()).toEqual(['.', ...Object.keys(treeOf(site.source))].toSorted());
  },
);

test('a chain of GNU tar: new, changed, gone, renamed and exchanged directories come out as with tar itself', async () => {
  const site = await archiveSite([0, 1, 2, 300]);
  const at = (name: string) => join(site.source, name);
  for (const name of ['one', 'two', 'gone', 'kept']) {
    mkdirSync(at(name));
    writeFileSync(join(at(name), 'file'), name);
  }
  const chain: string[] = [];
  const snapshot = join(site.root, 'tar.snar');
  const backup = () => {
    const path = join(site.location, `${chain.length}.tar`);
    tar('cf', path, `--listed-incremental=${snapshot}`, '-C', site.source, '.');
    chain.push(path);
    // What changes in the same second is backed up again; the test is about what changes later.
    execFileSync('sleep', ['1.05']);
  };
  backup();
  execFileSync('mv', [at('one'), at('third')]);
  execFileSync('mv', [at('two'), at('one')]);
  execFileSync('mv', [at('third'), at('two')]);
  execFileSync('mv', [at('kept'), at('moved')]);
  rmSync(at('gone'), { recursive: true });
  writeBlobs(site.source, [5]);
  writeFileSync(join(at('one'), 'new'), 'new');
  backup();
  rmSync(join(at('one'), 'file'));
  writeFileSync(join(at('two'), 'file'), 'changed');
  backup();
  const [ours, theirs] = [join(site.root, 'ours'), join(site.root, 'theirs')];
  gnuRestore(chain, theirs);
  const backups = chain.map((path, index) =>
    bare(
      path,
      chain.slice(0, index).map((one) => bare(one)),
    ),
  );
  await extractArchives(engine, backups, ours);
  expect(inSeconds(treeOf(ours))).toEqual(inSeconds(treeOf(theirs)));
  expect(Object.keys(treeOf(ours))).toEqual(Object.keys(treeOf(site.source)));
  const listed: string[] = [];
  for await (const entry of archiveEntries(engine, backups[2]!)) listed.push(entry.path);
  expect(listed.toSorted()).toEqual(['.', ...Object.keys(treeOf(ours))].toSorted());
});

test('GNU tar goes on from an archive of ours by its snapshot file', async () => {
  const site = await archiveSite();
  const { id } = await archive(site, STAMPS[0], { incremental: true });
  const snapshot = join(site.location, `blobstorage.${STAMPS[0]}.snar`);
  expect(readFileSync(snapshot, 'latin1')).toMatch(/^GNU tar-[\d.]+-2\n/);
  // Blobs are old files that come by a rename: tar must know them by the list, not by their time.
  const [added] = writeBlobs(site.source, [7]);
  const [kept] = writeBlobs(join(site.root, 'same'), [0]);
  rmSync(join(site.source, writeBlobs(join(site.root, 'same'), [1])[0]!));
  const delta = join(site.location, `blobstorage.${STAMPS[1]}.delta.tar`);
  // What was just made is newer than two seconds before the archive; tar goes by the time of the change of the inode.
  tar('cf', delta, `--listed-incremental=${snapshot}`, '-C', site.source, '.');
  expect(tar('tf', delta)).toContain(`./${added}`);
  const target = join(site.root, 'restored');
  gnuRestore([join(site.location, id), delta], target);
  expect(inSeconds(treeOf(target))).toEqual(inSeconds(treeOf(site.source)));
  expect(Object.keys(treeOf(target))).toContain(kept);
});

test('sizes beyond 8 GiB, great numbers of owners and times before 1970 are what GNU tar reads and writes', async () => {
  const { root } = await archiveSite();
  const size = 9 * 2 ** 30;
  const fields = {
    name: './big',
    type: 'file',
    size,
    mode: 0o400,
    uid: 4_000_000,
    gid: 0,
    mtimeMs: -86_400_000,
  } as const;
  const path = join(root, 'big.tar');
  const file = openSync(path, 'w');
  writeSync(file, encodeHeader(fields));
  ftruncateSync(file, 512 + size + 10240);
  closeSync(file);
  expect(tar('--numeric-owner', '--utc', '-tvf', path)).toMatch(
    /4000000\/0 +9663676416 1969-12-31 00:00 \.\/big/,
  );
  const source = openSync(join(root, 'big'), 'w');
  ftruncateSync(source, size);
  closeSync(source);
  const header = execFileSync('sh', ['-c', 'tar --format=gnu -cf - big 2>/dev/null | head -c 512'], {
    cwd: root,
  });
  expect(decodeHeader(header, 'big.tar', 0)?.size).toBe(size);
});

test('a blob with holes is restored whole', async () => {
  const site = await archiveSite();
  const path = join(site.source, 'holes');
  const file = openSync(path, 'w', 0o400);
  ftruncateSync(file, 5_000_000);
  writeSync(file, 'end', 4_999_997);
  closeSync(file);
  await archive(site, STAMPS[0], { gzip: true });
  const target = join(site.root, 'restored');
  await extractArchives(engine, await backupsIn(site.location), target);
  expect(readFileSync(join(target, 'holes')).equals(readFileSync(path))).toBe(true);
});

test('sparse members of GNU tar are refused by name', async () => {
  const site = await archiveSite();
  const file = openSync(join(site.source, 'holes'), 'w');
  ftruncateSync(file, 5_000_000);
  closeSync(file);
  for (const format of ['gnu', 'pax']) {
    const path = join(site.location, `${format}.tar`);
    tar('cSf', path, `--format=${format}`, '-C', site.source, '.');
    const restore = extractArchives(engine, [bare(path)], join(site.root, 'restored'));
    await expect(restore).rejects.toThrow(/holes" is a sparse member/);
  }
});
