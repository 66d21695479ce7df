import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { prepareArchive } from '../src/archive/prepare-archive.js';
import { entriesOf } from '../src/entries.js';
import { prepareBlobs } from '../src/prepare.js';
import { restoreBlobs } from '../src/restore-blobs.js';
import { archive, archiveRequest, archiveSite, gnuRestore, inSeconds } from './support/archives.js';
import { backupOf, backupsIn, engine, STAMPS, sampleReference, treeOf, writeBlobs } from './support/scene.js';

const INCREMENTAL = { incremental: true } as const;

test('deltas hold only what is new; the chain restores to each state', async () => {
  const site = await archiveSite([0, 1, 2]);
  const states = [treeOf(site.source)];
  await archive(site, STAMPS[0], INCREMENTAL);
  const added = writeBlobs(site.source, [7, 8]);
  states.push(treeOf(site.source));
  const second = await archive(site, STAMPS[1], INCREMENTAL);
  expect(second).toMatchObject({
    style: 'delta',
    copied: 2,
    linked: 4,
    added: { files: 2 },
    total: { files: 6 },
  });
  rmSync(join(site.source, added[0]!));
  writeFileSync(join(site.source, 'unknown'), 'unknown');
  states.push(treeOf(site.source));
  const third = await archive(site, STAMPS[2], INCREMENTAL);
  expect(third).toMatchObject({
    style: 'delta',
    copied: 1,
    gone: 1,
    unknown: { count: 1, paths: ['unknown'] },
  });
  const backups = await backupsIn(site.location);
  for (const [index, backup] of backups.entries()) {
    const [ours, theirs] = [join(site.root, `ours-${index}`), join(site.root, `theirs-${index}`)];
    await restoreBlobs(engine, { backup, target: ours });
    expect(inSeconds(treeOf(ours))).toEqual(inSeconds(states[index]!));
    gnuRestore(
      [...backup.before, backup].map(({ path }) => path),
      theirs,
    );
    expect(Object.keys(treeOf(theirs))).toEqual(Object.keys(states[index]!));
  }
  const listed: string[] = [];
  for await (const { path } of entriesOf(engine, backups[2]!)) listed.push(path);
  expect(listed.toSorted()).toEqual(['.', ...Object.keys(states[2]!)].toSorted());
});

test('with the changes of the log only the blobs that they name are read', async () => {
  const site = await archiveSite([0, 1]);
  const data = (end: number) => ({ end, tid: undefined });
  await archive(site, STAMPS[0], { ...INCREMENTAL, data: data(100) });
  writeBlobs(site.source, [5, 6]);
  writeFileSync(join(site.source, 'unnamed'), 'the log does not name it');
  const seen: string[] = [];
  const made = [sampleReference(5), sampleReference(6), sampleReference(9), sampleReference(1)];
  const changes = { since: { stamp: STAMPS[0], end: 100 }, made };
  const onEntry = ({ path }: { path: string }) => seen.push(path);
  const summary = await archive(site, STAMPS[1], { ...INCREMENTAL, data: data(200), changes, onEntry });
  expect(summary).toMatchObject({
    style: 'delta',
    copied: 2,
    total: { files: 5 },
    missing: [sampleReference(9)],
  });
  expect(seen).toHaveLength(2);
  const target = join(site.root, 'restored');
  await restoreBlobs(engine, { backup: await backupOf(site.location, summary.id), target });
  unlinkSync(join(site.source, 'unnamed'));
  expect(Object.keys(treeOf(target))).toEqual(Object.keys(treeOf(site.source)));
});

test('changes since another state than that of the newest archive: the source is walked', async () => {
  const site = await archiveSite([0, 1]);
  await archive(site, STAMPS[0], { ...INCREMENTAL, data: { end: 100, tid: undefined } });
  writeBlobs(site.source, [5]);
  const changes = { since: { stamp: STAMPS[0], end: 50 }, made: [] };
  expect(await archive(site, STAMPS[1], { ...INCREMENTAL, changes })).toMatchObject({
    style: 'delta',
    copied: 1,
  });
});

test('a full one is asked for: a plain archive', async () => {
  const site = await archiveSite();
  await archive(site, STAMPS[0], INCREMENTAL);
  expect(await archive(site, STAMPS[1], { ...INCREMENTAL, full: true })).toMatchObject({ style: 'archive' });
  expect(readdirSync(site.location).filter((name) => name.endsWith('.snar'))).toHaveLength(2);
});

