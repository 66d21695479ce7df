import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { FaultyFileSystem, type Method, sweepCrashes, temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { HISTORY_NAME, readRuns, recordRun } from '../src/history/history-file.js';
import { printHistory } from '../src/history/history-text.js';
import { verifySets } from '../src/run/verify-run.js';
import { RunSite } from './support/run-site.js';

const path = /holdfast-history/;
const ever = Number.POSITIVE_INFINITY;
const entry = (startedMs: number) =>
  ({ kind: 'backup', startedMs, finishedMs: startedMs, result: 'done' }) as const;

describe('a history that cannot be written', () => {
  test.each<[Method, string]>([
    ['create', 'ENOSPC'],
    ['write', 'EIO'],
    ['rename', 'EIO'],
    ['openRead', 'EIO'],
  ])('%s %s: the backup is done all the same, and there is a warning', async (method, error) => {
    const site = await RunSite.make();
    await site.run();
    await site.grow();
    const warnings: string[] = [];
    const faulty = new FaultyFileSystem().fail(method, error, { path, times: ever });
    const { made } = await site.run({}, site.world(faulty, { warn: (text) => warnings.push(text) }));
    expect(made).toBe(true);
    expect(warnings).toEqual([
      expect.stringMatching(/^this run is missing from the history of the backups: /),
    ]);
    expect((await site.offered()).length).toBe(2);
  });

  test.each(['EROFS', 'EACCES'])('%s: whoever may only read is not told of it', async (error) => {
    const site = await RunSite.make();
    await site.run();
    const warnings: string[] = [];
    const faulty = new FaultyFileSystem().fail('create', error, { path: /backups/, times: ever });
    const world = site.world(faulty, { warn: (text) => warnings.push(text) });
    await verifySets(world, { config: await site.config(), kind: 'backup', level: 'quick' });
    await expect(site.run({ full: true }, world)).rejects.toThrow();
    expect(warnings).toEqual([]);
  });

  test('a failed run keeps its own error', async () => {
    const site = await RunSite.make();
    await site.run();
    await site.configure('pre_command = "exit 3"\n');
    const faulty = new FaultyFileSystem().fail('create', 'EIO', { path, times: ever });
    await expect(site.run({}, site.world(faulty))).rejects.toMatchObject({ code: 'hook.failed' });
  });
});

test('killed at any call, the history is the old or the new one', async () => {
  const crashes = await sweepCrashes({
    prepare: async () => {
      const place = await temporaryDirectory();
      await writeFile(join(place, HISTORY_NAME), printHistory([entry(1)]));
      return place;
    },
    run: (fs, place) => recordRun(fs, place, entry(2)),
    check: async (place) => {
      const { runs, problem } = await readRuns(nodeFileSystem, place);
      expect(problem).toBeUndefined();
      expect([1, 2]).toContain(runs.length);
      await recordRun(nodeFileSystem, place, entry(3));
      expect((await readRuns(nodeFileSystem, place)).runs.at(-1)).toEqual(entry(3));
      expect((await readdir(place)).filter((name) => !name.startsWith('.holdfast-'))).toEqual([]);
    },
  });
  expect(crashes).toBeGreaterThan(5);
});
