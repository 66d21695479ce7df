import type { RunEntry } from '@holdfast/backup';
import type { LockStatus, SetSummary, StorageStatus } from '@holdfast/monitor';
import { Random } from '@holdfast/test-kit';
import { type Identity, type Job, pathFilter, type ToolkitStorage } from '../../src/index.js';
import type { SeenStorage, Viewer } from '../../src/page/model/seen.js';

/** 21 November 2026, 12:00:05 UTC. */
export const NOW = Date.UTC(2026, 10, 21, 12, 0, 5);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MB = 1e6;
const GB = 1e9;

/** A storage of which no backup was made yet. */
export const NOTHING: Partial<StorageStatus> = {
  sets: [],
  newest: undefined,
  verified: undefined,
  uncovered: undefined,
  runs: [],
  locks: [],
};

export const ADMIN: Identity = { user: 'alice', roles: new Set(['admin']) };

export function viewer(fields: Partial<Viewer> = {}): Viewer {
  return {
    identity: ADMIN,
    csrf: 'token-of-alice',
    nowMs: NOW,
    title: 'intranet.example.org',
    paths: pathFilter([storage()]),
    ...fields,
  };
}

export function storage(fields: Partial<ToolkitStorage> = {}): ToolkitStorage {
  return {
    name: 'main',
    source: { kind: 'filestorage', dataFs: '/srv/zope/var/filestorage/Data.fs' },
    lifeSeconds: 3600,
    backups: { kind: 'site', configFile: '/etc/holdfast.toml', storage: 'main' },
    ...fields,
  };
}

/** Five weeks of daily backups, a full one each Sunday, with blobs; one restore test. */
export function sets(days = 36): SetSummary[] {
  const random = new Random(6);
  const list: SetSummary[] = [];
  let data = 11.2 * GB;
  let blobs = 38 * GB;
  let files = 182_400;
  let chain = '';
  for (let day = days; day >= 1; day--) {
    const timeMs = Date.UTC(2026, 10, 22, 2, 0, 0) - day * DAY;
    const full = chain === '' || new Date(timeMs).getUTCDay() === 0;
    const newBytes = Math.round((20 + random.below(240)) * MB);
    const addedFiles = 80 + random.below(900);
    data += newBytes;
    blobs += addedFiles * 180_000;
    files += addedFiles;
    const id = new Date(timeMs).toISOString().slice(0, 19).replaceAll(/[:T]/g, '-');
    if (full) chain = id;
    const stored = full ? data * 0.34 : newBytes * 0.36;
    list.push({
      id,
      kind: 'backup',
      timeMs,
      origin: 'holdfast',
      part: full ? 'full' : 'increment',
      chain,
      tid: '0406a3f1c2d4e5ff',
      dataBytes: Math.round(data),
      newBytes: full ? Math.round(data) : newBytes,
      storedBytes: Math.round(stored),
      blobs: { files, bytes: blobs, addedFiles, addedBytes: addedFiles * 180_000 },
      seconds: full ? 190 + random.below(60) : 4 + random.below(9),
      verified:
        day % 3 === 1
          ? { timeMs: timeMs + HOUR, level: day === 1 ? 'deep' : 'stored', sound: true }
          : undefined,
      pinned: day === 29,
      whole: true,
    });
  }
  return list;
}

function runs(of: readonly SetSummary[] = sets()): RunEntry[] {
  const made = of.map(({ id, timeMs, seconds, storedBytes }, index): RunEntry => {
    const failed = index === of.length - 9;
    return {
      kind: 'backup',
      startedMs: timeMs,
      finishedMs: timeMs + (seconds ?? 0) * 1000,
      result: failed ? 'failed' : 'done',
      ...(failed
        ? { code: 'fs.no-space', message: 'No space left on the device: /backup/zope/2026-11-13.fsz' }
        : { set: id, bytes: storedBytes }),
    };
  });
  const checks = of
    .filter(({ verified }) => verified !== undefined)
    .map(
      ({ id, verified }): RunEntry => ({
        kind: 'verify',
        startedMs: verified!.timeMs,
        finishedMs: verified!.timeMs + (verified!.level === 'deep' ? 412_000 : 96_000),
        result: 'done',
        set: id,
        level: verified!.level === 'deep' ? 'deep' : 'stored',
        bytes: 4.4 * GB,
      }),
    );
  const test: RunEntry = {
    kind: 'restore-test',
    startedMs: NOW - 12 * DAY,
    finishedMs: NOW - 12 * DAY + 1_340_000,
    result: 'done',
    set: of[20]?.id,
    bytes: 54 * GB,
  };
  return [...made, ...checks, test].sort((a, b) => a.startedMs - b.startedMs);
}

const LOCKS: readonly LockStatus[] = [
  {
    what: 'storage',
    path: '/srv/zope/var/filestorage/Data.fs.lock',
    state: 'held',
    holder: 'pid 4711, runzeo, for 19 days',
  },
  { what: 'repository', path: '/backup/zope/data/.holdfast.lock', state: 'free', holder: undefined },
  { what: 'repository', path: '/backup/zope/blobs/.holdfast.lock', state: 'free', holder: undefined },
];