test('an archive of this stamp is there: nothing is done', async () => {
  const site = await archiveSite();
  const first = await archive(site, STAMPS[0]);
  writeBlobs(site.source, [5]);
  const again = await archive(site, STAMPS[0], { gzip: true });
  expect(again).toMatchObject({
    id: first.id,
    copied: 0,
    total: first.total,
    manifestSha256: first.manifestSha256,
  });
  expect(readdirSync(site.location)).toHaveLength(3);
});

test('without increments `latest` leads to the newest archive, with them there is no such link', async () => {
  const site = await archiveSite();
  await archive(site, STAMPS[0]);
  expect(readdirSync(site.location)).toContain('latest');
  await archive(site, STAMPS[1], INCREMENTAL);
  expect(readdirSync(site.location)).not.toContain('latest');
});

test('rotated archives move on, and their manifests with them', async () => {
  const site = await archiveSite([0]);
  await archive(site, STAMPS[0], { rotated: true });
  const first = treeOf(site.source);
  writeBlobs(site.source, [1]);
  await archive(site, STAMPS[1], { rotated: true, gzip: true });
  writeBlobs(site.source, [2]);
  await archive(site, STAMPS[2], { rotated: true });
  const names = ['0.tar', '1.tar.gz', '2.tar'].map((name) => `blobstorage.${name}`);
  expect(readdirSync(site.location)).toEqual(names.flatMap((name) => [name, `${name}.holdfast`]));
  const backups = await backupsIn(site.location);
  expect(backups.map(({ stamp }) => stamp)).toEqual(STAMPS);
  const target = join(site.root, 'restored');
  await restoreBlobs(engine, { backup: backups[0]!, target });
  expect(treeOf(target)).toEqual(first);
});

test('a manifest that the recipe left behind when it rotated stays with its own archive', async () => {
  const site = await archiveSite([0, 1]);
  await archive(site, STAMPS[0], { rotated: true });
  const at = (name: string) => join(site.location, name);
  execFileSync('mv', [at('blobstorage.0.tar'), at('blobstorage.1.tar')]);
  writeBlobs(site.source, [2]);
  execFileSync('tar', ['cf', at('blobstorage.0.tar'), '-C', site.source, '.']);
  utimesSync(at('blobstorage.0.tar'), 1_790_000_000, 1_790_000_000);
  const left = at('blobstorage.0.tar.holdfast');
  expect((await backupsIn(site.location)).map(({ manifest }) => manifest)).toEqual([left, undefined]);
  await archive(site, STAMPS[1], { rotated: true });
  const backups = await backupsIn(site.location);
  expect(backups.map(({ id, manifest }) => [id, manifest === undefined])).toEqual([
    ['blobstorage.2.tar', false],
    ['blobstorage.1.tar', true],
    ['blobstorage.0.tar', false],
  ]);
});

test('a dry run tells the same and writes nothing', async () => {
  const site = await archiveSite();
  rmSync(site.location, { recursive: true });
  const items: string[] = [];
  const wish = { dryRun: true, onItem: ({ action }: { action: string }) => items.push(action) };
  await using prepared = await prepareBlobs(engine, archiveRequest(site, STAMPS[0], wish));
  await prepared.publish();
  expect(prepared.summary).toMatchObject({ style: 'archive', copied: 4, total: { files: 4 } });
  expect(items.filter((action) => action === 'copied')).toHaveLength(4);
  expect(existsSync(site.location)).toBe(false);
});

test('what was prepared and not published leaves nothing', async () => {
  const site = await archiveSite();
  const prepared = await prepareArchive(engine, archiveRequest(site, STAMPS[0], INCREMENTAL));
  expect((await backupsIn(site.location)).length).toBe(0);
  await prepared.dispose();
  await prepared.dispose();
  expect(readdirSync(site.location)).toEqual([]);
});

test('links and FIFOs are left out and listed, patterns and scratch space left out', async () => {
  const site = await archiveSite();
  symlinkSync('/etc/passwd', join(site.source, 'link'));
  execFileSync('mkfifo', [join(site.source, 'fifo')]);
  mkdirSync(join(site.source, 'tmp'));
  writeFileSync(join(site.source, 'tmp', 'BLOB1.tmp'), 'x');
  writeFileSync(join(site.source, 'a.log'), 'x');
  const { refused, id } = await archive(site, STAMPS[0], { exclude: ['*.log'], ...INCREMENTAL });
  expect(refused.items.map(({ entry }) => entry.path).toSorted()).toEqual(['fifo', 'link']);
  const target = join(site.root, 'restored');
  await restoreBlobs(engine, { backup: await backupOf(site.location, id), target });
  expect(readdirSync(target)).toEqual(['.layout', '0x00']);
  expect(readFileSync(join(site.location, `blobstorage.${STAMPS[0]}.snar`), 'latin1')).not.toMatch(
    /fifo|a\.log/,
  );
});
