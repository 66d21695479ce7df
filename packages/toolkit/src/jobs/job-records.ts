import { join } from 'node:path';
import {
  type FileSystem,
  makeDirectories,
  publishFile,
  readSmallFile,
  removeIfThere,
  removeLeftovers,
} from '@holdfast/durable-fs';
import type { ProcessIdentity } from '@holdfast/lockfile';
import { z } from 'zod';
import { CHECK_LEVELS, JOB_KINDS, type Job } from './job-board.js';
import { isJobId } from './job-id.js';

/** A job as it lies in `<state directory>/jobs/<id>.json`. */
export interface JobRecord {
  readonly version: 1;
  readonly job: Job;
  /** Its process, while it runs. */
  readonly process: ProcessIdentity | undefined;
}

/** So many are kept; older ones are removed. */
export const KEPT_JOBS = 200;
const SUFFIX = '.json';
/** Bytes of one, about. */
export const LONGEST_RECORD = 64 << 10;
/** Bytes; what is longer is no record. */
const LARGEST = 4 << 20;

const schema = z.object({
  version: z.literal(1),
  job: z.object({
    id: z.string().refine(isJobId),
    storage: z.string(),
    kind: z.enum(JOB_KINDS),
    level: z.enum(CHECK_LEVELS).optional(),
    by: z.string(),
    startedMs: z.number(),
    finishedMs: z.number().optional(),
    state: z.enum(['running', 'done', 'failed', 'cancelled', 'interrupted']),
    summary: z.string().optional(),
    set: z.string().optional(),
    error: z
      .object({
        code: z.string(),
        message: z.string(),
        hint: z.string().optional(),
        details: z.record(z.string(), z.unknown()).optional(),
      })
      .optional(),
    lines: z.array(z.string()).optional(),
    warnings: z.array(z.string()).optional(),
    data: z.record(z.string(), z.unknown()).optional(),
    cut: z.boolean().optional(),
  }),
  process: z
    .object({
      host: z.string(),
      pid: z.number().int().min(2),
      processStart: z.string().optional(),
      bootId: z.string().optional(),
    })
    .optional(),
});

/** The records of jobs in a directory, which nobody else writes to. */
export class JobRecords {
  readonly directory: string;

  constructor(
    private readonly fs: FileSystem,
    stateDirectory: string,
  ) {
    this.directory = join(stateDirectory, 'jobs');
  }

  /** Oldest first. @param unreadable told of each record that is none */
  async read(unreadable: (name: string, error: unknown) => void): Promise<readonly JobRecord[]> {
    await makeDirectories(this.fs, this.directory);
    await removeLeftovers(this.fs, this.directory);
    const records: JobRecord[] = [];
    for (const { name } of await this.fs.readDirectory(this.directory)) {
      if (!name.endsWith(SUFFIX) || !isJobId(name.slice(0, -SUFFIX.length))) continue;
      try {
        records.push(await this.readOne(name));
      } catch (error) {
        unreadable(name, error);
      }
    }
    return records.sort((a, b) => (a.job.id < b.job.id ? -1 : 1));
  }

  /** Durable when it returns; never half of it. */
  async write(record: JobRecord): Promise<void> {
    const { progress: _, ...job } = record.job;
    await publishFile(this.fs, this.path(job.id), `${JSON.stringify({ ...record, job })}\n`, {
      replace: true,
    });
  }

  async remove(id: string): Promise<void> {
    await removeIfThere(this.fs, this.path(id));
  }

  private async readOne(name: string): Promise<JobRecord> {
    const text = (await readSmallFile(this.fs, join(this.directory, name), LARGEST)).toString('utf8');
    const { version, job, process } = schema.parse(JSON.parse(text));
    if (`${job.id}${SUFFIX}` !== name) throw new Error('it has the name of another job');
    return {
      version,
      job,
      process: process === undefined ? undefined : { processStart: undefined, bootId: undefined, ...process },
    };
  }

  private path(id: string): string {
    return join(this.directory, `${id}${SUFFIX}`);
  }
}