/** A storage that is safe, unless the fields say otherwise. */
export function status(fields: Partial<StorageStatus> = {}): StorageStatus {
  const list = fields.sets ?? sets();
  const newest = list.at(-1);
  return {
    name: 'main',
    kind: 'filestorage',
    readAtMs: NOW,
    source: {
      path: '/srv/zope/var/filestorage/Data.fs',
      present: true,
      bytes: (newest?.dataBytes ?? 0) + 61 * MB,
      tid: '0406a41122334455',
      committedMs: NOW - 90_000,
    },
    blobStorage: '/srv/zope/var/blobstorage',
    sets: list,
    newest,
    verified: newest?.verified && { setId: newest.id, ...newest.verified },
    uncovered: newest && { bytes: 61 * MB, sinceMs: newest.timeMs },
    runs: runs(list),
    locks: LOCKS,
    problems: [],
    verdict: {
      level: 'safe',
      headline: 'A restore would give the state of 2026-11-21 02:00 UTC, 10 hours ago.',
      reasons: [
        'The set 2026-11-21-02-00-00 can be restored (increment, Data.fs 15.9 GB, 199,204 blob files of 41.0 GB).',
        'It is 10 hours old; up to 26 hours are expected.',
        'It was checked 9 hours ago (deep) and is sound.',
        'A crash now would lose 61.0 MB of Data.fs, committed since 2026-11-21 02:00 UTC.',
        'The last restore test took 22 minutes.',
      ],
    },
    ...fields,
  };
}

export function seen(fields: Partial<SeenStorage> = {}): SeenStorage {
  return {
    storage: storage(),
    status: { kind: 'read', status: status() },
    snapshotCode: { kind: 'known', code: null },
    held: undefined,
    jobs: [],
    busyWith: fields.jobs?.find(({ state }) => state === 'running'),
    ...fields,
  };
}

export function job(fields: Partial<Job> = {}): Job {
  return {
    id: '20261121T115830-7c1e',
    storage: 'main',
    kind: 'backup',
    by: 'alice',
    startedMs: NOW - 95_000,
    state: 'running',
    progress: { phase: 'copying', done: 6.1 * GB, total: 15.9 * GB, unit: 'bytes' },
    ...fields,
  };
}

/** Three storages: one in danger with a job that failed, one in a snapshot, one that is safe and being backed up. */
export function scene(): readonly SeenStorage[] {
  return [
    seen({
      jobs: [
        job(),
        job({
          id: '20261121T080000-01ab',
          kind: 'verify',
          level: 'deep',
          state: 'done',
          startedMs: NOW - 4 * HOUR,
          finishedMs: NOW - 4 * HOUR + 412_000,
          progress: undefined,
          summary: 'Sound: 36 sets, 14.9 GB read.',
        }),
      ],
    }),
    catalog(),
    archive(),
  ];
}

function catalog(): SeenStorage {
  const list = sets(12).slice(0, -4);
  return seen({
    storage: storage({
      name: 'catalog',
      source: { kind: 'directorystorage', directory: '/srv/zope/var/catalog' },
      backups: { kind: 'site', configFile: '/etc/holdfast.toml', storage: 'catalog' },
    }),
    held: {
      storage: 'catalog',
      code: 'user/nightly',
      by: 'backup',
      enteredMs: NOW - 14 * 60_000,
      renewedMs: NOW - 60_000,
      untilMs: NOW + 59 * 60_000,
      frozen: undefined,
    },
    snapshotCode: { kind: 'known', code: 'user/nightly' },
    status: {
      kind: 'read',
      status: status({
        name: 'catalog',
        sets: list,
        verified: undefined,
        uncovered: { bytes: 1.9 * GB, sinceMs: list.at(-1)!.timeMs },
        problems: ['The directory of the backups is 96% full.'],
        verdict: {
          level: 'danger',
          headline:
            'A restore would give the state of 2026-11-17 02:00 UTC, 4 days ago, but no backup was made for 4 days.',
          reasons: ['It is 4 days old; more than 3 days are a danger.'],
        },
      }),
    },
    jobs: [
      job({
        id: '20261121T060000-aa10',
        storage: 'catalog',
        kind: 'fullbackup',
        state: 'failed',
        startedMs: NOW - 6 * HOUR,
        finishedMs: NOW - 6 * HOUR + 42_000,
        progress: undefined,
        error: {
          code: 'fs.no-space',
          message: 'No space left on the device: /backup/catalog/2026-11-21.fsz',
          hint: 'Free space in /backup/catalog, or let `prune` do it, then run the backup again.',
        },
      }),
    ],
  });
}

function archive(): SeenStorage {
  return seen({
    storage: storage({
      name: 'archive-2019',
      source: { kind: 'directorystorage', directory: '/srv/archive' },
      backups: undefined,
    }),
    status: { kind: 'not-backed-up' },
  });
}
