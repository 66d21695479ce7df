import { Secret } from '@holdfast/errors';
import type { StorageStatus } from '@holdfast/monitor';
import { describe, expect, test } from 'vitest';
import { chainsView } from '../src/page/model/chains.js';
import { factsOf } from '../src/page/model/facts.js';
import { growthViews } from '../src/page/model/growth.js';
import { jobView, progressView } from '../src/page/model/jobs.js';
import { overviewModel, storageModel } from '../src/page/model/page-model.js';
import { durationViews, runRows } from '../src/page/model/runs.js';
import { setRows } from '../src/page/model/set-rows.js';
import { snapshotView } from '../src/page/model/snapshot.js';
import { verdictView } from '../src/page/model/verdict.js';
import { job, NOW, seen, sets, status, storage, viewer } from './support/page-scene.js';

const NOTHING: Partial<StorageStatus> = {
  sets: [],
  newest: undefined,
  verified: undefined,
  uncovered: undefined,
  runs: [],
  locks: [],
};

const HELD = {
  storage: 'main',
  code: 'toolkit',
  by: 'bob',
  enteredMs: NOW - 600_000,
  renewedMs: NOW,
  untilMs: NOW + 3_600_000,
  frozen: { path: '/srv/frozen', size: 17e9, tid: '0406a3f1c2d4e5ff' },
};
const ZOPE = { user: 'u', password: new Secret('p') };

describe('the verdict', () => {
  test.each([
    ['safe', 'Safe'],
    ['attention', 'Look at this'],
    ['danger', 'Danger'],
  ] as const)('%s is said as "%s"', (level, word) => {
    const read = status({ verdict: { level, headline: 'h', reasons: ['r'] }, problems: ['p'] });
    expect(verdictView({ kind: 'read', status: read }, viewer().paths)).toEqual({
      level,
      word,
      headline: 'h',
      reasons: ['r'],
      problems: ['p'],
    });
  });

  test('of what cannot be read is danger, and of what is not backed up here none', () => {
    expect(verdictView({ kind: 'failed', message: 'm', hint: 'h' }, viewer().paths)).toMatchObject({
      level: 'danger',
    });
    expect(verdictView({ kind: 'not-backed-up' }, viewer().paths)).toMatchObject({
      level: 'none',
      word: 'Not backed up here',
    });
  });
});

describe('all storages in a sentence', () => {
  const at = (name: string, level: 'safe' | 'attention' | 'danger' | 'none') =>
    seen({
      storage: storage({ name }),
      status:
        level === 'none'
          ? { kind: 'not-backed-up' }
          : { kind: 'read', status: status({ verdict: { level, headline: '', reasons: [] } }) },
    });

  test.each([
    [[], 'This server looks after no storage.'],
    [[at('a', 'safe')], 'The storage is safe.'],
    [[at('a', 'safe'), at('b', 'safe')], 'All 2 storages are safe.'],
    [[at('a', 'none')], 'No storage is backed up by this server.'],
    [
      [at('a', 'safe'), at('b', 'none')],
      '1 of 2 storages is safe; the rest is not backed up by this server.',
    ],
    [[at('a', 'safe'), at('b', 'attention')], '1 of 2 storages to be looked at; none is in danger.'],
    [[at('a', 'danger'), at('b', 'danger'), at('c', 'safe')], '2 of 3 storages are in danger.'],
  ])('%#: %s', (storages, sentence) => {
    expect(overviewModel(storages, viewer()).sentence).toBe(sentence);
  });

  test('has the worst first, then goes by name', () => {
    const levels = [
      at('z', 'safe'),
      at('b', 'danger'),
      at('n', 'none'),
      at('x', 'attention'),
      at('a', 'danger'),
    ];
    const order = overviewModel(levels, viewer()).storages.map(({ name }) => name);
    expect(order).toEqual(['a', 'b', 'x', 'n', 'z']);
  });
});

