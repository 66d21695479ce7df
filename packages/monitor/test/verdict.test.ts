import { describe, expect, test } from 'vitest';
import type { Unjudged } from '../src/verdict/finding.js';
import { verdictOf } from '../src/verdict/verdict.js';
import { checkedAgo, NOW, runAgo, setAged, statusOf } from './support/statuses.js';

const good = setAged(6, { verified: checkedAgo(5) });

describe('the level', () => {
  const table: readonly (readonly [string, Unjudged, 'safe' | 'attention' | 'danger'])[] = [
    ['a recent, checked set', statusOf([good]), 'safe'],
    ['no set at all', statusOf([]), 'danger'],
    [
      'blobs that were not there',
      statusOf([setAged(6, { verified: checkedAgo(5), missingBlobs: 3 })]),
      'attention',
    ],
    ['none that was not there', statusOf([setAged(6, { verified: checkedAgo(5), missingBlobs: 0 })]), 'safe'],
    [
      'only sets that are not whole',
      statusOf([setAged(6, { whole: false, problem: 'x is missing' })]),
      'danger',
    ],
    ['only damaged sets', statusOf([setAged(6, { verified: checkedAgo(5, false) })]), 'danger'],
    ['25 hours old', statusOf([setAged(25, { verified: checkedAgo(5) })]), 'safe'],
    ['27 hours old', statusOf([setAged(27, { verified: checkedAgo(5) })]), 'attention'],
    ['51 hours old', statusOf([setAged(51, { verified: checkedAgo(5) })]), 'danger'],
    [
      '51 hours old, and nothing new since',
      statusOf([setAged(51, { verified: checkedAgo(5) })], { uncovered: { bytes: 0, sinceMs: NOW } }),
      'safe',
    ],
    [
      '51 hours old, and a run found nothing new 6 hours ago',
      statusOf([setAged(51, { verified: checkedAgo(5) })], {
        runs: [runAgo(6, { set: setAged(51).id })],
      }),
      'safe',
    ],
    [
      '51 hours old, and the run of 6 hours ago was about another set',
      statusOf([setAged(51, { verified: checkedAgo(5) })], { runs: [runAgo(6, { set: 'other' })] }),
      'danger',
    ],
    ['dated in the future', statusOf([setAged(-1, { verified: checkedAgo(5) })]), 'attention'],
    ['never checked', statusOf([setAged(6)]), 'attention'],
    ['checked 9 days ago', statusOf([setAged(6, { verified: checkedAgo(9 * 24) })]), 'attention'],
    [
      'the last check found damage, in another set than the newest',
      statusOf([setAged(30, { verified: checkedAgo(5, false) }), setAged(6)]),
      'danger',
    ],
    [
      'an older set is damaged, a later check was sound',
      statusOf([setAged(30, { verified: checkedAgo(5, false) }), setAged(6, { verified: checkedAgo(4) })]),
      'attention',
    ],
    [
      'a later set is damaged, a still later check was sound',
      statusOf([setAged(7, { verified: checkedAgo(4) }), setAged(6, { verified: checkedAgo(5, false) })], {
        verified: { setId: setAged(7).id, ...checkedAgo(4) },
      }),
      'danger',
    ],
    ['no backup could be read', statusOf([], { unread: ['x: permission denied'] }), 'danger'],
    ['the last backup failed', statusOf([good], { runs: [runAgo(1, { result: 'failed' })] }), 'attention'],
    [
      'a backup failed, a later one was done',
      statusOf([good], { runs: [runAgo(8, { result: 'failed' }), runAgo(1)] }),
      'safe',
    ],
    [
      'a backup failed before a peer made the newest set',
      statusOf([good], { runs: [runAgo(7, { result: 'failed' })] }),
      'safe',
    ],
    [
      'a backup failed, and a zip backup was made since',
      statusOf([good, setAged(1, { kind: 'zip', verified: checkedAgo(1) })], {
        runs: [runAgo(3, { result: 'failed' })],
      }),
      'attention',
    ],
    [
      'a zip backup failed before a peer made one',
      statusOf([good, setAged(1, { kind: 'zip', verified: checkedAgo(1) })], {
        runs: [runAgo(3, { kind: 'zip', result: 'failed' })],
      }),
      'safe',
    ],
    [
      'the last backup was cancelled',
      statusOf([good], { runs: [runAgo(1, { result: 'cancelled' })] }),
      'safe',
    ],
    [
      'the check of one kind failed, that of another did not',
      statusOf([good], {
        runs: [
          runAgo(2, { kind: 'verify', setKind: 'backup', result: 'failed' }),
          runAgo(1, { kind: 'verify', setKind: 'zip' }),
        ],
      }),
      'attention',
    ],
    [
      'the last restore test failed',
      statusOf([good], { runs: [runAgo(1, { kind: 'restore-test', result: 'failed' })] }),
      'attention',
    ],
    [
      'a restore failed',
      statusOf([good], { runs: [runAgo(1, { kind: 'restore', result: 'failed' })] }),
      'safe',
    ],
    [
      'the storage is missing',
      statusOf([good], {
        source: { path: '/d', present: false, bytes: undefined, tid: undefined, committedMs: undefined },
        uncovered: undefined,
      }),
      'danger',
    ],
    ['packed since', statusOf([good], { uncovered: { bytes: undefined, sinceMs: NOW } }), 'attention'],
    [
      'the end of a Data.fs is being written',
      statusOf([good], {
        source: { path: '/d', present: true, bytes: 1_200_005, tid: undefined, committedMs: undefined },
        uncovered: { bytes: undefined, sinceMs: NOW },
      }),
      'safe',
    ],
    [
      'the end of a Data.fs that was packed is being written',
      statusOf([good], {
        source: {
          path: '/d',
          present: true,
          bytes: 5,
          growing: true,
          tid: undefined,
          committedMs: undefined,
        },
        uncovered: { bytes: undefined, sinceMs: NOW },
      }),
      'safe',
    ],
    ...[0, 4, 1_199_999].map(
      (bytes) =>
        [
          `a Data.fs of ${bytes} bytes is what is left of more`,
          statusOf([good], {
            source: { path: '/d', present: true, bytes, tid: undefined, committedMs: undefined },
            uncovered: { bytes: undefined, sinceMs: NOW },
          }),
          'danger',
        ] as const,
    ),
    [
      'a Data.fs that could not be read',
      statusOf([good], {
        source: { path: '/d', present: true, bytes: undefined, tid: undefined, committedMs: undefined },
        uncovered: undefined,
        problems: ['/d: permission denied'],
      }),
      'attention',
    ],
    [
      'a DirectoryStorage: bytes are not counted, archives have no check',
      statusOf([setAged(6)], { kind: 'directorystorage', uncovered: { bytes: undefined, sinceMs: NOW } }),
      'safe',
    ],
    ['something could not be read', statusOf([good], { problems: ['x cannot be read'] }), 'attention'],
    ['a later set is not whole', statusOf([good, setAged(1, { whole: false })]), 'attention'],
    [
      'a later set is not whole because a backup is running',
      statusOf([good, setAged(1, { whole: false })], {
        locks: [{ what: 'repository', path: '/b', state: 'held', holder: undefined }],
      }),
      'safe',
    ],
    ['an older set is not whole', statusOf([setAged(30, { whole: false }), good]), 'safe'],
  ];
  test.each(table)('%s', (_, status, level) => {
    expect(verdictOf(status, NOW).level).toBe(level);
  });
});

