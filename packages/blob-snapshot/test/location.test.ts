import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { chooseBlobBackup, findBlobBackup } from '../src/choose.js';
import { listBlobBackups } from '../src/location.js';
import { stampTime } from '../src/names.js';
import { removeBlobBackups } from '../src/remove.js';
import { backupsIn, engine, makeTree, poolLocation, STAMPS, writeBlobs } from './support/scene.js';

/** A tree as the recipe leaves it. */
function recipeTree(location: string, name: string, seconds: number, base = 'blobstorage'): void {
  mkdirSync(join(location, name, base), { recursive: true });
  utimesSync(join(location, name), seconds, seconds);
}

function file(location: string, name: string, seconds = 1_760_000_000): void {
  writeFileSync(join(location, name), 'x');
  utimesSync(join(location, name), seconds, seconds);
}

const seconds = (stamp: string) => stampTime(stamp)! / 1000;

describe('a blob location', () => {
  test('that is not there is empty', async () => {
    const location = join(await temporaryDirectory(), 'missing');
    expect(await listBlobBackups(engine, location)).toEqual({
      path: location,
      backups: [],
      partial: [],
      foreign: [],
      damaged: [],
      latest: undefined,
      snapshotFiles: [],
      orphans: [],
    });
  });

  test('lists trees, their later states, and what continues what', async () => {
    const location = await poolLocation(await temporaryDirectory());
    const found = await listBlobBackups(engine, location);
    expect(
      found.backups.map(({ id, kind, stamp, before }) => [id, kind, stamp, before.map((one) => one.id)]),
    ).toEqual([
      [`blobstorage.${STAMPS[0]}`, 'tree', STAMPS[0], []],
      [
        `blobstorage.${STAMPS[0]}@2026-11-18-03-00-00`,
        'pool',
        '2026-11-18-03-00-00',
        [`blobstorage.${STAMPS[0]}`],
      ],
      [
        `blobstorage.${STAMPS[0]}@2026-11-18-04-00-00`,
        'pool',
        '2026-11-18-04-00-00',
        [`blobstorage.${STAMPS[0]}`, `blobstorage.${STAMPS[0]}@2026-11-18-03-00-00`],
      ],
      [`blobstorage.${STAMPS[1]}`, 'tree', STAMPS[1], []],
    ]);
    expect(found.latest).toBe(`blobstorage.${STAMPS[1]}`);
    expect(found.foreign).toEqual([]);
    expect(found.backups[2]!.manifest).toMatch(/2026-11-18-04-00-00\.delta\.holdfast$/);
  });

  test('does not take a state for one that continues nothing, or whose manifest is torn', async () => {
    const location = await poolLocation(await temporaryDirectory());
    const outer = join(location, `blobstorage.${STAMPS[0]}`);
    execFileSync('rm', [join(outer, '2026-11-18-03-00-00.delta.holdfast')]);
    writeFileSync(join(outer, '2026-11-18-05-00-00.delta.holdfast'), 'holdfast-blobs {"ver');
    const found = await listBlobBackups(engine, location);
    expect(found.backups.map(({ id }) => id)).toEqual([
      `blobstorage.${STAMPS[0]}`,
      `blobstorage.${STAMPS[1]}`,
    ]);
    expect(found.damaged.map(({ path, reason }) => [path.slice(outer.length + 1), reason])).toEqual([
      ['2026-11-18-04-00-00.delta.holdfast', 'it continues 2026-11-18-03-00-00, which is not there'],
      ['2026-11-18-05-00-00.delta.holdfast', 'its first line is not that of its manifest'],
    ]);
  });

  test('orders rotated ones by their numbers, and between stamps by their times', async () => {
    const location = await temporaryDirectory();
    recipeTree(location, 'blobstorage.0', seconds('2026-11-19-00-00-00'));
    // Numbers count, whatever the times say: copying a location can change these.
    recipeTree(location, 'blobstorage.1', seconds('2026-12-24-00-00-00'));
    recipeTree(location, 'blobstorage.10', seconds('2026-11-17-00-00-00'));
    recipeTree(location, 'blobstorage.2026-11-18-00-00-00', 1);
    recipeTree(location, 'blobstorage.2026-12-30-00-00-00', 1);
    expect((await backupsIn(location)).map(({ id }) => id)).toEqual([
      'blobstorage.10',
      'blobstorage.2026-11-18-00-00-00',
      'blobstorage.1',
      'blobstorage.0',
      'blobstorage.2026-12-30-00-00-00',
    ]);
  });

  test('gives rotated ones the stamp of their manifest', async () => {
    const root = await temporaryDirectory();
    writeBlobs(join(root, 'source'), [1]);
    await makeTree(join(root, 'location'), STAMPS[0], join(root, 'source'), 'blobstorage.3');
    expect(await backupsIn(join(root, 'location'))).toMatchObject([
      { number: 3, stamp: STAMPS[0], base: 'blobstorage' },
    ]);
  });

  test('chains increments to the plain archive before them', async () => {
    const location = await temporaryDirectory();
    file(location, 'blobs.2026-11-01-00-00-00.delta.tar');
    file(location, 'blobs.2026-11-02-00-00-00.tar');
    file(location, 'blobs.2026-11-03-00-00-00.delta.tar.gz');
    file(location, 'blobs.2026-11-04-00-00-00.delta.tar');
    file(location, 'blobs.2026-11-05-00-00-00.tar.gz');
    file(location, 'blobs.2026-11-06-00-00-00.delta.tar');
    file(location, 'blobs.2026-11-02-00-00-00.snar');
    file(location, 'blobs.2026-11-05-00-00-00.tar.gz.holdfast');
    file(location, 'blobs.2026-11-07-00-00-00.tar.gz.holdfast');
    const found = await listBlobBackups(engine, location);
    expect(
      found.backups.map(({ stamp, kind, before }) => [
        stamp?.slice(8, 10),
        kind,
        before.map((one) => one.stamp?.slice(8, 10)),
      ]),
    ).toEqual([
      ['01', 'delta', []],
      ['02', 'archive', []],
      ['03', 'delta', ['02']],
      ['04', 'delta', ['02', '03']],
      ['05', 'archive', []],
      ['06', 'delta', ['05']],
    ]);
    expect(found.snapshotFiles.map(({ name }) => name)).toEqual(['blobs.2026-11-02-00-00-00.snar']);
    expect(found.orphans).toEqual(['blobs.2026-11-07-00-00-00.tar.gz.holdfast']);
    expect(found.backups[4]!.manifest).toBe(join(location, 'blobs.2026-11-05-00-00-00.tar.gz.holdfast'));
  });

  test('does not believe a manifest that the recipe left behind when it removed its archive', async () => {
    const location = await temporaryDirectory();
    file(location, 'blobstorage.0.tar', 1_760_000_500);
    file(location, 'blobstorage.0.tar.holdfast', 1_760_000_100);
    file(location, 'blobstorage.1.tar', 1_760_000_000);
    const found = await listBlobBackups(engine, location);
    expect(found.backups.map(({ number, manifest }) => [number, manifest])).toEqual([
      [1, undefined],
      [0, undefined],
    ]);
    expect(found.orphans).toEqual(['blobstorage.0.tar.holdfast']);
  });

  test('finds the manifest that the recipe left behind by its time', async () => {
    const location = await temporaryDirectory();
    file(location, 'blobs.0.tar', 1_760_000_500);
    file(location, 'blobs.0.tar.holdfast', 1_760_000_000);
    file(location, 'blobs.2.tar', 1_760_000_000);
    file(location, 'blobs.3.tar.gz', 1_760_000_000);
    const found = await listBlobBackups(engine, location, { bases: ['blobs'] });
    expect(found.backups.map(({ number, manifest }) => [number, manifest])).toEqual([
      [3, undefined],
      [2, join(location, 'blobs.0.tar.holdfast')],
      [0, undefined],
    ]);
    expect(found.orphans).toEqual([]);
    await removeBlobBackups(engine, location, [{ id: 'blobs.0.tar', kind: 'archive' }]);
    expect(readdirSync(location).sort()).toEqual(['blobs.0.tar.holdfast', 'blobs.2.tar', 'blobs.3.tar.gz']);
    await removeBlobBackups(engine, location, [{ id: 'blobs.2.tar', kind: 'archive' }]);
    expect(readdirSync(location)).toEqual(['blobs.3.tar.gz']);
  });

  test('keeps its hands off everything else', async () => {
    const location = await temporaryDirectory();
    const foreign = [
      'blobstorage',
      'blobstorage.2026-11-01-00-00-00.zip',
      'blobstorage.old',
      'blobstorage.tar.gz',
      'notes-1.2.tar.gz',
      'release.1.0',
      'txt',
    ];
    for (const name of foreign) file(location, name);
    mkdirSync(join(location, 'release.2', 'src'), { recursive: true });
    mkdirSync(join(location, 'blobstorage.7'));
    symlinkSync('/etc', join(location, 'blobstorage.2026-11-01-00-00-00'));
    symlinkSync('/etc/passwd', join(location, 'blobstorage.2026-11-02-00-00-00.tar'));
    execFileSync('mkfifo', [join(location, 'blobstorage.2026-11-03-00-00-00.tar')]);
    file(location, '.holdfast.lock');
    file(location, '2026-11-01-00-00-00.holdfast-set');
    mkdirSync(join(location, '.holdfast-partial-blobstorage.2026-11-04-00-00-00'));
    file(location, '.holdfast-tmp-0123456789ab-x');
    const found = await listBlobBackups(engine, location);
    expect(found.backups).toEqual([]);
    expect(found.foreign).toEqual(
      [
        ...foreign,
        'release.2',
        'blobstorage.7',
        'blobstorage.2026-11-01-00-00-00',
        'blobstorage.2026-11-02-00-00-00.tar',
        'blobstorage.2026-11-03-00-00-00.tar',
      ].sort(),
    );
    expect(found.partial).toEqual([
      '.holdfast-partial-blobstorage.2026-11-04-00-00-00',
      '.holdfast-tmp-0123456789ab-x',
    ]);
  });

  test('takes only backups of the sources that are named', async () => {
    const location = await temporaryDirectory();
    recipeTree(location, 'blobs.0', 1, 'blobs');
    recipeTree(location, 'other.0', 1, 'other');
    file(location, 'blobs.1.tar');
    file(location, 'other.1.tar');
    const listed = async (bases?: string[]) =>
      (await listBlobBackups(engine, location, bases === undefined ? {} : { bases })).backups.map(
        ({ id }) => id,
      );
    expect((await listed(['blobs'])).sort()).toEqual(['blobs.0', 'blobs.1.tar']);
    expect((await listed()).sort()).toEqual(['blobs.0', 'other.0']);
  });

  test('takes what Holdfast made of another source too', async () => {
    const location = await temporaryDirectory();
    recipeTree(location, 'other.0', 1, 'other');
    file(location, 'other.0/manifest.holdfast');
    file(location, 'other.1.tar');
    file(location, 'other.1.tar.holdfast');
    const { backups, foreign } = await listBlobBackups(engine, location, { bases: ['blobs'] });
    expect(backups.map(({ id }) => id).sort()).toEqual(['other.0', 'other.1.tar']);
    expect(foreign).toEqual([]);
  });

  test('finds the inner directory by the name of the outer one, or the only one there is', async () => {
    const location = await temporaryDirectory();
    recipeTree(location, 'blobs.0', 1, 'blobs');
    recipeTree(location, 'blobstorage.0', 2, 'my-blobs');
    recipeTree(location, 'blobstorage.1', 1);
    mkdirSync(join(location, 'blobstorage.1', 'another'));
    expect((await backupsIn(location)).map(({ id, base }) => [id, base]).sort()).toEqual([
      ['blobs.0', 'blobs'],
      ['blobstorage.0', 'my-blobs'],
      ['blobstorage.1', 'blobstorage'],
    ]);
  });
});

