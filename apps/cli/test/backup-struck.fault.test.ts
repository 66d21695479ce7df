import { readdirSync, readFileSync } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { EXIT } from '@holdfast/errors';
import { Random, testSeed } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { faultTest, strace } from '../../../packages/lockfile/test/machine.js';
import {
  BIN,
  type BlobSite,
  contentsBelow,
  holdfast,
  makeBlobSite,
  type Running,
  start,
} from './support/cli.js';

/** `holdfast backup` of a site with blobs, struck from outside: real processes, real signals, real locks. */

const live = async ({ path }: BlobSite) =>
  new Map([
    ...(await contentsBelow(join(path, 'var/filestorage'))),
    ...(await contentsBelow(join(path, 'var/blobstorage'))),
  ]);

/** Files of backups, but for locks and what runs note of themselves. */
async function backups({ path }: BlobSite): Promise<ReadonlyMap<string, string>> {
  const all = await contentsBelow(join(path, 'var'));
  return new Map(
    [...all].filter(([name]) => /^(blobstorage)?backups/.test(name) && !name.includes('/.holdfast')),
  );
}

const blobPlace = ({ path }: BlobSite) => join(path, 'var/blobstoragebackups');

async function expectSound(site: BlobSite): Promise<void> {
  expect(await site.run('verify', '--deep', '-q')).toMatchObject({ status: 0, stderr: '' });
}

const sealedSets = async ({ repository }: BlobSite) =>
  (await readdir(repository)).filter((name) => name.endsWith('.holdfast-set')).sort();

/** Stops the run in the middle of its blobs. */
async function stopAmongBlobs(
  site: BlobSite,
  running: Running,
  pidOf: () => number = () => running.pid,
): Promise<void> {
  const isAmong = () => {
    try {
      return readdirSync(blobPlace(site)).some((name) => name.includes('partial'));
    } catch {
      return false;
    }
  };
  for (const end = Date.now() + 20_000; !isAmong(); await nextTurn())
    if (Date.now() > end) throw new Error(`no blobs were begun: ${running.stderr()}`);
  const pid = pidOf();
  process.kill(pid, 'SIGSTOP');
  while (!/^State:\s+T/im.test(readFileSync(`/proc/${pid}/status`, 'utf8'))) await delay(1);
}

const OF = (style: string, keep: number) => `blob_storage = "var/blobstorage"\n${style}keep = ${keep}\n`;

/** A site with two full sets, the first of which is to go, and many blobs that are new. */
async function siteWithWork(style = ''): Promise<BlobSite> {
  const site = await makeBlobSite(OF(style, 2));
  for (let full = 0; full < 2; full++) {
    expect(await site.run('backup', '-q', '--full')).toMatchObject({ status: 0, stderr: '' });
    await site.commit(300);
  }
  await writeFile(join(site.path, 'holdfast.toml'), OF(style, 1));
  return site;
}

describe('a backup that is stopped among its blobs (row 23)', () => {
  test.each([
    ['trees', ''],
    ['a pool', 'blob_format = "pool"\n'],
  ])('keeps its locks: another one is busy; continued, it makes its set (%s)', async (_, style) => {
    const site = await siteWithWork(style);
    const before = await live(site);
    const sets = await sealedSets(site);
    const first = start(['backup', '-q'], { cwd: site.path });
    await stopAmongBlobs(site, first);
    const half = await backups(site);
    for (const line of [['backup'], ['prune'], ['restore', '--no-prompt']]) {
      const { status, stderr } = await site.run(...line, '-q');
      expect([status, stderr], line[0]).toEqual([EXIT.busy, expect.stringContaining('holdfast backup')]);
    }
    expect(await backups(site)).toEqual(half);
    expect(await sealedSets(site)).toEqual(sets);
    first.kill('SIGCONT');
    expect(await first.done).toMatchObject({ status: 0, stderr: '' });
    expect(await live(site)).toEqual(before);
    // The second full set, and what was made on it.
    expect(await sealedSets(site)).toEqual([sets[1], expect.any(String)]);
    await expectSound(site);
  });

  test('whose lock file was taken away meanwhile publishes nothing', async () => {
    const site = await siteWithWork();
    const before = await live(site);
    const sets = await sealedSets(site);
    const trees = async () =>
      (await readdir(blobPlace(site))).filter((name) => /^blobstorage\.\d/.test(name));
    const made = await trees();
    const first = start(['backup', '-q'], { cwd: site.path });
    await stopAmongBlobs(site, first);
    await rm(join(blobPlace(site), '.holdfast.lock'));
    first.kill('SIGCONT');
    const { status, stderr } = await first.done;
    expect(status, stderr).not.toBe(0);
    expect(stderr).toContain('.holdfast.lock');
    expect(await sealedSets(site)).toEqual(sets);
    expect(await trees()).toEqual(made);
    expect((await site.run('backup', '-q')).status).toBe(0);
    expect(await live(site)).toEqual(before);
    await expectSound(site);
  });
});

