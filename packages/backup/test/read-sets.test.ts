import {
  appendFile,
  copyFile,
  mkdir,
  readdir,
  rename,
  rm,
  truncate,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem as fs } from '@holdfast/durable-fs';
import { restoreToSink } from '@holdfast/filestorage-backup';
import { describe, expect, test } from 'vitest';
import { partsOf } from '../src/sets/assemble.js';
import { readSets } from '../src/sets/read-sets.js';
import { pinSet, publishSetRecord, recordVerification } from '../src/sets/set-store.js';
import { BackupSite } from './support/backup-site.js';

const stampOf = (name: string) => name.slice(0, 19);
const setsOf = async (site: BackupSite) => (await site.read()).sets;
const problems = async (site: BackupSite) => (await setsOf(site)).map((set) => set.problems);

describe('sets with a record', () => {
  test('are read with their pins and checks, oldest first', async () => {
    const site = await BackupSite.make();
    const first = await site.run();
    const second = await site.run();
    await pinSet(fs, site.repository(), first.id, { timeMs: 1 });
    await recordVerification(fs, site.repository(), second.id, { timeMs: 2, level: 'deep', sound: true });
    expect(await setsOf(site)).toEqual([
      {
        id: first.id,
        kind: 'backup',
        timeMs: site.clock.now() - 2000,
        record: first,
        origin: 'holdfast',
        problems: [],
        blobProblems: [],
        strangers: [],
        pinned: true,
        verified: undefined,
      },
      expect.objectContaining({
        record: second,
        pinned: false,
        verified: { timeMs: 2, level: 'deep', sound: true },
      }),
    ]);
  });

  test('lead to the moments and blob backups that they are restored from', async () => {
    const site = await BackupSite.make({ storages: ['catalog', 'main'], blobs: true });
    await site.run();
    const bytes = [await site.bytes('catalog'), await site.bytes('main')];
    const first = (await setsOf(site))[0]!;
    await site.run();
    const reading = await site.read();
    const parts = partsOf(reading, reading.sets[0]!);
    expect(reading.sets[0]).toEqual(first);
    expect(parts.map(({ storage, blobs }) => [storage.name, blobs?.id])).toEqual(
      first.record.parts.map(({ storage, blobs }) => [storage, blobs?.id]),
    );
    for (const [index, { moment }] of parts.entries()) {
      const chunks: Uint8Array[] = [];
      const engine = reading.storages[index]!.engine!;
      await restoreToSink(engine, { moment: moment! }, async (chunk) => {
        chunks.push(Uint8Array.from(chunk));
      });
      expect(Buffer.concat(chunks).equals(bytes[index]!)).toBe(true);
    }
  });

  test('a data file that is gone, or was cut, is a problem of all sets behind it', async () => {
    const site = await BackupSite.make();
    const records = [await site.run(), await site.run(), await site.run()];
    const second = records[1]!.parts[0]!.filestorage!;
    const cut = await site.copy();
    await truncate(join(cut.repository(), second.name), second.storedSize - 1);
    const size = `${second.name} has ${second.storedSize - 1} bytes, ${second.storedSize} were recorded`;
    expect(await problems(cut)).toEqual([[], [size], [size]]);
    await unlink(join(site.repository(), second.name));
    expect(await problems(site)).toEqual([
      [],
      [`${second.name} is missing in ${site.repository()}`],
      [`${records[2]!.parts[0]!.filestorage!.name} cannot be restored: see \`holdfast verify\``],
    ]);
  });

  test('a file that was put in the place of another is noticed', async () => {
    const site = await BackupSite.make();
    const [first, second] = [await site.run({ full: true }), await site.run({ full: true })];
    const name = (record: typeof first) => record.parts[0]!.filestorage!.name;
    for (const ending of ['.dat', '.holdfast'])
      await unlink(join(site.repository(), stampOf(name(first)) + ending));
    await copyFile(join(site.repository(), name(second)), join(site.repository(), name(first)));
    expect((await problems(site))[0]).toEqual([
      expect.stringMatching(/bytes, \d+ were recorded|is not the file/),
    ]);
  });

  test('a blob backup that is gone is a problem', async () => {
    const site = await BackupSite.make({ blobs: true });
    const { id, parts } = await site.run();
    await rm(join(site.blobPlace(), parts[0]!.blobs!.id), { recursive: true });
    expect(await problems(site)).toEqual([
      [`the blob backup blobstorage.${id} is missing in ${site.blobPlace()}`],
    ]);
  });

  test('rotated blob backups are found again when they were moved on', async () => {
    const site = await BackupSite.make();
    const record = await site.run();
    const [part] = record.parts;
    const blobs = {
      id: 'blobstorage.0',
      style: 'tree',
      files: 1,
      bytes: 1,
      addedFiles: 1,
      addedBytes: 1,
      missing: 0,
      missingBlobs: [],
    } as const;
    const rotated = { ...record, parts: [{ ...part!, blobs: { ...blobs, manifestSha256: 'x' } }] };
    const withBlobs = await BackupSite.make({ blobs: true });
    await rm(withBlobs.repository(), { recursive: true });
    await rename(site.repository(), withBlobs.repository());
    await unlink(join(withBlobs.repository(), `${record.id}.holdfast-set`));
    await publishSetRecord(fs, withBlobs.repository(), rotated);
    const header = (stamp: string) =>
      `holdfast-blobs ${JSON.stringify({ version: 1, stamp, base: null, dataEnd: null, tid: null })}\n`;
    for (const [number, stamp] of [
      ['0', '2026-12-01-00-00-00'],
      ['1', record.id],
    ] as const) {
      const name = await withBlobs.makeTree('main', number);
      await writeFile(join(withBlobs.blobPlace(), name, 'manifest.holdfast'), header(stamp));
    }
    const reading = await withBlobs.read();
    expect(reading.sets[0]!.problems).toEqual([]);
    expect(partsOf(reading, reading.sets[0]!)[0]!.blobs?.id).toBe('blobstorage.1');
  });

  test('a storage that is not configured any more is no problem, unless it was the only one', async () => {
    const site = await BackupSite.make({ storages: ['catalog', 'main'] });
    await site.run();
    const places = { ...site.places, storages: site.places.storages.slice(1) };
    expect((await readSets(site.world(), places)).sets[0]).toMatchObject({
      problems: [],
      strangers: ['catalog'],
    });
    const renamed = places.storages.map((storage) => ({ ...storage, name: 'other' }));
    expect((await readSets(site.world(), { ...places, storages: renamed })).sets[0]!.problems).toEqual([
      'the storage catalog is not in the configuration',
      'the storage main is not in the configuration',
    ]);
  });

  test('a record that cannot be read is told, and its files are a set of their names', async () => {
    const site = await BackupSite.make();
    const { id } = await site.run();
    const path = join(site.repository(), `${id}.holdfast-set`);
    await truncate(path, 60);
    const reading = await site.read();
    expect(reading.problems).toEqual([`${path} is not used: it is torn: no whole JSON text`]);
    expect(reading.sets).toMatchObject([{ id, origin: 'peer', problems: [] }]);
  });

  test('a record under the name of another set is not used', async () => {
    const site = await BackupSite.make();
    const { id } = await site.run();
    const other = '2026-01-01-00-00-00';
    await copyFile(
      join(site.repository(), `${id}.holdfast-set`),
      join(site.repository(), `${other}.holdfast-set`),
    );
    const reading = await site.read();
    expect(reading.sets.map((set) => set.id)).toEqual([id]);
    expect(reading.problems).toEqual([
      `${join(site.repository(), other)}.holdfast-set is not used: its id is ${id}`,
    ]);
  });

  test('directories, links and foreign files are passed over', async () => {
    const site = await BackupSite.make();
    const { id } = await site.run();
    await mkdir(join(site.repository(), '2026-01-01-00-00-00.holdfast-set'));
    await fs.symlink('/etc/passwd', join(site.repository(), '2026-01-02-00-00-00.holdfast-set'));
    await writeFile(join(site.repository(), 'notes.holdfast-set'), '');
    const reading = await site.read();
    expect([reading.sets.map((set) => set.id), reading.problems]).toEqual([[id], []]);
  });

  test('places that do not exist have no sets', async () => {
    const site = await BackupSite.make({ blobs: true });
    await rm(site.repository(), { recursive: true });
    await rm(site.blobPlace(), { recursive: true });
    expect(await site.read()).toMatchObject({ sets: [], problems: [] });
  });
});

