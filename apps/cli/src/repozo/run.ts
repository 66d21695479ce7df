import { errorLine, HoldfastError, isHoldfastError } from '@holdfast/errors';
import {
  backup,
  chooseMoment,
  type Engine,
  REASON_TEXT,
  readRepository,
  removeOlderChains,
  restoreToFile,
  restoreToSink,
  stampOf,
  verify,
} from '@holdfast/filestorage-backup';
import { lockRepository } from '@holdfast/lockfile';
import { makeContext, makeEngine } from '../context.js';
import { makeOutput, type Streams } from '../output.js';
import { stdoutSink } from '../stdout-sink.js';
import { HELP, parseRepozo, type RepozoArguments } from './arguments.js';

/** `holdfast repozo`, `holdfast-repozo`: repozo's options, streams and exit statuses (0 and 1). */
export async function runRepozo(streams: Streams, argv: readonly string[]): Promise<number> {
  const line = parseRepozo(argv);
  if (line.kind === 'help') {
    streams.stdout.write(`${HELP}\n`);
    return 0;
  }
  if (line.kind === 'wrong') {
    streams.stderr.write(`${HELP}\n${line.message}\n`);
    return 1;
  }
  try {
    await run(streams, line.arguments);
    return 0;
  } catch (error) {
    streams.stderr.write(`${errorLine(error)}\n`);
    if (isHoldfastError(error) && error.code === 'repository.other-history')
      streams.stderr.write(`${error.hint}\n`);
    return 1;
  }
}

type Log = (text: string) => void;

async function run(streams: Streams, options: RepozoArguments): Promise<void> {
  const log: Log = (text) => {
    if (options.verbose) streams.stderr.write(`${text}\n`);
  };
  for (const name of options.ignored) log(`--${name} option is ignored in ${options.mode} mode`);
  const output = makeOutput(streams, { json: false, quiet: true, verbose: options.verbose });
  const engine = makeEngine(makeContext(streams, output), options.repository);
  if (options.mode === 'backup') return runBackup(engine, options, log, streams);
  if (options.mode === 'recover') return runRecover(engine, options, log);
  return runVerify(engine, options, log);
}

async function runBackup(
  engine: Engine,
  options: RepozoArguments,
  log: Log,
  streams: Streams,
): Promise<void> {
  await engine.store.list();
  await using lock = await lockRepository(options.repository, { command: 'holdfast repozo -B' });
  const { file, full, quick, gzip, acceptNewHistory } = options;
  const result = await backup(engine, {
    source: file!,
    full,
    thorough: !quick,
    gzip,
    acceptNewHistory,
    lock,
  });
  for (const warning of result.warnings) streams.stderr.write(`${warning}\n`);
  for (const { kind, name } of result.repairs) log(`mended: ${kind} ${name}`);
  if (result.kind === 'nothing') return log('No changes, nothing to do');
  log(REASON_TEXT[result.reason as keyof typeof REASON_TEXT] ?? result.reason);
  const size = result.end - result.start;
  log(
    `writing ${result.kind === 'full' ? 'full backup' : 'incremental'}: ${size} bytes to ${options.repository}/${result.name}`,
  );
  if (!options.killOld || result.kind !== 'full') return;
  await lock.assertHeld();
  for (const name of await removeOlderChains(engine, await readRepository(engine)))
    log(`removing old backup file ${name}`);
}

async function runRecover(engine: Engine, options: RepozoArguments, log: Log): Promise<void> {
  const when = options.date ?? stampOf(engine.clock.now());
  log(`looking for files between last full backup and ${when}...`);
  const moment = choose(await readRepository(engine), options.date, when);
  log(`files needed to recover state as of ${when}:`);
  for (const { name } of moment.path) log(`\t${engine.store.location}/${name}`);
  for (const warning of moment.warnings) log(warning);
  const request = { moment, check: options.withVerify };
  if (options.output === undefined) {
    log('Recovering file to stdout');
    const { bytes } = await restoreToSink(engine, request, stdoutSink);
    return log(`Recovered ${bytes} bytes`);
  }
  log(`Recovering file to ${options.output}`);
  const { bytes } = await restoreToFile(engine, { ...request, output: options.output, keepOld: false });
  log(`Recovered ${bytes} bytes`);
}

function choose(repository: Parameters<typeof chooseMoment>[0], date: string | undefined, when: string) {
  try {
    return chooseMoment(repository, when);
  } catch (error) {
    if (!isHoldfastError(error, 'repository.no-backup')) throw error;
    const message = date === undefined ? 'No files in repository' : `No files in repository before ${date}`;
    throw new HoldfastError('repository.no-backup', message, { cause: error });
  }
}

async function runVerify(engine: Engine, options: RepozoArguments, log: Log): Promise<void> {
  const repository = await readRepository(engine);
  choose(repository, undefined, stampOf(engine.clock.now()));
  const report = await verify(engine, { level: options.quick ? 'sizes' : 'deep', chains: 'newest' });
  for (const { name } of report.files) log(`Verifying ${engine.store.location}/${name}`);
  if (report.sound) return;
  const [first] = [...report.files.flatMap(({ error }) => error ?? []), ...report.problems];
  throw new HoldfastError('repository.verify-failed', first ?? 'the newest backups are not sound');
}
