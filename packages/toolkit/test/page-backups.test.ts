import type { StorageStatus } from '@holdfast/monitor';
import { describe, expect, test } from 'vitest';
import { chainsView } from '../src/page/model/chains.js';
import { growthViews } from '../src/page/model/growth.js';
import { storageModel } from '../src/page/model/page-model.js';
import { durationViews, runRows } from '../src/page/model/runs.js';
import { setRows } from '../src/page/model/set-rows.js';
import { NOTHING, NOW, seen, sets, status, viewer } from './support/page-scene.js';

describe('the chains', () => {
  test('are full backups with their increments, the newest first, on one line of time', () => {
    const { chains, older } = chainsView(sets(36), NOW);
    expect(chains.map(({ marks }) => marks.length)).toEqual([7, 7, 7, 7, 7, 1]);
    expect(chains[0]).toMatchObject({ title: 'Full backup of 2026-11-15 02:00', joined: true });
    expect(older).toBe(0);
    for (const { marks } of chains) {
      expect(marks[0]!.shape).toBe('full');
      for (const { at } of marks) expect(at >= 0 && at <= 100).toBe(true);
    }
  });

  test('that are many are not all drawn', () => {
    const { chains, older } = chainsView(sets(400), NOW);
    expect([chains.length, older]).toEqual([8, 50]);
  });

  test('without their full backup, zips and snapshots are told apart', () => {
    const some = sets(3).map((set) => ({ ...set, part: 'increment' as const, chain: 'gone' }));
    const zip = { ...some[0]!, id: 'z', kind: 'zip' as const };
    const snapshot = { ...some[0]!, id: 's', kind: 'snapshot' as const, whole: false };
    const titles = chainsView([...some, zip, snapshot], NOW).chains.map(({ title }) => title);
    expect(titles).toEqual([
      'Increments since 2026-11-19 02:00, without their full backup',
      'Zip archives',
      'Snapshot backups',
    ]);
  });
});

test('a set that has the file of an unchanged storage again adds no increment, no mark and no bytes to its chain', () => {
  const [full, next] = sets(2);
  const again = { ...full!, id: 'again', timeMs: full!.timeMs + 1000 };
  const chain = (of: StorageStatus['sets']) => chainsView(of, NOW).chains[0]!;
  expect(chain([full!, again, next!])).toEqual(chain([full!, next!]));
  expect(chain([full!, again, next!]).words).toMatch(/^1 increment, /);
});

test('archives of a DirectoryStorage that have lost their full one are no backups of blobs', () => {
  const [one] = sets(1);
  const orphan = {
    ...one!,
    part: 'increment',
    chain: undefined,
    dataBytes: undefined,
    blobs: undefined,
  } as const;
  const blobs = { ...orphan, part: undefined } as const;
  const titles = chainsView([orphan, blobs], NOW).chains.map(({ title }) => title);
  expect(titles.sort()).toEqual(['Archives without their full one', 'Backups of blobs only']);
});

test('the table of backups has the newest first, and says what it leaves out', () => {
  const { newest, more, left } = setRows(sets(300), viewer());
  expect([newest.length, more.length, left]).toEqual([15, 185, 100]);
  expect(newest[0]).toMatchObject({ id: '2026-11-21-02-00-00', stateWords: 'Sound, deep, 9 hours ago' });
  const broken = {
    ...sets(1)[0]!,
    whole: false,
    problem: 'no /srv/a/x.fsz',
    origin: 'peer' as const,
    pinned: true,
  };
  expect(setRows([broken], viewer()).newest[0]).toMatchObject({
    state: 'damaged',
    stateWords: 'Not whole: no x.fsz',
    notes: ['by another tool', 'kept for good'],
  });
});

test('nobody says of archives that another tool made them: what is not written down is not known', () => {
  const one = { ...sets(1)[0]!, origin: 'peer' as const };
  const notes = (of: Partial<StorageStatus>) => {
    const shown = status({ sets: [one], ...of });
    return storageModel(seen({ status: { kind: 'read', status: shown } }), viewer()).storage.backups!.sets
      .newest[0]!.notes;
  };
  expect(notes({})).toEqual(['by another tool']);
  expect(notes({ kind: 'directorystorage' })).toEqual([]);
});

