import { appendFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { cp, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { verifySets } from '@holdfast/backup';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { lockRepository, StorageLock } from '@holdfast/lockfile';
import { appendTransactions, FixedClock, sampleStorage } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { contentOf, RunSite } from '../../backup/test/support/run-site.js';
import { statusMetrics } from '../src/figures/metrics.js';
import { readStatus } from '../src/reading/read-status.js';
import type { StorageStatus } from '../src/status.js';
import { storedOf } from '../src/stored.js';

async function statusOf(site: RunSite): Promise<StorageStatus> {
  const statuses = await readStatus(site.world(), await site.config());
  return statuses.at(-1)!;
}

/** A site with a full backup and an increment, checked. */
async function backedUp(): Promise<RunSite> {
  const site = await RunSite.make();
  await site.run();
  site.clock.advance(60_000);
  await site.commit();
  await site.run();
  await site.verify('stored');
  return site;
}

describe('a site with backups', () => {
  test('shows its sets, the check, its runs and what is new', async () => {
    const site = await backedUp();
    const before = statSync(site.datafs()).size;
    await site.grow();
    const status = await statusOf(site);
    expect(status.verdict.level).toBe('safe');
    const [full, increment] = status.sets;
    expect(status.sets).toHaveLength(2);
    expect(full).toMatchObject({ part: 'full', whole: true, origin: 'holdfast', blobs: { files: 3 } });
    expect(increment).toMatchObject({
      part: 'increment',
      chain: full!.chain,
      blobs: { files: 4, addedFiles: 1 },
    });
    expect(increment!.newBytes).toBe(before - full!.dataBytes!);
    expect(status.newest).toEqual(increment);
    expect(status.verified).toMatchObject({ setId: increment!.id, sound: true, level: 'stored' });
    expect(status.uncovered?.bytes).toBe(statSync(site.datafs()).size - before);
    expect(status.source).toMatchObject({ present: true, bytes: statSync(site.datafs()).size });
    expect(status.source.tid! > increment!.tid!).toBe(true);
    expect(status.runs.map(({ kind, result }) => [kind, result])).toEqual([
      ['backup', 'done'],
      ['backup', 'done'],
      ['verify', 'done'],
    ]);
    expect(status.problems).toEqual([]);
  });

  test('nothing new: a crash would lose nothing', async () => {
    const status = await statusOf(await backedUp());
    expect(status.uncovered?.bytes).toBe(0);
    expect(status.verdict.reasons).toContain('A crash now would lose nothing.');
  });

  test('changes nothing', async () => {
    const site = await backedUp();
    const before = contentOf(site.directory);
    await statusOf(site);
    expect(contentOf(site.directory)).toEqual(before);
  });

  test('sets of all kinds count, and the newest is the newest of all', async () => {
    const site = await backedUp();
    site.clock.advance(3_600_000);
    await site.grow();
    await site.run({ kind: 'zip' });
    const status = await statusOf(site);
    expect(status.sets.map(({ kind }) => kind)).toEqual(['backup', 'backup', 'zip']);
    expect(status.newest?.kind).toBe('zip');
    expect(status.uncovered?.bytes).toBe(0);
  });

  test('each storage of a site has its own status', async () => {
    const site = await RunSite.make({ catalog: true });
    await site.run();
    await site.grow('catalog');
    const [catalog, main] = await readStatus(site.world(), await site.config());
    expect([catalog!.name, main!.name]).toEqual(['catalog', 'main']);
    expect([catalog!.uncovered!.bytes! > 0, main!.uncovered!.bytes]).toEqual([true, 0]);
    expect(catalog!.newest!.dataBytes).not.toBe(main!.newest!.dataBytes);
  });
});

describe('the new bytes of a Data.fs', () => {
  test('are not known after another file took its place', async () => {
    const site = await backedUp();
    rmSync(site.datafs());
    await sampleStorage(nodeFileSystem, site.datafs(), {
      documents: 40,
      transactions: 9,
      bodySize: 300,
      seed: 9,
    });
    const { uncovered, verdict } = await statusOf(site);
    expect(uncovered).toMatchObject({ bytes: undefined });
    expect(verdict.level).toBe('attention');
    expect(verdict.headline).toMatch(/, but Data\.fs was packed or replaced since\.$/);
  });

  test('are not known where another transaction ends at the same byte', async () => {
    const site = await backedUp();
    const bytes = await readFile(site.datafs());
    const start = bytes.length - 8 - Number(bytes.readBigUInt64BE(bytes.length - 8));
    bytes[start + 7]! ^= 1;
    await writeFile(site.datafs(), bytes);
    const { source, uncovered, newest } = await statusOf(site);
    expect(source.tid).not.toBe(newest!.tid);
    expect(uncovered?.bytes).toBeUndefined();
  });

  test('are not known of one that is shorter', async () => {
    const site = await backedUp();
    rmSync(site.datafs());
    await sampleStorage(nodeFileSystem, site.datafs(), {
      documents: 1,
      transactions: 1,
      bodySize: 9,
      seed: 9,
    });
    expect((await statusOf(site)).uncovered?.bytes).toBeUndefined();
  });

  test('do not count a commit that is being written', async () => {
    const site = await backedUp();
    const size = statSync(site.datafs()).size;
    await appendTransactions(nodeFileSystem, site.datafs(), { transactions: 1, bodySize: 5000 });
    truncateSync(site.datafs(), size + 2000);
    const { source, uncovered, problems } = await statusOf(site);
    expect({ tid: source.tid, bytes: uncovered?.bytes, problems }).toEqual({
      tid: undefined,
      bytes: undefined,
      problems: [],
    });
  });

  test.each([
    ['was emptied', 0],
    ['has its first four bytes left', 4],
    ['was cut off', -100],
  ])('of one that %s: danger, and what to do', async (_, size) => {
    const site = await backedUp();
    const bytes = statSync(site.datafs()).size;
    truncateSync(site.datafs(), size < 0 ? bytes + size : size);
    const { newest, source, verdict } = await statusOf(site);
    expect(source.tid).toBeUndefined();
    expect(verdict.level).toBe('danger');
    expect(verdict.headline).toMatch(/, but Data\.fs is shorter than the newest backup says\.$/);
    expect(verdict.reasons.join(' ')).toMatch(
      new RegExp(`emptied or cut off\\. .* restore the set ${newest!.id}\\.`),
    );
  });

  test('of one that was packed, while a commit is being written to it: no danger', async () => {
    const site = await backedUp();
    rmSync(site.datafs());
    const packed = { documents: 1, transactions: 1, bodySize: 9, seed: 9 };
    await sampleStorage(nodeFileSystem, site.datafs(), packed);
    appendFileSync(site.datafs(), Buffer.alloc(30, 1));
    const { sleep } = FixedClock.prototype;
    const writing = Object.assign(new FixedClock(site.clock.now()), {
      async sleep(this: FixedClock, ms: number) {
        appendFileSync(site.datafs(), Buffer.alloc(3, 1));
        await sleep.call(this, ms);
      },
    });
    const config = await site.config();
    const at = async (clock: FixedClock) =>
      (await readStatus(site.world(undefined, { clock }), config)).at(-1)!;
    const { source, newest, verdict } = await at(writing);
    expect(source.bytes!).toBeLessThan(newest!.dataBytes!);
    expect({ growing: source.growing, level: verdict.level }).toEqual({ growing: true, level: 'safe' });
    expect((await at(site.clock)).verdict.level).toBe('danger');
  });

  test('of a missing Data.fs: danger, and what can be restored', async () => {
    const site = await backedUp();
    await rename(site.datafs(), `${site.datafs()}.gone`);
    const { source, verdict, newest } = await statusOf(site);
    expect(source.present).toBe(false);
    expect(verdict.level).toBe('danger');
    expect(verdict.reasons).toContain(`The storage itself is missing. Restore the set ${newest!.id}.`);
  });
});

describe('what went wrong', () => {
  test('a failed run is remembered, and the next that is done takes it back', async () => {
    const site = await backedUp();
    await rename(site.datafs(), `${site.datafs()}.gone`);
    await expect(site.run()).rejects.toThrow();
    await rename(`${site.datafs()}.gone`, site.datafs());
    const failed = await statusOf(site);
    expect(failed.runs.at(-1)).toMatchObject({ kind: 'backup', result: 'failed', code: 'source.missing' });
    expect(failed.verdict).toMatchObject({ level: 'attention' });
    expect(failed.verdict.headline).toMatch(/, but the last backup failed\.$/);
    await site.run();
    expect((await statusOf(site)).verdict.level).toBe('safe');
  });

  test('a damaged set is no longer the newest, and its check is a danger', async () => {
    const site = await backedUp();
    const repository = site.path('backups');
    const name = readdirSync(repository).find((found) => found.endsWith('.deltafsz'))!;
    const { size } = statSync(join(repository, name));
    writeFileSync(join(repository, name), Buffer.alloc(size));
    site.clock.advance(1000);
    await verifySets(site.world(), { config: await site.config(), kind: 'backup', level: 'stored' });
    const { newest, sets, verdict } = await statusOf(site);
    expect(newest!.id).toBe(sets[0]!.id);
    expect(verdict.level).toBe('danger');
    expect(verdict.headline).toMatch(/but the last check found damage\.$/);
  });

  test('a damaged set is not hidden by sound ones of other kinds that the same check looked at after it', async () => {
    const site = await backedUp();
    for (const kind of ['snapshot', 'zip'] as const) await site.run({ kind });
    await site.grow();
    await site.run({ full: true });
    const repository = site.path('backups');
    const name = readdirSync(repository).findLast((found) => found.endsWith('.fsz'))!;
    writeFileSync(join(repository, name), Buffer.alloc(statSync(join(repository, name)).size));
    const config = await site.config();
    for (const kind of ['backup', 'snapshot', 'zip'] as const) {
      site.clock.advance(1000);
      await verifySets(site.world(), { config, kind, level: 'stored' });
    }
    const { verified, sets, newest, verdict } = await statusOf(site);
    const damaged = sets.at(-1)!;
    expect(verified).toMatchObject({ setId: damaged.id, sound: false });
    expect(newest!.kind).toBe('zip');
    expect(verdict.level).toBe('danger');
    expect(verdict.headline).toMatch(/^A ziprestore would give .*, but the last check found damage\.$/);
    expect(verdict.reasons.join(' ')).toContain(`found the set ${damaged.id} damaged`);
    const restored = await site.restore();
    expect(restored.set.id).toBe(sets.findLast(({ kind, id }) => kind === 'backup' && id !== damaged.id)!.id);

    for (const one of readdirSync(repository))
      if (one.startsWith(`${damaged.id}.`)) rmSync(join(repository, one));
    expect((await statusOf(site)).verified).toMatchObject({ sound: true });
  });

  test('sentences name no place of the machine', async () => {
    const site = await backedUp();
    const repository = site.path('backups');
    for (const name of readdirSync(repository)) {
      if (name.endsWith('.fsz') || name.endsWith('.holdfast-set')) writeFileSync(join(repository, name), 'x');
    }
    await expect(site.run({ thorough: true })).resolves.toBeDefined();
    const { problems, verdict, sets, runs } = await statusOf(site);
    expect(problems.length).toBeGreaterThan(0);
    const said = JSON.stringify([problems, verdict, sets, runs]);
    expect(said).not.toContain(site.directory);
  });

  test('a site without any backup', async () => {
    const site = await RunSite.make();
    const { verdict, sets, uncovered } = await statusOf(site);
    expect(sets).toEqual([]);
    expect(uncovered).toBeUndefined();
    expect(verdict).toMatchObject({
      level: 'danger',
      headline: 'Nothing can be restored. There is no set of backups.',
    });
  });

  test('a repository that was moved away with its Data.fs', async () => {
    const site = await backedUp();
    await cp(site.path('backups'), site.path('elsewhere'), { recursive: true });
    rmSync(site.path(), { recursive: true });
    const { verdict, problems } = await statusOf(site);
    expect(verdict.level).toBe('danger');
    expect(problems).toEqual([]);
  });
});

describe('what the sets hold', () => {
  test('blobs are not counted where no record says how many there are', async () => {
    const site = await backedUp();
    for (const name of readdirSync(site.path('backups')))
      if (name.endsWith('.holdfast-set')) rmSync(join(site.path('backups'), name));
    const status = await statusOf(site);
    expect(status.sets.map(({ origin, blobs }) => [origin, blobs])).toEqual([
      ['peer', undefined],
      ['peer', undefined],
    ]);
    expect(status.verdict.reasons[0]).not.toContain('blob');
    expect(await (await statusMetrics([status])).metrics()).not.toMatch(/^holdfast_blobs_/m);
  });

  test('what a set of several storages has again of one that had not changed is counted once', async () => {
    const site = await RunSite.make({ catalog: true });
    await site.run();
    site.clock.advance(60_000);
    await site.grow();
    await site.run();
    const [catalog, main] = await readStatus(site.world(), await site.config());
    const [first, again] = catalog!.sets;
    expect(again).toMatchObject({ dataBytes: first!.dataBytes, blobs: first!.blobs });
    expect([...storedOf(catalog!.sets).values()]).toEqual([
      { data: first!.storedBytes, blobs: first!.blobs!.bytes, isNew: true },
      { data: 0, blobs: 0, isNew: false },
    ]);
    expect([...storedOf(main!.sets).values()].map(({ isNew }) => isNew)).toEqual([true, true]);
  });
});

describe('locks', () => {
  test('a running backup holds the repository, a ZODB its storage', async () => {
    const site = await backedUp();
    const free = await statusOf(site);
    expect(free.locks.filter(({ state }) => state !== 'free')).toEqual([]);
    await using _repository = await lockRepository(site.path('backups'), { command: 'holdfast backup' });
    await using _storage = await StorageLock.acquire(site.datafs());
    const { locks } = await statusOf(site);
    const held = locks.filter(({ state }) => state === 'held');
    expect(held.map(({ what }) => what)).toEqual(['storage', 'repository']);
    expect(held[1]!.holder).toMatch(new RegExp(`^pid ${process.pid} holdfast backup .*since .* UTC$`));
  });
});
