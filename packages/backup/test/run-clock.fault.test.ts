import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { planBackupRun } from '../src/run/backup-run.js';
import { pruneUnderLocks } from '../src/run/prune-run.js';
import { expectRestored, liveFiles } from './support/run-checks.js';
import { contentOf, RunSite } from './support/run-site.js';

/** Clocks that are set back, or forth and back again (row 13). */

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const STYLES = [
  ['trees', ''],
  ['rotated trees', 'blob_timestamps = false'],
  ['a pool', 'blob_format = "pool"'],
  ['archives', 'archive_blob = true'],
  ['blobs alone', 'only_blobs = true'],
  ['blobs alone in a pool', 'only_blobs = true\nblob_format = "pool"'],
  ['blobs alone in rotated trees', 'only_blobs = true\nblob_timestamps = false'],
] as const;

/** All files that there are, but for what runs note of themselves. */
const made = (site: RunSite) =>
  Object.entries(contentOf(site.path())).filter(
    ([path, what]) => !path.includes('.holdfast-history') && !what.endsWith('directory'),
  );

/** The next run is to start when the clock shows so much more than now. */
const setClock = (site: RunSite, ms: number) => site.clock.set(site.clock.now() + ms - 1000);

describe.each(STYLES)('%s', (_, toml) => {
  test('a clock that stepped back a little is waited for, and no name is later than it', async () => {
    const site = await RunSite.make({ toml });
    const first = await site.run();
    await site.commit();
    setClock(site, -3000);
    const second = await site.run();
    expect(site.clock.sleeps.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThanOrEqual(3000);
    expect(second.set.id > first.set.id).toBe(true);
    expect(second.set.id <= stampAt(site.clock.now())).toBe(true);
    expect((await site.offered()).map(({ id }) => id)).toEqual([first.set.id, second.set.id]);
    expect((await site.verify('deep')).problems).toEqual([]);
  });

  test.each([-MINUTE, -DAY])(
    'one that stepped back by %i ms is refused, and nothing is changed',
    async (ms) => {
      const site = await RunSite.make({ toml });
      const { set } = await site.run();
      await site.commit();
      const before = made(site);
      const live = liveFiles(site);
      setClock(site, ms);
      await expect(site.run()).rejects.toMatchObject({ code: 'repository.clock-behind' });
      expect(made(site)).toEqual(before);
      expect(liveFiles(site)).toEqual(live);
      expect(site.clock.sleeps).toEqual([]);
      expect((await site.offered()).map(({ id }) => id)).toEqual([set.id]);
      setClock(site, 1000 - ms);
      expect((await site.run()).set.id > set.id).toBe(true);
    },
  );
});

test('blobs alone: a record without its blobs holds its name, too', async () => {
  const site = await RunSite.make({ toml: 'only_blobs = true' });
  const { set } = await site.run();
  await rm(site.path('blobstoragebackups', `blobstorage.${set.id}`), { recursive: true });
  setClock(site, -MINUTE);
  const refused = site.run();
  await expect(refused).rejects.toMatchObject({ code: 'repository.clock-behind' });
  await expect(refused).rejects.toThrow(set.id);
});

test('a dry run of blobs alone is refused like the run', async () => {
  const site = await RunSite.make({ toml: 'only_blobs = true' });
  await site.run();
  setClock(site, -MINUTE);
  const planned = planBackupRun(site.world(), await site.request());
  await expect(planned).rejects.toMatchObject({ code: 'repository.clock-behind' });
});

describe('a clock that was a year ahead for one run', () => {
  test('keeps retention from removing anything', async () => {
    const site = await RunSite.make({ toml: 'keep = 1' });
    await site.run({ full: true });
    setClock(site, 365 * DAY);
    await site.commit();
    await site.run({ full: true });
    const before = made(site);
    setClock(site, -364 * DAY);
    const pruned = pruneUnderLocks(site.world(), await site.config(), 'backup', async () => {});
    await expect(pruned).rejects.toMatchObject({ code: 'sets.in-future' });
    expect(made(site)).toEqual(before);
  });

  test('does not change which set a restore takes: the newest that was made', async () => {
    const site = await RunSite.make();
    await site.run();
    setClock(site, 365 * DAY);
    await site.commit();
    const { set } = await site.run();
    setClock(site, -364 * DAY);
    const { to, set: restored } = await site.restore();
    expect(restored.id).toBe(set.id);
    await expectRestored(site, to);
    await rm(dirname(to), { recursive: true });
  });
});

function stampAt(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replaceAll(/[T:]/g, '-');
}
