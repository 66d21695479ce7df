import { lockForReading } from '@holdfast/backup';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import {
  type ChosenMoment,
  chooseMoment,
  type Repository,
  readRepository,
  restoreToFile,
  restoreToSink,
  stampOf,
} from '@holdfast/filestorage-backup';
import { refuseInUse } from '../restore-target.js';
import type { RepozoRun } from './run.js';

/** `-R`. */
export async function recover(run: RepozoRun): Promise<void> {
  const { engine, options, log, warn } = run;
  await using _lock = await lockIfFree(run);
  const repository = await readRepository(engine);
  const moment = choose(run, repository, options.date);
  for (const text of moment.warnings) warn(text);
  const request = { moment, check: options.withVerify };
  if (options.output === undefined) {
    log('Recovering file to stdout');
    const { bytes } = await restoreToSink(engine, request, run.context.streams.stdout.send);
    logRecovered(run, moment, bytes);
    return;
  }
  log(`Recovering file to ${options.output}`);
  await refuseInUse(options.output);
  const result = await restoreToFile(engine, { ...request, output: options.output, keepOld: false });
  logRecovered(run, moment, result.bytes);
  for (const text of result.warnings) warn(text);
}

/** repozo recovers beside a running backup; so does this, which reads the repository as it is then. */
async function lockIfFree({ context, options, log }: RepozoRun): Promise<AsyncDisposable> {
  try {
    const locking = { fs: nodeFileSystem, command: 'holdfast repozo -R', signal: context.signal };
    return await lockForReading(locking, options.repository);
  } catch (error) {
    if (!isHoldfastError(error, 'lock.busy')) throw error;
    log(`not locked: ${error.message}`);
    return { [Symbol.asyncDispose]: async () => {} };
  }
}

/** The state as of a date, now without one. @throws HoldfastError with repozo's message when there is none */
export function choose(
  { engine, log }: RepozoRun,
  repository: Repository,
  date: string | undefined,
): ChosenMoment {
  const when = date ?? stampOf(engine.clock.now());
  log(`looking for files between last full backup and ${when}...`);
  try {
    const moment = chooseMoment(repository, when);
    log(`files needed to recover state as of ${when}:`);
    for (const { name } of moment.path) log(`\t${engine.store.location}/${name}`);
    return moment;
  } catch (error) {
    if (!isHoldfastError(error, 'repository.no-backup')) throw error;
    log('no files found');
    const message = date === undefined ? 'No files in repository' : `No files in repository before ${date}`;
    throw new HoldfastError('repository.no-backup', message, { cause: error });
  }
}

function logRecovered({ engine, options, log }: RepozoRun, moment: ChosenMoment, bytes: number): void {
  if (!options.withVerify) {
    log(`Recovered ${bytes} bytes`);
    return;
  }
  for (const { name, start, end, md5 } of moment.path) {
    log(`Recovered chunk ${engine.store.location}/${name} : ${end - start} bytes, md5: ${md5}`);
  }
  log(`Recovered a total of ${bytes} bytes`);
}