describe('the four facts', () => {
  const factsWith = (fields: Partial<StorageStatus>) =>
    Object.fromEntries(factsOf(status(fields), NOW).map((fact) => [fact.id, fact]));

  test('of a storage that is safe', () => {
    const { restorable, age, checked, loss } = factsWith({});
    expect(restorable).toMatchObject({ value: '2026-11-21 02:00', tone: 'plain' });
    expect(restorable!.note).toMatch(/^Increment 2026-11-21-02-00-00: 17\.\d GB, [\d,]+ blob files$/);
    expect(age).toMatchObject({ value: '10 hours', moment: { utc: '2026-11-21 02:00 UTC' } });
    expect(checked).toMatchObject({
      value: '9 hours ago',
      note: 'Deep check of this backup: sound,',
      tone: 'good',
    });
    expect(loss).toMatchObject({
      value: '61.0 MB',
      note: 'Committed since then; the last commit was 90 seconds ago',
    });
  });

  test('of one without a backup', () => {
    const { restorable, age, checked, loss } = factsWith(NOTHING);
    expect([restorable!.value, age!.value, checked!.value, loss!.value]).toEqual([
      'Nothing',
      'No backup',
      'Never',
      'Everything',
    ]);
    expect([restorable!.tone, loss!.tone]).toEqual(['bad', 'bad']);
  });

  test('of one whose backups could not be read: nothing is known of them', () => {
    const facts = factsWith({ ...NOTHING, unread: ['permission denied (the place of the backups)'] });
    for (const fact of Object.values(facts))
      expect(fact).toMatchObject({ value: 'Not known', note: 'The backups could not be read.' });
    expect(facts.restorable!.tone).toBe('bad');
  });

  test('count from the last run that found nothing new, as the headline does', () => {
    const { newest } = status();
    const startedMs = NOW - 2 * 3_600_000;
    const run = {
      kind: 'backup',
      result: 'done',
      set: newest!.id,
      startedMs,
      finishedMs: startedMs + 1000,
    } as const;
    const { restorable, age } = factsWith({ runs: [run] });
    expect([restorable!.value, age!.value]).toEqual(['2026-11-21 10:00', '2 hours']);
  });

  test('of one whose last transaction is in the backup', () => {
    const { age, loss } = factsWith({ uncovered: { bytes: 0, sinceMs: NOW } });
    expect(age!.note).toBe('Nothing was committed since.');
    expect(loss).toMatchObject({ value: 'Nothing', tone: 'good' });
  });

  test('of one that was never checked, or is damaged', () => {
    expect(factsWith({ verified: undefined }).checked).toMatchObject({ value: 'Never', tone: 'bad' });
    const verified = { setId: 'other', timeMs: NOW, level: 'stored', sound: false };
    expect(factsWith({ verified }).checked).toMatchObject({
      note: 'Stored check of other: damaged,',
      tone: 'bad',
    });
  });

  test('of a DirectoryStorage, whose loss has no size, and of a FileStorage that was packed', () => {
    const fields = { uncovered: { bytes: undefined, sinceMs: undefined } };
    expect(factsWith({ ...fields, kind: 'directorystorage' }).loss!.value).toBe('What is newer');
    expect(factsWith(fields).loss!.value).toBe('Not known');
  });
});

describe('the snapshot', () => {
  test.each([
    [{ kind: 'filestorage', dataFs: '/d' } as const, 'nobody waits'],
    [{ kind: 'directorystorage', directory: '/d' } as const, 'nothing can open it'],
    [{ kind: 'zope', directory: '/d', url: 'http://z', access: ZOPE } as const, 'a pack has to wait'],
  ])('%#: says what it means for those who write to a storage of its kind', (source, words) => {
    const held = { ...HELD, frozen: undefined };
    expect(snapshotView(seen({ storage: storage({ source }), held }), viewer()).sentence).toContain(words);
  });

  test.each([
    [{}, 'none', 'enter'],
    [{ snapshotCode: { kind: 'known', code: 'user/x' } as const }, 'foreign', undefined],
    [{ snapshotCode: { kind: 'unknown', message: 'm' } as const }, 'unknown', 'enter'],
  ])('%#: %s is %s', (fields, state, action) => {
    expect(snapshotView(seen(fields), viewer())).toMatchObject({ state, action });
  });

  test('that this server entered tells who, since when, until when, and what is frozen; not where', () => {
    const view = snapshotView(seen({ held: HELD }), viewer());
    expect(view).toMatchObject({
      state: 'held',
      code: 'toolkit',
      by: 'bob',
      entered: { relative: '10 minutes ago' },
      until: { relative: 'in 60 minutes' },
      frozen: '17.0 GB, up to transaction 0406a3f1c2d4e5ff',
      action: 'leave',
    });
    expect(JSON.stringify(view)).not.toContain('/srv');
  });
});

describe('a job', () => {
  test.each([
    [undefined, 'starting', undefined],
    [
      { phase: 'copy', done: 5e8, total: 1e9, unit: 'bytes' },
      'copying: 500 MB of 1.0 GB',
      { value: 5e8, max: 1e9 },
    ],
    [{ phase: 'blobs', done: 12, unit: 'files', bytes: 3e6 }, 'blobs: 12 files, 3.0 MB', undefined],
    [{ phase: 'x', done: 9, total: 4, unit: 'files' }, 'x: 9 of 4 files', { value: 4, max: 4 }],
    [{ phase: 'x', done: 0, total: 0, unit: 'bytes' }, 'x: 0 B', undefined],
  ] as const)('%#: %o is %s', (progress, words, bar) => {
    expect(progressView(progress)).toEqual({ words, bar });
  });

  test('that was interrupted says what that means', () => {
    const view = jobView(job({ state: 'interrupted', progress: undefined }), viewer());
    expect(view).toMatchObject({ stateWord: 'Interrupted', canCancel: false, progress: undefined });
    expect(view.message).toContain('the next run mends');
  });
});

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

test('a storage that this server does not back up has no backups to show', () => {
  const one = seen({ storage: storage({ backups: undefined }), status: { kind: 'not-backed-up' } });
  expect(storageModel(one, viewer()).storage).toMatchObject({
    backups: undefined,
    actions: { kind: 'none' },
    facts: [],
    hasJobs: false,
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

test('the head says when the backups were looked at: the oldest reading of several, or now', () => {
  const readAt = (readAtMs: number) => seen({ status: { kind: 'read', status: status({ readAtMs }) } });
  const old = NOW - 12_000;
  expect(storageModel(readAt(old), viewer()).head.readAt.iso).toBe(new Date(old).toISOString());
  const unread = seen({ status: { kind: 'not-backed-up' } });
  expect(storageModel(unread, viewer()).head.readAt.iso).toBe(new Date(NOW).toISOString());
  const all = overviewModel([readAt(NOW - 1000), unread, readAt(old)], viewer());
  expect(all.head.readAt.iso).toBe(new Date(old).toISOString());
});
