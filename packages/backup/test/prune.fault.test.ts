import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeBlobLeftovers } from '@holdfast/blob-snapshot';
import { isHoldfastError } from '@holdfast/errors';
import { FaultyFileSystem, sweepCrashes, sweepFaults } from '@holdfast/test-kit';
import { beforeAll, describe, expect, test } from 'vitest';
import { applyRetention, nameOf } from '../src/retention/apply-retention.js';
import { BackupSite } from './support/backup-site.js';

/** Four days with a full backup and an increment each; blobs with each of them. */
async function fourDays(): Promise<BackupSite> {
  const site = await BackupSite.make({ storages: ['catalog', 'main'], blobs: true });
  for (let day = 0; day < 4; day++) {
    await site.run({ full: true, atMs: Date.UTC(2026, 10, 21 + day, 2) });
    if (day % 2 === 0) await site.run({ atMs: Date.UTC(2026, 10, 21 + day, 20) });
  }
  return site;
}

/** One chain goes as a whole, one loses its increment, one stays. */
const policy = { keep: 1, keepDaily: 3 };

let scene: BackupSite;
let before: ReadonlyMap<string, readonly Buffer[]>;
let kept: readonly string[];
let wanted: readonly string[];

beforeAll(async () => {
  scene = await fourDays();
  before = await scene.restorable();
  const site = await scene.copy();
  const plan = await site.prune(policy);
  kept = plan.decisions.flatMap(({ id, kept }) => (kept ? [id] : []));
  wanted = await site.content();
});

/** Every kept set restores to the same bytes, and what is offered beside them does too. */
async function expectNothingLost(site: BackupSite): Promise<void> {
  const now = await site.restorable();
  expect([...now.keys()]).toEqual(expect.arrayContaining([...kept]));
  for (const [id, storages] of now) {
    const same = before.get(id)?.every((bytes, index) => bytes.equals(storages[index]!));
    expect(same, id).toBe(true);
  }
}

/** What a killed removal left under another name goes with the next backup. */
async function expectFinished(site: BackupSite): Promise<void> {
  await site.prune(policy);
  for (const storage of site.storages) await removeBlobLeftovers(site.world(), site.blobPlace(storage));
  expect(await site.content()).toEqual(wanted);
}

test('what goes is wholly gone, and the rest is whole', async () => {
  expect(before.size).toBe(6);
  expect(kept.length).toBeLessThan(6);
  const site = await scene.copy();
  await site.prune(policy);
  await expectNothingLost(site);
  const { sets, problems } = await site.read();
  expect(sets.map(({ id }) => id)).toEqual(kept);
  expect([...problems, ...sets.flatMap((set) => set.problems)]).toEqual([]);
  expect((await site.planPrune(policy)).removals).toEqual([]);
});

test('killed at any call that changes the disk, nothing half is offered and the next prune finishes', async () => {
  const crashes = await sweepCrashes({
    prepare: () => scene.copy(),
    run: (fs, site) => site.prune(policy, fs),
    check: async (site) => {
      await expectNothingLost(site);
      await expectFinished(site);
    },
  });
  expect(crashes).toBeGreaterThan(30);
});

test.each(['ENOSPC', 'EIO', 'EACCES'])(
  'struck by %s at any call it stops, tells what was removed, and loses nothing',
  async (fault) => {
    await sweepFaults({
      fault,
      prepare: () => scene.copy(),
      run: (fs, site) => site.prune(policy, fs),
      check: async (site, { error }) => {
        await expectNothingLost(site);
        if (error !== undefined) {
          if (!isHoldfastError(error)) throw error;
          const { removed, steps } = error.details as { removed: number; steps: number };
          expect(error.message).toMatch(
            removed === 0 ? /nothing was removed/ : `${removed} of ${steps} steps were done before`,
          );
        }
        await expectFinished(site);
      },
    });
  },
);

test('a read error while it looks removes nothing', async () => {
  const site = await scene.copy();
  const content = await site.content();
  for (const method of ['read', 'readDirectory', 'openRead'] as const) {
    const fs = new FaultyFileSystem().fail(method, 'EIO', { nth: 3 });
    await expect(site.prune(policy, fs)).rejects.toMatchObject({ code: 'fs.io' });
  }
  expect(await site.content()).toEqual(content);
});

test('what is reported as removed is what is gone', async () => {
  const site = await scene.copy();
  const fs = new FaultyFileSystem().fail('unlink', 'EIO', { path: /\.deltafsz$/ });
  const error = await site.prune(policy, fs).catch((reason: unknown) => reason);
  const plan = await scene.planPrune(policy);
  const at = plan.removals.findIndex((removal) => nameOf(removal).endsWith('.deltafsz'));
  expect(error).toMatchObject({ code: 'fs.io', details: { removed: at, steps: plan.removals.length } });
  const content = await site.content();
  for (const removal of plan.removals.slice(0, at)) {
    const gone = removal.kind !== 'filestorage' || removal.step.kind === 'remove';
    if (gone) expect(content.filter((name) => name.endsWith(`/${nameOf(removal)}`))).toEqual([]);
  }
});

test('a lost lock stops it before the next step', async () => {
  const site = await scene.copy();
  const plan = await site.planPrune(policy);
  const removed: string[] = [];
  let asked = 0;
  const assertLocked = async () => {
    asked += 1;
    if (asked === 3) throw new Error('the lock is lost');
  };
  const onRemoved = (removal: (typeof plan.removals)[number]) => void removed.push(nameOf(removal));
  await expect(applyRetention(site.world(), { plan, assertLocked, onRemoved })).rejects.toThrow(
    'the lock is lost',
  );
  expect(removed).toEqual(plan.removals.slice(0, 2).map(nameOf));
});

describe('what is not ours', () => {
  test('foreign names, links and directories stay, and nothing behind a link is touched', async () => {
    const site = await scene.copy();
    const outside = join(site.directory, 'outside');
    await mkdir(outside);
    await writeFile(join(outside, 'precious'), 'x');
    const { id } = (await site.read()).sets[0]!;
    const foreign = ['notes.txt', '2026-11-21-02-00-00.fsz.bak', 'Data.fs', 'blobstorage.old.tar'];
    for (const name of foreign) {
      await writeFile(join(site.repository(), name), 'x');
      await writeFile(join(site.blobPlace(), name), 'x');
    }
    await symlink(outside, join(site.blobPlace(), 'blobstorage.2020-01-01-00-00-00'));
    await symlink(outside, join(site.blobPlace(), `blobstorage.${id}`, 'blobstorage', 'link'));
    await symlink(join(outside, 'precious'), join(site.repository(), '2020-01-01-00-00-00.fs'));
    await site.prune(policy);
    const content = await site.content();
    for (const name of foreign) expect(content.filter((one) => one === `main/${name}`).length, name).toBe(2);
    expect(content).toContain('main/blobstorage.2020-01-01-00-00-00');
    expect(content).toContain('main/2020-01-01-00-00-00.fs');
    expect(content).not.toContain(`main/blobstorage.${id}`);
    expect(await readFile(join(outside, 'precious'), 'utf8')).toBe('x');
  });
});
