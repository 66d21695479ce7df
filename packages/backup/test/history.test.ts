import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, readdir, readFile, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { HISTORY_NAME, readRuns, recordRun } from '../src/history/history-file.js';
import { MOST_RUNS, parseHistory, printHistory } from '../src/history/history-text.js';
import type { RunEntry } from '../src/history/run-entry.js';
import { prune } from '../src/run/prune-run.js';
import { RunSite } from './support/run-site.js';

const fs = nodeFileSystem;
const run = (startedMs: number, more: Partial<RunEntry> = {}): RunEntry => ({
  kind: 'backup',
  startedMs,
  finishedMs: startedMs + 5,
  result: 'done',
  ...more,
});
const historyOf = async (site: RunSite, place = 'backups') => (await readRuns(fs, site.path(place))).runs;

describe('the file', () => {
  test('keeps what was recorded, in its order, durably', async () => {
    const place = await temporaryDirectory();
    const entries = [
      run(1, { set: '2026-11-21-02-00-00', bytes: 7 }),
      run(2, {
        kind: 'verify',
        level: 'deep',
        setKind: 'zip',
        result: 'failed',
        code: 'fs.io',
        message: 'no',
      }),
    ];
    for (const entry of entries) await recordRun(fs, place, entry);
    expect(await readRuns(fs, place)).toEqual({ runs: entries, problem: undefined });
    expect((await stat(join(place, HISTORY_NAME))).mode & 0o777).toBe(0o600);
    expect(await readdir(place)).toEqual([HISTORY_NAME]);
  });

  test('keeps the newest 500', async () => {
    const place = await temporaryDirectory();
    const many = Array.from({ length: MOST_RUNS }, (_, at) => run(at));
    await writeFile(join(place, HISTORY_NAME), printHistory(many));
    await recordRun(fs, place, run(MOST_RUNS));
    const { runs } = await readRuns(fs, place);
    expect([runs.length, runs[0]!.startedMs, runs.at(-1)!.startedMs]).toEqual([MOST_RUNS, 1, MOST_RUNS]);
  });

  test('runs that end at once are both kept', async () => {
    const place = await temporaryDirectory();
    await recordRun(fs, place, run(0));
    await Promise.all(Array.from({ length: 8 }, (_, at) => recordRun(fs, place, run(at + 1))));
    expect((await readRuns(fs, place)).runs).toHaveLength(9);
  });

  test.each([1, 20, 60])(
    'a last line that lacks %i bytes is passed over, and the next run goes on',
    async (torn) => {
      const place = await temporaryDirectory();
      const path = join(place, HISTORY_NAME);
      for (const at of [1, 2, 3]) await recordRun(fs, place, run(at));
      await truncate(path, (await stat(path)).size - torn);
      const left = torn === 1 ? 3 : 2;
      expect(await readRuns(fs, place)).toMatchObject({ runs: { length: left }, problem: undefined });
      await recordRun(fs, place, run(4));
      expect((await readRuns(fs, place)).runs.map(({ startedMs }) => startedMs).at(-1)).toBe(4);
      expect(await readdir(place)).toEqual([HISTORY_NAME]);
    },
  );

  test('a broken one is told, set aside, and what can be read of it stays', async () => {
    const place = await temporaryDirectory();
    const path = join(place, HISTORY_NAME);
    await recordRun(fs, place, run(1));
    await appendFile(path, 'rubbish\n');
    expect((await readRuns(fs, place)).problem).toMatch(/is not used in full: line 3: it is torn/);
    await recordRun(fs, place, run(2));
    expect(await readRuns(fs, place)).toEqual({ runs: [run(1), run(2)], problem: undefined });
    expect(await readFile(`${path}-broken`, 'utf8')).toContain('rubbish');
  });

  test.each(['', 'not ours\n', '{"format":"other","version":1}\n', '{}\n'])('%j holds no runs', (text) => {
    expect(parseHistory(text).runs).toEqual([]);
  });

  test('one of a later Holdfast is not written over', async () => {
    const place = await temporaryDirectory();
    const later = '{"format":"holdfast-history","version":2}\n{"new":"shape"}\n';
    await writeFile(join(place, HISTORY_NAME), later);
    await expect(recordRun(fs, place, run(1))).rejects.toMatchObject({ code: 'sets.history' });
    expect(await readFile(join(place, HISTORY_NAME), 'utf8')).toBe(later);
    expect((await readRuns(fs, place)).problem).toContain('its version is 2');
  });

  test('a huge one is not read, and set aside', async () => {
    const place = await temporaryDirectory();
    const path = join(place, HISTORY_NAME);
    await writeFile(path, '');
    await truncate(path, 5 << 20);
    expect((await readRuns(fs, place)).problem).toContain('more than any history');
    await recordRun(fs, place, run(1));
    expect((await readRuns(fs, place)).runs).toEqual([run(1)]);
  });

  test('a link or a pipe in its place is never followed or waited for', async () => {
    const place = await temporaryDirectory();
    await symlink('/etc/passwd', join(place, HISTORY_NAME));
    expect(await readRuns(fs, place)).toMatchObject({ runs: [], problem: expect.any(String) });
    const other = await temporaryDirectory();
    execFileSync('mkfifo', [join(other, HISTORY_NAME)]);
    expect(await readRuns(fs, other)).toMatchObject({ runs: [], problem: expect.any(String) });
  });
});