describe('what a killed run left', () => {
  test('a newest backup that Holdfast made, without a record, is no whole set', async () => {
    const site = await BackupSite.make();
    await site.run();
    await site.grow();
    const { file } = await site.backupStorage();
    expect(await setsOf(site)).toMatchObject([
      { origin: 'holdfast', problems: [] },
      { origin: 'peer', problems: [`no record names ${file.name}: the run that made it did not end`] },
    ]);
  });

  test('a backup without blobs of its own, where Holdfast backs them up, is no whole set', async () => {
    const site = await BackupSite.make({ blobs: true });
    const { id } = await site.run();
    await writeFile(
      join(site.blobPlace(), `blobstorage.${id}`, 'manifest.holdfast'),
      `holdfast-blobs {"version":1,"stamp":"${id}","base":null,"dataEnd":null,"tid":null}\n`,
    );
    await site.grow();
    await site.backupStorage();
    await site.run();
    expect((await setsOf(site)).map((set) => [set.origin, set.problems])).toEqual([
      ['holdfast', []],
      ['peer', ['no blob backup of main belongs to it: the run that made it did not end']],
      ['holdfast', []],
    ]);
  });
});

describe('sets of the peers', () => {
  test('each backup of the main storage is one, with the newest of the others at or before it', async () => {
    const site = await BackupSite.make({ storages: ['catalog', 'main'] });
    const catalog = [];
    const main = [];
    for (const count of [1, 2, 3]) {
      if (count !== 2) {
        await site.grow('catalog');
        catalog.push((await site.backupStorage('catalog')).file.name);
      }
      await site.grow('main');
      main.push((await site.backupStorage('main')).file.name);
    }
    const sets = await setsOf(site);
    expect(sets.map((set) => [set.id, set.origin])).toEqual(main.map((name) => [stampOf(name), 'peer']));
    expect(sets.map((set) => set.record.parts.map(({ filestorage }) => filestorage!.name))).toEqual([
      [catalog[0], main[0]],
      [catalog[0], main[1]],
      [catalog[1], main[2]],
    ]);
  });

  test('what additional storages have beyond the main one makes a last set', async () => {
    const site = await BackupSite.make({ storages: ['catalog', 'main'] });
    await site.backupStorage('main');
    const { file } = await site.backupStorage('catalog');
    const ids = (await setsOf(site)).map((set) => [set.id, set.record.parts.length]);
    expect(ids).toEqual([
      [expect.any(String), 1],
      [stampOf(file.name), 2],
    ]);
  });

  test('blobs with stamps: those of the backup, else the newest before it', async () => {
    const site = await BackupSite.make({ blobs: true });
    const stamps = [];
    for (const blobs of [true, false, true]) {
      await site.grow();
      const stamp = stampOf((await site.backupStorage()).file.name);
      if (blobs) await site.makeTree('main', stamp);
      stamps.push(stamp);
    }
    const [first, , third] = stamps;
    expect((await setsOf(site)).map((set) => set.record.parts[0]!.blobs?.id)).toEqual(
      [first, first, third].map((stamp) => `blobstorage.${stamp}`),
    );
  });

  test('rotated blobs: the first that were made at or after the backup', async () => {
    const site = await BackupSite.make({ blobs: true });
    for (const number of ['2', '1', undefined, '0']) {
      site.clock.advance(60_000);
      await site.grow();
      await site.backupStorage();
      if (number !== undefined) await site.makeTree('main', number, site.clock.now() + 5000);
    }
    const sets = await setsOf(site);
    expect(sets.map((set) => set.record.parts[0]!.blobs?.id)).toEqual(
      ['2', '1', '0', '0'].map((number) => `blobstorage.${number}`),
    );
    expect(sets.map((set) => set.problems)).toEqual([[], [], [], []]);
  });

  test('a backup that no record names, among others that have one, is a set', async () => {
    const site = await BackupSite.make();
    await site.run();
    await site.grow();
    const { file } = await site.backupStorage();
    await site.run();
    expect((await setsOf(site)).map(({ id, origin, problems }) => [id, origin, problems])).toMatchObject([
      [expect.any(String), 'holdfast', []],
      [stampOf(file.name), 'peer', []],
      [expect.any(String), 'holdfast', []],
    ]);
  });

  test('a damaged data file is a problem of its set', async () => {
    const site = await BackupSite.make();
    await site.backupStorage('main', { gzip: false });
    const names = await readdir(site.repository());
    await appendFile(join(site.repository(), names.find((name) => name.endsWith('.fs'))!), 'x');
    expect((await problems(site))[0]).toEqual([expect.stringMatching(/has \d+ bytes, \d+ were recorded/)]);
  });
});
