import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FaultyFileSystem } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { planBackupRun } from '../src/run/backup-run.js';
import { expectRestored } from './support/run-checks.js';
import { contentOf, RunSite } from './support/run-site.js';

describe('a dry run', () => {
  test.each(['', 'blob_format = "pool"', 'archive_blob = true', 'only_blobs = true'])(
    'tells what would be done and writes nothing (%s)',
    async (toml) => {
      const site = await RunSite.make({ toml });
      const untouched = contentOf(site.path());
      const world = () => site.world(new FaultyFileSystem());
      const [planned] = await planBackupRun(world(), await site.request());
      expect(planned!.blobs).toMatchObject({ total: { files: 3 } });
      expect(contentOf(site.path())).toEqual(untouched);
      await site.run();
      await site.commit();
      const before = contentOf(site.path());
      site.clock.advance(1000);
      const [next] = await planBackupRun(world(), await site.request());
      expect(next!.blobs).toMatchObject({ total: { files: 4 } });
      expect(contentOf(site.path())).toEqual(before);
    },
  );
});

describe('other styles', () => {
  test.each([
    ['pool', 'blob_format = "pool"', ['tree', 'pool', 'pool', 'tree']],
    ['tree', '', ['tree', 'tree', 'tree', 'tree']],
    ['archives', 'archive_blob = true', ['archive', 'archive', 'archive', 'archive']],
    [
      'incremental archives',
      'archive_blob = true\nincremental_blobs = true\ncompress_blob = true',
      ['archive', 'delta', 'delta', 'archive'],
    ],
  ])('each set of %s restores to its own state', async (_, toml, styles) => {
    const site = await RunSite.make({ toml: `${toml}\nkeep = 0` });
    const made: { id: string; style: string; data: Buffer; blobs: number }[] = [];
    for (const full of [false, false, false, true]) {
      await site.commit();
      const { set } = await site.run({ full });
      const { style } = set.parts[0]!.blobs!;
      const blobs = site.committed.main.length;
      made.push({ id: set.id, style, data: await readFile(site.datafs()), blobs });
    }
    expect(made.map(({ style }) => style)).toEqual(styles);
    expect((await site.verify('deep')).problems).toEqual([]);
    for (const { id, data, blobs } of made) {
      const { to, report } = await site.restore(id);
      expect(report.warnings).toEqual([]);
      expect((await readFile(join(to, 'Data.fs'))).equals(data)).toBe(true);
      const files = (await readdir(join(to, 'blobstorage'), { recursive: true })).filter((name) =>
        name.endsWith('.blob'),
      );
      expect(files.sort()).toEqual(
        site.committed.main
          .slice(0, blobs)
          .map(({ path }) => path)
          .sort(),
      );
    }
  });

  test.each(['snapshot', 'zip'] as const)('a %s run is always full, in its own places', async (kind) => {
    const site = await RunSite.make({ toml: 'enable_zipbackup = true' });
    await site.run({ kind });
    await site.commit();
    const { storages, set } = await site.run({ kind });
    expect(storages[0]!.filestorage).toMatchObject({ kind: 'full' });
    expect(set).toMatchObject({ kind });
    expect((await site.verify('deep', kind)).problems).toEqual([]);
    const { to } = await site.restore(set.id, kind);
    await expectRestored(site, to);
    expect(await site.offered('backup')).toEqual([]);
  });

  test('only_blobs makes sets of blobs alone, kept with the blobs', async () => {
    const site = await RunSite.make({ toml: 'only_blobs = true' });
    const { set } = await site.run();
    expect(set.parts[0]).toMatchObject({ filestorage: undefined, blobs: { files: 3 } });
    expect(await readdir(site.path())).not.toContain('backups');
    await site.commit();
    await site.run();
    expect((await site.offered()).length).toBe(2);
    expect(await site.verify('deep')).toMatchObject({ problems: [], blobBackups: 2 });
    const { to } = await site.restore();
    expect(contentOf(join(to, 'blobstorage'))).toMatchObject(contentOf(site.blobs()));
    expect(await readdir(to)).toEqual(['blobstorage']);
  });
});