describe('what is recorded', () => {
  test('backups that are done, with their set and what was new, also where nothing had changed', async () => {
    const site = await RunSite.make();
    const first = await site.run();
    await site.run();
    const [made, same] = await historyOf(site);
    expect(made).toMatchObject({ kind: 'backup', result: 'done', set: first.set.id });
    expect(made!.bytes).toBeGreaterThan(first.set.parts[0]!.filestorage!.end);
    expect(same).toMatchObject({ kind: 'backup', result: 'done', set: first.set.id, bytes: 0 });
  });

  test('backups that fail or are cancelled', async () => {
    const site = await RunSite.make();
    await site.run();
    await site.configure('pre_command = "exit 3"\n');
    await expect(site.run()).rejects.toThrow();
    await site.configure('');
    await site.grow();
    const stop = new AbortController();
    stop.abort();
    await expect(site.run({}, site.world(fs, { signal: stop.signal }))).rejects.toThrow();
    const [, failed, cancelled] = await historyOf(site);
    expect(failed).toMatchObject({ kind: 'backup', result: 'failed', code: 'hook.failed' });
    expect(failed!.message).toMatch(/\S/);
    expect(cancelled).toMatchObject({ result: 'cancelled', code: 'cancelled' });
  });

  test('each kind in the place of its own records', async () => {
    const site = await RunSite.make();
    await site.run({ kind: 'snapshot' });
    await site.run({ kind: 'zip' });
    expect((await historyOf(site, 'snapshotbackups')).map(({ kind }) => kind)).toEqual(['snapshot']);
    expect((await historyOf(site, 'zipbackups')).map(({ kind }) => kind)).toEqual(['zip']);
    expect(await readdir(site.path())).not.toContain('backups');
  });

  test('checks, with their level, failed where they found something', async () => {
    const site = await RunSite.make();
    const { set } = await site.run();
    await site.verify('deep');
    await writeFile(site.path('backups', set.parts[0]!.filestorage!.name), 'damaged');
    await site.verify('stored');
    const [, sound, damaged] = await historyOf(site);
    expect(sound).toMatchObject({
      kind: 'verify',
      setKind: 'backup',
      level: 'deep',
      result: 'done',
      set: set.id,
    });
    expect(damaged).toMatchObject({ level: 'stored', result: 'failed', code: 'repository.verify-failed' });
  });

  test('a check where there is nothing is none', async () => {
    const site = await RunSite.make();
    await site.verify('quick');
    await mkdir(site.path('zipbackups'));
    await site.verify('quick', 'zip');
    expect(await readdir(site.path('zipbackups'))).toEqual([]);
    expect(await readdir(site.path())).not.toContain('backups');
  });

  test('clean-ups, and restores to a directory of their own as tests', async () => {
    const site = await RunSite.make();
    const { set } = await site.run();
    const locking = { fs, command: 'holdfast prune' };
    await prune(site.world(), await site.config(), 'backup', locking);
    const { report } = await site.restore();
    const [, pruned, restored] = await historyOf(site);
    expect(pruned).toMatchObject({ kind: 'prune', setKind: 'backup', result: 'done' });
    expect(restored).toMatchObject({
      kind: 'restore-test',
      set: set.id,
      bytes: report.bytes,
      result: 'done',
    });
  });
});

test('it is nothing to a reading of sets or blobs, and retention leaves it alone', async () => {
  const site = await RunSite.make({ toml: 'keep = 1\nonly_blobs = true\n' });
  for (let round = 0; round < 3; round++) {
    await site.commit();
    await site.runAndPrune({ full: true });
  }
  const place = site.path('blobstoragebackups');
  const { storages, problems } = await site.read();
  expect(problems).toEqual([]);
  expect(storages[0]!.blobLocation).toMatchObject({ foreign: [], damaged: [], partial: [] });
  expect((await readRuns(fs, place)).runs).toHaveLength(3);
});
