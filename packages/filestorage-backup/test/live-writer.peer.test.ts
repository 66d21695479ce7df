import { execFile } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { systemClock } from '@holdfast/durable-fs';
import { lockRepository } from '@holdfast/lockfile';
import { describePeers, temporaryDirectory } from '@holdfast/test-kit';
import { beforeAll, expect, test } from 'vitest';
import { type BackupResult, backup, type Engine, verify } from '../src/index.js';
import { expectAllRestore, HastyClock, LiveSite, makeEngine } from './support/live-site.js';
import { ZodbDriver } from './support/zodb-driver.js';

const SECONDS = Number(process.env.HOLDFAST_LIVE_SECONDS ?? 8);
/** Of each kind that is counted, however slow the machine. */
const FEWEST = 2;
const PATIENCE = (SECONDS + 60) * 4000;
const command = fileURLToPath(new URL('../../../apps/cli/bin/holdfast.js', import.meta.url));

interface Course {
  /** In turns. */
  readonly sources: readonly string[];
  /** At least so long. */
  readonly seconds: number;
  /** Until there are some of each of them. */
  readonly kinds: readonly BackupResult['kind'][];
}

/** Backs up while the site is at work; each backup holds at least what was committed when it began. */
async function backUpAllTheTime(
  engine: Engine,
  clock: HastyClock,
  site: LiveSite,
  { sources, seconds, kinds }: Course,
): Promise<Record<BackupResult['kind'], number>> {
  const made = { full: 0, increment: 0, nothing: 0 };
  const end = Date.now() + seconds * 1000;
  await using lock = await lockRepository(engine.store.location, { command: 'test' });
  for (let turn = 0; Date.now() < end || kinds.some((kind) => made[kind] < FEWEST); turn += 1) {
    const least = (await site.committed()).size - 1;
    clock.hurry();
    const source = sources[turn % sources.length]!;
    const result = await backup(engine, { source, lock, thorough: turn % 5 === 0, gzip: turn % 3 > 0 });
    made[result.kind] += 1;
    const { number } = (await site.committed()).get(result.last!.tid) ?? { number: Infinity };
    expect(number, `what backup ${turn} holds`).toBeGreaterThanOrEqual(least);
  }
  return made;
}

async function backUpByCommand(site: LiveSite, repository: string): Promise<void> {
  const end = Date.now() + SECONDS * 1000;
  let count = 0;
  while (Date.now() < end || count < FEWEST) {
    const args = ['backup', '--json', '--datafs', site.datafs, '--repository', repository];
    await promisify(execFile)(process.execPath, [command, ...args]);
    count += 1;
  }
}

describePeers('beside a ZODB that commits, undoes, aborts and packs', () => {
  let driver: ZodbDriver;

  beforeAll(() => {
    driver = new ZodbDriver();
  });

  test('every backup restores to whole transactions, none older than its beginning', {
    timeout: PATIENCE,
  }, async () => {
    const site = new LiveSite(await temporaryDirectory());
    const clock = new HastyClock();
    const engine = await makeEngine(join(site.directory, 'backups'), clock);
    const byCommand = await makeEngine(join(site.directory, 'backups-by-command'), systemClock);
    await site.start();
    const [made] = await Promise.all([
      backUpAllTheTime(engine, clock, site, {
        sources: [site.datafs],
        seconds: SECONDS,
        kinds: ['full', 'increment'],
      }),
      backUpByCommand(site, byCommand.store.location),
    ]);
    await site.end();
    expect(await expectAllRestore(engine, site, driver)).toBe(made.full + made.increment);
    expect(await expectAllRestore(byCommand, site, driver)).toBeGreaterThan(1);
    expect(await verify(engine, { level: 'deep' })).toMatchObject({ sound: true, problems: [] });
    expect(await verify(byCommand, { level: 'deep' })).toMatchObject({ sound: true, problems: [] });
  });

  test('so through symbolic links: one that ZODB was given, which its first pack replaces, and one of our own', {
    timeout: PATIENCE,
  }, async () => {
    const site = new LiveSite(await temporaryDirectory());
    const elsewhere = join(site.directory, 'elsewhere');
    await mkdir(elsewhere);
    const first = new LiveSite(elsewhere, join(site.directory, 'log'));
    await first.start();
    await first.end();
    await symlink(first.datafs, site.datafs);
    const link = join(elsewhere, 'link');
    await symlink('../Data.fs', link);
    const clock = new HastyClock();
    const engine = await makeEngine(join(site.directory, 'backups'), clock);
    await site.start();
    const sources = [site.datafs, link];
    const made = await backUpAllTheTime(engine, clock, site, {
      sources,
      seconds: SECONDS / 2,
      kinds: ['full'],
    });
    await site.end();
    expect(await expectAllRestore(engine, site, driver)).toBe(made.full + made.increment);
    expect(await verify(engine, { level: 'deep' })).toMatchObject({ sound: true, problems: [] });
  });
});
