/** The shapes of the API; the OpenAPI document is made from them. Sets are those of `--json` (docs/json.md). */
import { SET_KINDS } from '@holdfast/backup';
import { z } from 'zod';
import { CHECK_LEVELS, JOB_KINDS } from '../jobs/job-board.js';
import { KEPT_JOBS } from '../jobs/job-records.js';

const time = z.string().meta({ format: 'date-time' });
const bytes = z.number();
const transaction = z.object({ tid: z.string(), time });
const verified = z.object({ time, level: z.string(), sound: z.boolean() }).nullable();

const filestoragePart = z.object({
  name: z.string(),
  kind: z.enum(['full', 'increment']),
  chain: z.string(),
  start: bytes,
  end: bytes,
  storedSize: bytes,
  transactions: z.number(),
  last: transaction.nullable(),
});
const blobPart = z.object({
  id: z.string(),
  style: z.string(),
  files: z.number(),
  bytes,
  addedFiles: z.number(),
  addedBytes: bytes,
  missing: z.number(),
});
const set = z.object({
  id: z.string(),
  time,
  kind: z.enum(SET_KINDS),
  origin: z.enum(['holdfast', 'peer']),
  storages: z.array(
    z.object({ storage: z.string(), filestorage: filestoragePart.nullable(), blobs: blobPart.nullable() }),
  ),
  pinned: z.boolean(),
  verified,
  problems: z.array(z.string()),
});

export const setList = z.object({ sets: z.array(set), problems: z.array(z.string()) });
export const setShown = z.object({
  set,
  made: z.object({ started: time, seconds: z.number() }).nullable(),
  files: z.array(
    z.object({
      storage: z.string(),
      repository: z.string().nullable(),
      files: z.array(z.string()),
      sizes: z.array(bytes),
      blobs: z.string().nullable(),
    }),
  ),
});

const progress = z.object({
  phase: z.string(),
  done: z.number(),
  total: z.number().nullable(),
  unit: z.enum(['bytes', 'files']),
  bytes: bytes.nullable(),
});
const jobKind = z.enum(JOB_KINDS);
const level = z.enum(CHECK_LEVELS);
const anything = z.record(z.string(), z.unknown());

const told = z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() });
const listedJob = z.object({
  id: z.string(),
  storage: z.string(),
  kind: jobKind,
  level: level.nullable(),
  by: z.string(),
  started: time,
  finished: time.nullable(),
  state: z.enum(['running', 'done', 'failed', 'cancelled', 'interrupted']),
  progress: progress.nullable(),
  summary: z.string().nullable(),
  set: z.string().nullable(),
  error: told.nullable(),
  cut: z.boolean(),
});
export const job = listedJob.extend({
  error: told.extend({ details: anything.nullable() }).nullable(),
  lines: z.array(z.string()),
  warnings: z.array(z.string()),
  data: anything.nullable(),
});
/** Server-sent events; the data of each is a job. */
export const events = z.string();
export type ListedJob = z.infer<typeof listedJob>;
export type JobData = z.infer<typeof job>;
export const jobList = z.object({ jobs: z.array(listedJob) });
export const newJob = z.strictObject({ storage: z.string().max(64), kind: jobKind, level: level.optional() });

const verdict = z.object({
  level: z.enum(['safe', 'attention', 'danger']),
  headline: z.string(),
  reasons: z.array(z.string()),
});
const snapshot = z.object({
  code: z.string(),
  by: z.string().nullable(),
  entered: time.nullable(),
  renewed: time.nullable(),
  until: time.nullable(),
  size: bytes.nullable(),
  tid: z.string().nullable(),
});
export const storage = z.object({
  name: z.string(),
  kind: z.enum(['filestorage', 'directorystorage', 'zope']),
  backups: z.enum(['site', 'archives']).nullable(),
  snapshot: snapshot.nullable(),
  job: job.nullable(),
  verdict: verdict.nullable(),
});
export type StorageData = z.infer<typeof storage>;
export const storageList = z.object({ storages: z.array(storage) });

const run = z.object({
  kind: z.string(),
  started: time,
  finished: time,
  seconds: z.number(),
  result: z.enum(['done', 'failed', 'cancelled']),
  code: z.string().nullable(),
  message: z.string().nullable(),
  set: z.string().nullable(),
  setKind: z.string().nullable(),
  level: z.string().nullable(),
  bytes: bytes.nullable(),
});
export const runList = z.object({ runs: z.array(run) });
const lock = z.object({
  what: z.string(),
  state: z.enum(['held', 'free', 'unknown']),
  holder: z.string().nullable(),
});
export const lockList = z.object({ locks: z.array(lock) });

export const status = z.object({
  storage: z.string(),
  kind: z.enum(['filestorage', 'directorystorage']),
  time,
  verdict,
  source: z.object({
    present: z.boolean(),
    bytes: bytes.nullable(),
    last: z.object({ tid: z.string(), time: time.nullable() }).nullable(),
  }),
  hasBlobs: z.boolean(),
  newest: z.string().nullable(),
  coveredUntil: time.nullable(),
  verified: z.object({ set: z.string(), time, level: z.string(), sound: z.boolean() }).nullable(),
  uncovered: z.object({ bytes: bytes.nullable(), since: time.nullable() }).nullable(),
  sets: z.array(
    z.object({
      id: z.string(),
      kind: z.enum(SET_KINDS),
      time,
      origin: z.enum(['holdfast', 'peer']),
      part: z.enum(['full', 'increment']).nullable(),
      chain: z.string().nullable(),
      tid: z.string().nullable(),
      dataBytes: bytes.nullable(),
      newBytes: bytes.nullable(),
      storedBytes: bytes.nullable(),
      blobs: z.object({ files: z.number(), bytes, addedFiles: z.number(), addedBytes: bytes }).nullable(),
      seconds: z.number().nullable(),
      verified,
      pinned: z.boolean(),
      whole: z.boolean(),
      problem: z.string().nullable(),
    }),
  ),
  runs: z.array(run),
  locks: z.array(lock),
  problems: z.array(z.string()),
});

export const error = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    hint: z.string(),
    requestId: z.string().optional(),
  }),
});

export const byName = z.object({ name: z.string().max(64) });
export const bySet = z.object({ name: z.string().max(64), id: z.string().max(64) });
export const byJob = z.object({ id: z.string().max(64) });
export const whichJobs = z.object({
  storage: z.string().max(64).optional(),
  limit: z.coerce.number().int().min(1).max(KEPT_JOBS).default(50),
});