describe('the words', () => {
  test('of a safe storage say how old, how checked, what would be lost, how long a restore takes', () => {
    const restore = runAgo(72, {
      kind: 'restore-test',
      startedMs: NOW - 72 * 3_600_000 - 240_000,
      bytes: 1_200_000,
    });
    expect(verdictOf(statusOf([good], { runs: [restore] }), NOW)).toEqual({
      level: 'safe',
      headline: 'A restore would give the state of 2026-11-21 02:00 UTC, 6 hours ago.',
      reasons: [
        'The set 2026-11-21-02-00-00 can be restored (full, Data.fs 1.2 MB).',
        'It is 6 hours old; up to 26 hours are expected.',
        'It was checked and is sound (deep, 5 hours ago).',
        'A crash now would lose 5.0 MB of Data.fs, committed since 2026-11-21 02:00 UTC.',
        'The last restore test took 4 minutes for 1.2 MB, 3 days ago.',
      ],
    });
  });

  test.each([
    [statusOf([]), 'Nothing can be restored. There is no set of backups.'],
    [
      statusOf([setAged(6, { verified: checkedAgo(5, false) }), setAged(5, { whole: false })]),
      'Nothing can be restored. Of 2 sets none can be restored: 1 found damaged by a check, 1 not whole.',
    ],
    [
      statusOf([setAged(72, { verified: checkedAgo(5) })]),
      'A restore would give the state of 2026-11-18 08:00 UTC, 3 days ago, but no backup was made for 3 days.',
    ],
    [
      statusOf([good], {
        runs: [runAgo(1, { result: 'failed', code: 'fs.no-space', message: 'the disk is full' })],
      }),
      'A restore would give the state of 2026-11-21 02:00 UTC, 6 hours ago, but the last backup failed.',
    ],
  ])('the headline says the worst', (status, headline) => {
    expect(verdictOf(status, NOW).headline).toBe(headline);
  });

  test('what nobody could read is not called missing', () => {
    const unread = ['permission denied (the place of the backups)'];
    const { headline, reasons } = verdictOf(statusOf([], { unread, problems: unread }), NOW);
    expect(headline).toBe(
      'The backups could not be read (permission denied (the place of the backups)): nothing is known of them.',
    );
    expect(reasons.join(' ')).not.toMatch(/lose everything|no set of backups/);
    const some = statusOf([setAged(5, { whole: false })], { unread, problems: unread });
    expect(verdictOf(some, NOW).headline).toMatch(/^Not all backups could be read .* of 1 set none is known/);
  });

  test.each([
    [1, '1 older set is damaged'],
    [2, '2 older sets are damaged'],
  ])('%i damaged sets that are older are told with their verb', (number, but) => {
    const older = [40, 30].slice(0, number).map((age) => setAged(age, { verified: checkedAgo(5, false) }));
    const { headline } = verdictOf(statusOf([...older, setAged(6, { verified: checkedAgo(4) })]), NOW);
    expect(headline).toMatch(new RegExp(`, but ${but}\\.$`));
  });

  test.each([
    ['backup', 'A restore would give'],
    ['snapshot', 'A snapshotrestore would give'],
    ['zip', 'A ziprestore would give'],
  ] as const)('the headline names the command that takes a %s', (kind, words) => {
    const { headline } = verdictOf(statusOf([setAged(6, { kind, verified: checkedAgo(5) })]), NOW);
    expect(headline.startsWith(`${words} the state of`)).toBe(true);
  });

  test('a restore that failed was tried', () => {
    const failed = runAgo(1, { kind: 'restore-test', result: 'failed' });
    expect(verdictOf(statusOf([good]), NOW).reasons).toContain(
      'No restore was tried yet: how long one takes is not known.',
    );
    expect(verdictOf(statusOf([good], { runs: [failed] }), NOW).reasons).toContain(
      'No restore was ever done to its end: how long one takes is not known.',
    );
  });

  test('a failure is told with what was said', () => {
    const failed = runAgo(1, { result: 'failed', code: 'fs.no-space', message: 'the disk is full' });
    expect(verdictOf(statusOf([good], { runs: [failed] }), NOW).reasons).toContain(
      'The last backup failed 60 minutes ago: the disk is full.',
    );
  });
});

test('problems are told with their number and the first of them', () => {
  const problems = ['a.dat is missing.', 'b.dat is missing'];
  expect(verdictOf(statusOf([good], { problems }), NOW).reasons.at(-1)).toBe(
    '2 problems were found, the first: a.dat is missing.',
  );
});

test('thresholds can be set', () => {
  const thresholds = { ageAttentionSeconds: 3600, ageDangerSeconds: 5 * 3600, checkSeconds: 3600 };
  expect(verdictOf(statusOf([good]), NOW, thresholds).level).toBe('danger');
});