describe('the choice of a backup', () => {
  test('is the newest at or before the moment, by stamps', async () => {
    const location = await listBlobBackups(engine, await poolLocation(await temporaryDirectory()));
    const at = (moment: string) => findBlobBackup(location, { at: moment })?.stamp;
    expect(at('2026-11-18-01-59-59')).toBeUndefined();
    expect(at(STAMPS[0])).toBe(STAMPS[0]);
    expect(at('2026-11-18-03-59-59')).toBe('2026-11-18-03-00-00');
    expect(at('2027-01-01-00-00-00')).toBe(STAMPS[1]);
    expect(findBlobBackup(location)?.stamp).toBe(STAMPS[1]);
    expect(findBlobBackup(location, { set: `blobstorage.${STAMPS[0]}` })?.kind).toBe('tree');
    expect(() => chooseBlobBackup(location, { set: 'nothing' })).toThrow(/no blob backup nothing/);
    expect(() => chooseBlobBackup(location, { at: '2020-01-01-00-00-00' })).toThrow(
      expect.objectContaining({ code: 'blobs.no-backup' }),
    );
  });

  test('is, of rotated ones, the first that was made at or after the moment', async () => {
    const location = await temporaryDirectory();
    recipeTree(location, 'blobstorage.2', seconds('2026-11-18-02-00-05'));
    recipeTree(location, 'blobstorage.1', seconds('2026-11-19-02-00-05'));
    recipeTree(location, 'blobstorage.0', seconds('2026-11-20-02-00-05'));
    const listed = await listBlobBackups(engine, location);
    expect(findBlobBackup(listed, { at: '2026-11-18-01-00-00' })?.id).toBe('blobstorage.2');
    expect(findBlobBackup(listed, { at: '2026-11-19-02-00-00' })?.id).toBe('blobstorage.1');
    expect(findBlobBackup(listed, { at: '2026-11-20-02-00-06' })).toBeUndefined();
  });

  test('is that of the recipe, where the two took turns with rotated ones', async () => {
    const [root, source] = [await temporaryDirectory(), await temporaryDirectory()];
    const location = join(root, 'location');
    await makeTree(location, STAMPS[1], source, 'blobstorage.1');
    recipeTree(location, 'blobstorage.2', seconds(STAMPS[0]) + 3);
    recipeTree(location, 'blobstorage.0', seconds(STAMPS[2]) + 3);
    const listed = await listBlobBackups(engine, location);
    const at = (moment: string) => findBlobBackup(listed, { at: moment })?.id;
    expect(STAMPS.map(at)).toEqual(['blobstorage.2', 'blobstorage.1', 'blobstorage.0']);
    expect(at('2027-01-01-00-00-00')).toBe('blobstorage.1');
  });

  test('prefers a tree to an archive of the same moment, or as it is told', async () => {
    const location = await temporaryDirectory();
    recipeTree(location, `blobstorage.${STAMPS[0]}`, 1);
    file(location, `blobstorage.${STAMPS[0]}.tar`);
    file(location, `blobstorage.${STAMPS[1]}.delta.tar`);
    const listed = await listBlobBackups(engine, location);
    expect(findBlobBackup(listed, { at: STAMPS[0] })?.kind).toBe('tree');
    expect(findBlobBackup(listed, { at: STAMPS[0], prefer: 'archive' })?.kind).toBe('archive');
    expect(findBlobBackup(listed, { at: STAMPS[2] })?.kind).toBe('delta');
  });
});
