import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem as fs } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import { sweepCrashes, sweepFaults, temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import type { SetRecord } from '../src/set-record.js';
import { parseSetRecord, printSetRecord } from '../src/sets/record-text.js';
import {
  pinSet,
  publishSetRecord,
  readVerification,
  recordVerification,
  unpinSet,
} from '../src/sets/set-store.js';

const id = '2026-11-20-02-00-05';
const filestorage = {
  name: `${id}.fsz`,
  chain: id,
  kind: 'full' as const,
  start: 0,
  end: 250,
  storedSize: 90,
  transactions: 3,
  tid: '040d274a290810cc',
  lineage: 'f00d',
  md5: 'd41d8cd98f00b204e9800998ecf8427e',
};
const blobs = {
  id: `blobstorage.${id}`,
  style: 'tree' as const,
  files: 10,
  bytes: 1000,
  addedFiles: 1,
  addedBytes: 100,
  missing: 0,
  missingBlobs: [],
  manifestSha256: 'abc=',
};
const record: SetRecord = {
  version: 1,
  id,
  kind: 'backup',
  startedMs: 1,
  finishedMs: 2,
  parts: [{ storage: 'main', filestorage, blobs: undefined }],
};
const withBlobs: SetRecord = { ...record, parts: [{ storage: 'main', filestorage, blobs }] };

const path = (directory: string) => join(directory, `${id}.holdfast-set`);
const content = (directory: string) => readFile(path(directory), 'utf8');

describe('publishing the record of a set', () => {
  test('it appears as it was given, readable by its owner alone', async () => {
    const directory = await temporaryDirectory();
    expect(await publishSetRecord(fs, directory, record)).toBe(true);
    expect(await content(directory)).toBe(printSetRecord(record));
    expect((await fs.lstat(path(directory))).mode).toBe(0o600);
  });

  test('a run that found the same files leaves the first record as it is', async () => {
    const directory = await temporaryDirectory();
    await publishSetRecord(fs, directory, withBlobs);
    expect(await publishSetRecord(fs, directory, { ...withBlobs, startedMs: 7, finishedMs: 9 })).toBe(false);
    expect(await publishSetRecord(fs, directory, record)).toBe(false);
    expect(await content(directory)).toBe(printSetRecord(withBlobs));
  });

  test('a record that only adds what was not backed up then replaces the first', async () => {
    const directory = await temporaryDirectory();
    await publishSetRecord(fs, directory, record);
    expect(await publishSetRecord(fs, directory, withBlobs)).toBe(true);
    expect(await content(directory)).toBe(printSetRecord(withBlobs));
  });

  test.each([
    ['another file', { ...filestorage, md5: '00000000000000000000000000000000' }],
    ['another size', { ...filestorage, storedSize: 91 }],
  ])('a record that names %s is refused and the first one stays', async (_, other) => {
    const directory = await temporaryDirectory();
    await publishSetRecord(fs, directory, record);
    const parts = [{ storage: 'main', filestorage: other, blobs }];
    await expect(publishSetRecord(fs, directory, { ...record, parts })).rejects.toMatchObject({
      code: 'sets.conflict',
      path: path(directory),
    });
    expect(await content(directory)).toBe(printSetRecord(record));
  });

  test('a torn record is replaced', async () => {
    const directory = await temporaryDirectory();
    await writeFile(path(directory), printSetRecord(record).slice(0, 50));
    expect(await publishSetRecord(fs, directory, record)).toBe(true);
    expect(await content(directory)).toBe(printSetRecord(record));
  });

  test.each([
    ['new', undefined],
    ['replaced', record],
  ])('killed anywhere, a %s record is the old or the new one', async (_, before) => {
    const crashes = await sweepCrashes({
      prepare: async () => {
        const directory = await temporaryDirectory();
        if (before !== undefined) await publishSetRecord(fs, directory, before);
        return directory;
      },
      run: (faulty, directory) => publishSetRecord(faulty, directory, withBlobs),
      check: async (directory) => {
        const names = await readdir(directory);
        if (!names.includes(`${id}.holdfast-set`)) return expect(before).toBeUndefined();
        const { value } = parseSetRecord(await content(directory));
        expect([before, withBlobs]).toContainEqual(value);
      },
    });
    expect(crashes).toBeGreaterThan(3);
  });

  test.each(['ENOSPC', 'EIO'])(
    'struck by %s it ends with a typed error and leaves nothing torn',
    async (fault) => {
      await sweepFaults({
        fault,
        prepare: temporaryDirectory,
        run: (faulty, directory) => publishSetRecord(faulty, directory, record),
        check: async (directory, { error }) => {
          if (error !== undefined) expect(isHoldfastError(error)).toBe(true);
          if ((await readdir(directory)).includes(`${id}.holdfast-set`))
            expect(parseSetRecord(await content(directory)).value).toEqual(record);
        },
      });
    },
  );
});

describe('pins and checks', () => {
  test('a set is pinned, once more, and let go', async () => {
    const directory = await temporaryDirectory();
    await pinSet(fs, directory, id, { timeMs: 5, note: 'before the upgrade' });
    await pinSet(fs, directory, id, { timeMs: 6 });
    expect(await readdir(directory)).toEqual([`${id}.holdfast-keep`]);
    expect(await unpinSet(fs, directory, id)).toBe(true);
    expect(await unpinSet(fs, directory, id)).toBe(false);
    expect(await readdir(directory)).toEqual([]);
  });

  test('the last check counts', async () => {
    const directory = await temporaryDirectory();
    await recordVerification(fs, directory, id, { timeMs: 5, level: 'deep', sound: true });
    await recordVerification(fs, directory, id, { timeMs: 6, level: 'stored', sound: false });
    expect(await readVerification(fs, directory, id)).toEqual({ timeMs: 6, level: 'stored', sound: false });
  });

  test('a torn check is none', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, `${id}.holdfast-verified`), '{"format":"holdfast-ver');
    expect(await readVerification(fs, directory, id)).toBeUndefined();
  });
});
