import type { Job, JobProgress } from '../jobs/job-board.js';
import type { JobData, ListedJob } from './schemas.js';

/** A job as the API tells it: times in ISO 8601, null where there is nothing to tell. */
export function jobData(job: Job): JobData {
  const { error, ...rest } = listedJob(job);
  return {
    ...rest,
    error: error === null ? null : { ...error, details: job.error?.details ?? null },
    lines: [...(job.lines ?? [])],
    warnings: [...(job.warnings ?? [])],
    data: job.data ?? null,
  };
}

/** Without what may be long. */
export function listedJob(job: Job): ListedJob {
  const { id, storage, kind, by, state, error } = job;
  return {
    id,
    storage,
    kind,
    level: job.level ?? null,
    by,
    started: new Date(job.startedMs).toISOString(),
    finished: job.finishedMs === undefined ? null : new Date(job.finishedMs).toISOString(),
    state,
    progress: job.progress === undefined ? null : progressData(job.progress),
    summary: job.summary ?? null,
    set: job.set ?? null,
    error:
      error === undefined
        ? null
        : {
            code: error.code,
            message: error.message,
            hint: error.hint ?? null,
          },
    cut: job.cut ?? false,
  };
}

function progressData({ phase, done, total, unit, bytes }: JobProgress): NonNullable<JobData['progress']> {
  return { phase, done, total: total ?? null, unit, bytes: bytes ?? null };
}
