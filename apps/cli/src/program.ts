import { EXIT, HoldfastError, isHoldfastError } from '@holdfast/errors';
import { nameOfCommand } from './command-line/commands.js';
import type { CommandSpec } from './command-line/spec.js';
import { exitStatusOf, type FailedCommand, printError, unwrapAbort } from './failure.js';
import type { OutputFlags } from './output.js';
import type { Streams } from './streams.js';

/** Runs one command line; the exit status. Never throws, never prints a stack trace unasked. */
export async function runHoldfast(
  streams: Streams,
  argv: readonly string[],
  version: string,
): Promise<number> {
  if (argv[0] === 'repozo') {
    const { runRepozo } = await import('./repozo/run.js');
    return runRepozo(streams, argv.slice(1));
  }
  let running: FailedCommand = {
    command: nameOfCommand(argv),
    json: argv.includes('--json'),
    verbose: argv.includes('--verbose') || argv.includes('-v'),
  };
  try {
    let line = argv;
    if (argv[0] === 'snapshot') {
      const { runSnapshotLine } = await import('./commands/snapshot.js');
      const status = await runSnapshotLine(streams, argv.slice(1));
      if (status !== undefined) return status;
      line = ['snapshot', '--help'];
    }
    const { commandTree } = await import('./command-line/tree.js');
    const { stdout, stderr } = streams;
    const help = {
      asked: (text: string) => stdout.write(text),
      unasked: (text: string) => stderr.write(text),
    };
    let status: number = EXIT.ok;
    const program = commandTree(version, help, async (spec, flags, options, words) => {
      running = { command: spec.name, ...flags };
      status = await runCommand(streams, spec, flags, options, words);
    });
    await program.parseAsync([...line], { from: 'user' });
    return status;
  } catch (thrown) {
    const error = await asUsageError(running, unwrapAbort(thrown));
    if (error === undefined || isHoldfastError(error, 'restore.declined')) return EXIT.ok;
    printError(streams, running, error);
    return exitStatusOf(error);
  }
}

async function runCommand(
  streams: Streams,
  spec: CommandSpec,
  flags: OutputFlags,
  options: object,
  words: readonly string[],
): Promise<number> {
  const { makeContext } = await import('./context.js');
  const context = makeContext(streams, flags);
  try {
    return await spec.run(context, options, words);
  } finally {
    context.progress.end();
  }
}

/** What commander has to say, as an error of Holdfast's; undefined where it only showed help or the version. */
async function asUsageError({ command }: FailedCommand, error: unknown): Promise<unknown> {
  const { CommanderError } = await import('commander');
  if (!(error instanceof CommanderError)) return error;
  if (error.exitCode === 0) return undefined;
  const help = command === 'holdfast' ? 'holdfast --help' : `holdfast ${command} --help`;
  const hint = `Run \`${help}\`.`;
  if (error.code === 'commander.help')
    return new HoldfastError('usage', 'no command was given', {
      hint: 'Give one of the commands of its help.',
    });
  const message = error.message
    .replace(/^error: /, '')
    .replace(/\n\(Did you mean (.*)\?\)$/, ' (did you mean $1?)')
    .replace(/\.$/, '');
  return new HoldfastError('usage', message, { hint });
}