describe('growth and durations', () => {
  test('end with what is now', () => {
    const [data, blobs, backups] = growthViews(status());
    expect(data!.points).toHaveLength(37);
    expect(data!.now).toMatch(/^17\.\d GB$/);
    expect(blobs!.points).toHaveLength(36);
    const values = backups!.points.map(({ value }) => value);
    expect(values).toEqual([...values].sort((a, b) => a - b));
  });

  test('without a backup and history say so in words', () => {
    const empty = status({ ...NOTHING, blobStorage: undefined });
    expect(growthViews(empty).map(({ empty: words }) => words)).toEqual([
      undefined,
      'This storage has no blobs.',
      'No backup yet.',
    ]);
    for (const { empty: words } of durationViews(empty, NOW)) expect(words).toMatch(/\.$/);
    expect(runRows(empty, viewer())).toEqual([]);
  });

  test('tell full backups, increments and failures apart', () => {
    const tones = durationViews(status(), NOW)[0]!.points.map(({ tone }) => tone);
    expect(tones.filter((tone) => tone === 'major')).toHaveLength(6);
    expect(tones.filter((tone) => tone === 'failed')).toHaveLength(1);
  });

  test('a run that found nothing new has made no full backup', () => {
    const full = sets(1)[0]!;
    const run = { kind: 'backup', result: 'done', set: full.id } as const;
    const ran = (startedMs: number) => ({ ...run, startedMs, finishedMs: startedMs + 200_000 });
    const [made] = durationViews(status({ sets: [full], runs: [ran(full.timeMs), ran(NOW - 1e6)] }), NOW);
    expect(made!.points.map(({ words }) => words)).toEqual(['Full backup', 'Nothing new']);
  });

  test('a run that found another storage changed has made nothing of this one', () => {
    const full = sets(1)[0]!;
    const again = { ...full, id: 'again', timeMs: NOW - 1e6 };
    const gone = 'a set that is gone';
    const runs = [full, again, { id: gone, timeMs: NOW - 5e5 }].map(({ id, timeMs }) => {
      return {
        kind: 'backup',
        result: 'done',
        set: id,
        startedMs: timeMs,
        finishedMs: timeMs + 1000,
      } as const;
    });
    const [made] = durationViews(status({ sets: [full, again], runs }), NOW);
    expect(made!.points.map(({ words, tone }) => [words, tone])).toEqual([
      ['Full backup', 'major'],
      ['Nothing new', 'minor'],
      ['Backup', 'minor'],
    ]);
  });

  test('a run that was cancelled has not failed', () => {
    const cancelled = {
      kind: 'backup',
      result: 'cancelled',
      startedMs: NOW - 120_000,
      finishedMs: NOW,
    } as const;
    const [made] = durationViews(status({ runs: [cancelled] }), NOW);
    expect(made!.points).toMatchObject([{ tone: 'cancelled', words: 'Backup, cancelled' }]);
    expect(made!.note).toBe('the last, which was cancelled, 2 minutes ago');
  });

  test('the backups add up to what is on the disk: all blobs of the oldest, and no file twice', () => {
    const [full, next] = sets(2);
    const again = { ...full!, id: 'again', timeMs: full!.timeMs + 1000 };
    const backups = growthViews(status({ sets: [full!, again, next!] }))[2]!;
    const first = full!.storedBytes! + full!.blobs!.bytes;
    const second = first + next!.storedBytes! + next!.blobs!.addedBytes;
    expect(backups.points.map(({ value }) => value)).toEqual([first, first, second]);
  });

  test('backups whose blobs nobody counted are not said to have none', () => {
    const peers = sets(2).map((set) => ({ ...set, origin: 'peer' as const, blobs: undefined }));
    expect(growthViews(status({ sets: peers }))[1]!.empty).toBe(
      'No backup that is kept tells the size of its blobs.',
    );
  });

  test('a failed run says why, without directories', () => {
    const failed = runRows(status(), viewer()).find(({ result }) => result === 'failed');
    expect(failed!.about).toBe('No space left on the device: 2026-11-13.fsz');
  });
});

test('locks of several places of backups are told apart, without the whole path', () => {
  const { backups } = storageModel(seen(), viewer()).storage;
  expect(backups!.locks.map(({ keeps }) => keeps)).toEqual([
    'the open storage (Data.fs.lock)',
    'the backups in zope/data: one run at a time',
    'the backups in zope/blobs: one run at a time',
  ]);
});

describe('restores', () => {
  const failed = {
    kind: 'restore-test',
    result: 'failed',
    startedMs: NOW - 181_000,
    finishedMs: NOW - 180_000,
  } as const;
  const done = { ...failed, result: 'done', finishedMs: NOW - 120_000 } as const;
  const view = (runs: StorageStatus['runs']) => durationViews(status({ runs }), NOW)[2]!;

  test('that nobody has tried, or that all failed, are two things', () => {
    expect(view([]).empty).toMatch(/^Nobody has tried a restore yet\. /);
    expect(view([failed])).toMatchObject({
      points: [],
      empty: expect.stringMatching(
        /^No restore has succeeded yet; the last one was tried 3 minutes ago, and failed\. /,
      ),
    });
  });

  test('that were cancelled have not failed', () => {
    expect(view([{ ...failed, result: 'cancelled' }]).empty).toMatch(
      /^No restore has succeeded yet; the last one was tried 3 minutes ago, and was cancelled\. /,
    );
  });

  test('of which one succeeded are drawn, and the last, which failed, is said to have', () => {
    expect(view([done, failed])).toMatchObject({
      points: { length: 2 },
      empty: undefined,
      note: 'the last, which failed, 3 minutes ago',
    });
  });
});