describe('without kernel locks (row 17)', () => {
  const WITH_STRACE = { programs: ['strace'] } as const;

  async function withoutLocks(site: BlobSite, ...args: readonly string[]) {
    const { under } = await strace('flock:error=ENOLCK');
    return await holdfast(args, { cwd: site.path, command: [...under, process.execPath, BIN] });
  }

  faultTest('a restore is refused with a clear error, and changes nothing', WITH_STRACE, async () => {
    const site = await makeBlobSite();
    await site.run('backup', '-q');
    await site.commit(2);
    const before = [await live(site), await backups(site)];
    const { status, stderr } = await withoutLocks(site, 'restore', '-q', '--no-prompt');
    expect([status, stderr]).toEqual([
      EXIT.system,
      expect.stringContaining('kernel locks are not available here'),
    ]);
    expect([await live(site), await backups(site)]).toEqual(before);
  });

  faultTest('backup and prune hold a lease, and whoever comes then is busy', WITH_STRACE, async () => {
    const site = await siteWithWork();
    const { under } = await strace('flock:error=ENOLCK');
    const command = [...under, process.execPath, BIN];
    const first = start(['backup', '-q'], { cwd: site.path, command, input: '' });
    await stopAmongBlobs(site, first, () => childOf(first.pid));
    expect(await withoutLocks(site, 'prune', '-q')).toMatchObject({ status: EXIT.busy });
    expect(await withoutLocks(site, 'backup', '-q')).toMatchObject({ status: EXIT.busy });
    process.kill(childOf(first.pid), 'SIGCONT');
    expect(await first.done).toMatchObject({ status: 0, stderr: '' });
    await expectSound(site);
    expect(await sealedSets(site)).toHaveLength(2);
  });

  /** What strace runs. */
  const childOf = (pid: number) => Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim());
});

test('killed at 20 random moments, it leaves the site untouched, and the next run makes a sound set', {
  timeout: 240_000,
}, async () => {
  const random = new Random(testSeed('backup-struck'));
  const site = await makeBlobSite();
  await site.commit(300);
  let whole = await timed(async () => expect((await site.run('backup', '-q')).status).toBe(0));
  let killed = 0;
  let half = 0;
  for (let round = 0; round < 20; round++) {
    // Every other run begins anew: all blobs are copied.
    if (round % 2 === 0)
      for (const place of [site.repository, blobPlace(site)]) await rm(place, { recursive: true });
    else await site.commit(10);
    const before = await live(site);
    const running = start(['backup', '-q'], { cwd: site.path });
    await delay(whole * (0.2 + 0.7 * random.fraction()));
    running.kill('SIGKILL');
    if ((await running.done).status === -1) killed += 1;
    if (await hasLeftovers(site)) half += 1;
    expect(await live(site)).toEqual(before);
    whole = await timed(async () => {
      const { status, stderr } = await site.run('backup', '-q');
      expect([status, stderr], `round ${round}`).toEqual([0, '']);
    });
    expect(await hasLeftovers(site)).toBe(false);
    if (round % 5 === 4) await expectSound(site);
  }
  expect(killed).toBeGreaterThan(5);
  expect(half).toBeGreaterThan(0);
});

/** Milliseconds. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = Date.now();
  await work();
  return Date.now() - started;
}

/** What a killed run had begun. */
async function hasLeftovers({ path }: BlobSite): Promise<boolean> {
  const names = await readdir(join(path, 'var'), { recursive: true });
  return names.some((name) => /partial|tmp/.test(name));
}
