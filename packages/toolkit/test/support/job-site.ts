import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import { commitBlobs, sampleFile, temporaryDirectory, whenDone } from '@holdfast/test-kit';
import type { Job, JobBoard } from '../../src/jobs/job-board.js';
import type { JobBoardOptions } from '../../src/jobs/job-board-options.js';
import type { JobLog } from '../../src/jobs/job-log.js';
import { makeJobBoard } from '../../src/jobs/make-job-board.js';
import type { ToolkitStorage } from '../../src/storages.js';

/** The program as it is started in earnest: the build of the package. */
export const PROGRAM = [
  process.execPath,
  fileURLToPath(new URL('../../dist/jobs/job-program.js', import.meta.url)),
];

export interface JobSite {
  readonly path: string;
  readonly datafs: string;
  readonly configFile: string;
  /** Writes its holdfast.toml anew. */
  configure(toml: string): Promise<void>;
}

/** A site with a small storage with three blobs, and no backup yet. @param name of its directory, in a temporary one */
export async function makeJobSite(toml = '', name = ''): Promise<JobSite> {
  const path = join(await temporaryDirectory(), name);
  const datafs = join(path, 'var/filestorage/Data.fs');
  await mkdir(dirname(datafs), { recursive: true });
  await sampleFile(datafs);
  await commitBlobs({ datafs, blobs: join(path, 'var/blobstorage'), count: 3 });
  const configFile = join(path, 'holdfast.toml');
  const configure = (text: string) => writeFile(configFile, text);
  await configure(toml);
  return { path, datafs, configFile, configure };
}

export function storageOf(name: string, { datafs, configFile }: JobSite): ToolkitStorage {
  return {
    name,
    source: { kind: 'filestorage', dataFs: datafs },
    lifeSeconds: 600,
    backups: { kind: 'site', configFile, storage: 'main' },
  };
}

export interface TestBoard {
  readonly board: JobBoard;
  readonly stateDirectory: string;
  /** What the log got. */
  readonly logged: readonly string[];
  /** The job when it has ended. */
  ended(id: string): Promise<Job>;
}

export async function openBoard(
  storages: readonly ToolkitStorage[],
  options: Partial<JobBoardOptions> = {},
): Promise<TestBoard> {
  const stateDirectory = options.stateDirectory ?? (await temporaryDirectory());
  const logged: string[] = [];
  const write = (fields: object, text: string) => void logged.push(`${text} ${JSON.stringify(fields)}`);
  const log: JobLog = { info: write, warn: write, error: write };
  const board = makeJobBoard({
    storages,
    fs: nodeFileSystem,
    clock: systemClock,
    log,
    program: PROGRAM,
    ...options,
    stateDirectory,
  });
  await board.open();
  whenDone(() => board.close());
  return { board, stateDirectory, logged, ended: (id) => endOf(board, id) };
}

export function endOf(board: JobBoard, id: string): Promise<Job> {
  return until(board, id, ({ state }) => state !== 'running');
}

/** Waits for a job to be as wanted. */
function until(board: JobBoard, id: string, is: (job: Job) => boolean): Promise<Job> {
  return new Promise((resolve) => {
    const stop = board.subscribe((job) => look(job));
    const now = board.get(id);
    if (now !== undefined) look(now);

    function look(job: Job): void {
      if (job.id !== id || !is(job)) return;
      queueMicrotask(() => stop());
      resolve(job);
    }
  });
}
