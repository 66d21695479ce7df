import { lockSource } from '@holdfast/backup';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { EXIT, errorLine, isHoldfastError, printable } from '@holdfast/errors';
import {
  type BackupResult,
  backup,
  type Engine,
  parseDataName,
  REASON_TEXT,
  readRepository,
  removeOlderChains,
} from '@holdfast/filestorage-backup';
import { lockRepository } from '@holdfast/lockfile';
import { type Context, makeContext, makeEngine } from '../context.js';
import { unwrapAbort } from '../failure.js';
import type { Streams } from '../streams.js';
import { parseRepozo, type RepozoArguments } from './arguments.js';
import { HELP } from './help.js';
import { recover } from './recover.js';
import { verifyNewest } from './verify.js';

/** `holdfast repozo`, `holdfast-repozo`: repozo's options, streams and exit statuses (0 and 1). */
export async function runRepozo(streams: Streams, argv: readonly string[]): Promise<number> {
  const line = parseRepozo(argv);
  if (line.kind === 'help') {
    streams.stdout.write(`${HELP}\n`);
    return EXIT.ok;
  }
  if (line.kind === 'wrong') {
    streams.stderr.write(`${HELP}\n${printable(line.message)}\n`);
    return EXIT.failure;
  }
  try {
    await run(streams, line.arguments);
    return EXIT.ok;
  } catch (thrown) {
    const error = unwrapAbort(thrown);
    streams.stderr.write(`${errorLine(error)}\n`);
    if (isHoldfastError(error) && WITH_HINT.has(error.code)) streams.stderr.write(`${error.hint}\n`);
    return EXIT.failure;
  }
}

/** Refusals that repozo does not know: what to do must be said. */
const WITH_HINT: ReadonlySet<string> = new Set([
  'repository.other-history',
  'repository.clock-behind',
  'restore.target-in-use',
  'lock.busy',
]);

/** One run: what to do, with what, and where `-v` is told of it. */
export interface RepozoRun {
  readonly context: Context;
  readonly engine: Engine;
  readonly options: RepozoArguments;
  /** With `-v`, on standard error. */
  readonly log: (text: string) => void;
  readonly warn: (text: string) => void;
}

async function run(streams: Streams, options: RepozoArguments): Promise<void> {
  const context = makeContext(streams, { json: false, quiet: true, verbose: options.verbose });
  const engine = makeEngine(context, options.repository);
  const warn = (text: string) => streams.stderr.write(`${printable(text)}\n`);
  const log = (text: string) => {
    // repozo indents the names of files with a tab.
    if (options.verbose)
      streams.stderr.write(`${text.startsWith('\t') ? '\t' : ''}${printable(text.trimStart())}\n`);
  };
  const job: RepozoRun = { context, engine, options, warn, log };
  for (const name of options.ignored) job.log(`--${name} option is ignored in ${options.mode} mode`);
  switch (options.mode) {
    case 'backup':
      return runBackup(job);
    case 'recover':
      return recover(job);
    case 'verify':
      return verifyNewest(job);
  }
}

async function runBackup({ context, engine, options, log, warn }: RepozoRun): Promise<void> {
  await engine.store.list();
  await using lock = await lockRepository(options.repository, {
    command: 'holdfast repozo -B',
    waitMs: 1000,
    signal: context.signal,
  });
  const { file, full, quick, gzip, acceptNewHistory } = options;
  await using _source = await lockSource(
    { fs: nodeFileSystem, command: 'holdfast repozo -B', signal: context.signal },
    file!,
  );
  const result = await backup(engine, {
    source: file!,
    full,
    thorough: !quick,
    gzip,
    acceptNewHistory,
    lock,
  });
  for (const text of result.warnings) warn(text);
  logBackup(result, options, log);
  if (!options.killOld || result.kind !== 'full') return;
  await lock.assertHeld();
  for (const name of await removeOlderChains(engine, await readRepository(engine))) {
    if (parseDataName(name) !== undefined) log(`removing old backup file ${name} (and .dat / .index)`);
  }
}

function logBackup(result: BackupResult, { repository }: RepozoArguments, log: RepozoRun['log']): void {
  for (const { kind, name } of result.repairs) log(`mended: ${kind} ${name}`);
  if (result.kind === 'nothing') {
    log('No changes, nothing to do');
    return;
  }
  if (result.reason !== 'unfinished-tail') log(REASON_TEXT[result.reason]);
  const what = result.kind === 'full' ? 'full backup' : 'incremental';
  log(`writing ${what}: ${result.end - result.start} bytes to ${repository}/${result.name}`);
}
