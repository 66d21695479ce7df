import { Secret } from '@holdfast/errors';
import type { StorageStatus } from '@holdfast/monitor';
import { describe, expect, test } from 'vitest';
import { factsOf } from '../src/page/model/facts.js';
import { jobView, progressView } from '../src/page/model/jobs.js';
import { overviewModel, storageModel } from '../src/page/model/page-model.js';
import { snapshotView } from '../src/page/model/snapshot.js';
import { verdictView } from '../src/page/model/verdict.js';
import { job, NOTHING, NOW, seen, status, storage, viewer } from './support/page-scene.js';

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

  test('of a DirectoryStorage say what was checked: the storage, not its archives', () => {
    const run = { kind: 'verify', startedMs: NOW - 7_200_000, finishedMs: NOW - 3_600_000 } as const;
    const checked = (runs: StorageStatus['runs']) =>
      factsWith({ kind: 'directorystorage', verified: undefined, runs }).checked!;
    expect(checked([])).toMatchObject({
      value: 'Never',
      note: 'A check reads the storage itself; a restore proves its archives.',
      tone: 'plain',
    });
    const sound = { ...run, result: 'done' } as const;
    expect(checked([sound, { ...run, result: 'failed', code: 'fs.failed' }])).toMatchObject({
      value: '60 minutes ago',
      note: 'Check of the storage itself, not of its archives: sound,',
      tone: 'good',
    });
    expect(
      checked([sound, { ...run, result: 'failed', code: 'directorystorage.check-failed' }]),
    ).toMatchObject({ note: expect.stringContaining('damaged'), tone: 'bad' });
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

test('a storage that this server does not back up has no backups to show', () => {
  const one = seen({ storage: storage({ backups: undefined }), status: { kind: 'not-backed-up' } });
  expect(storageModel(one, viewer()).storage).toMatchObject({
    backups: undefined,
    actions: { kind: 'none' },
    facts: [],
    hasJobs: false,
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
