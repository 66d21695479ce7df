import { FaultyFileSystem, type Method, temporaryDirectory } from '@holdfast/test-kit';
import { beforeAll, describe, expect, test } from 'vitest';
import { RunSite } from '../../backup/test/support/run-site.js';
import { readArchiveStatus } from '../src/archives/read-archive-status.js';
import { readStatus } from '../src/reading/read-status.js';
import type { StorageStatus } from '../src/status.js';

let site: RunSite;
let sound: StorageStatus;

beforeAll(async () => {
  site = await RunSite.make();
  await site.run();
  await site.commit();
  await site.run();
  await site.verify('stored');
  sound = await statusOn(new FaultyFileSystem());
  expect(sound.verdict.level).toBe('safe');
});

async function statusOn(fs: FaultyFileSystem): Promise<StorageStatus> {
  const statuses = await readStatus(site.world(fs), await site.config());
  return statuses[0]!;
}

describe('what cannot be read', () => {
  test.each<[string, Method, string, RegExp]>([
    ['a record', 'read', 'EIO', /12-00-02\.holdfast-set$/],
    ['a check', 'openRead', 'EIO', /12-00-02\.holdfast-verified$/],
    ['the places of backups', 'readDirectory', 'EACCES', /backups$/],
    ['the place of blobs', 'readDirectory', 'EACCES', /blobstoragebackups$/],
    ['the history', 'openRead', 'EACCES', /\.holdfast-history$/],
    ['the Data.fs', 'openRead', 'EACCES', /Data\.fs$/],
    ['a .dat file', 'openRead', 'EIO', /\.dat$/],
  ])('%s is told, and the rest is there', async (_, method, error, path) => {
    const fs = new FaultyFileSystem().fail(method, error, { path, times: Number.POSITIVE_INFINITY });
    const status = await statusOn(fs);
    expect(status.problems.length).toBeGreaterThan(0);
    expect(status.verdict.level).not.toBe('safe');
    expect(JSON.stringify([status.problems, status.verdict])).not.toContain(site.directory);
    expect(status.sets.length > 0 || status.source.tid !== undefined).toBe(true);
  });

  test.each<Method>(['openRead', 'read', 'lstat', 'stat', 'readDirectory', 'realPath'])(
    'EIO of any %s never fails the whole, and never hides silently that a set is gone',
    async (method) => {
      for (let nth = 1; ; nth++) {
        const fs = new FaultyFileSystem().fail(method, 'EIO', { nth });
        const status = await statusOn(fs);
        const calls = fs.calls.filter((call) => call.method === method).length;
        if (calls < nth) break;
        const complete = status.newest?.id === sound.newest!.id && status.sets.length === sound.sets.length;
        expect(complete || status.problems.length > 0, `${method} ${nth}`).toBe(true);
      }
    },
  );
});

test('backups that this user may not read are not called missing', async () => {
  const fs = new FaultyFileSystem();
  for (const path of [/backups$/, /\.holdfast-history$/])
    for (const method of ['readDirectory', 'openRead'] as const)
      fs.fail(method, 'EACCES', { path, times: Number.POSITIVE_INFINITY });
  const { verdict, sets, unread } = await statusOn(fs);
  expect({ sets, level: verdict.level }).toEqual({ sets: [], level: 'danger' });
  expect(unread!.length).toBeGreaterThan(0);
  expect(verdict.headline).toMatch(
    /^The backups could not be read \(.*permission denied.*\): nothing is known of them\.$/,
  );
  expect(verdict.reasons.join(' ')).not.toMatch(/no set of backups|lose everything/);
});

test('a DirectoryStorage that is none is a problem, not an error', async () => {
  const directory = await temporaryDirectory();
  const status = await readArchiveStatus(site.world(), { name: 'ds', directory });
  expect(status.verdict.level).toBe('danger');
  expect(status.problems).toEqual([expect.stringContaining('is not a DirectoryStorage')]);
  expect(JSON.stringify(status.problems)).not.toContain(directory);
});
