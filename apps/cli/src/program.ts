import { EXIT, exitStatusOf, HoldfastError, isHoldfastError } from '@holdfast/errors';
import { type Command, CommanderError, Command as Program } from 'commander';
import type { BackupOptions } from './commands/backup.js';
import type { RestoreOptions } from './commands/restore.js';
import type { VerifyOptions } from './commands/verify.js';
import { type Context, makeContext } from './context.js';
import { makeOutput, printError, type Streams } from './output.js';

interface GlobalOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** Runs one command line; the exit status. Never throws, never prints a stack trace. */
export async function runHoldfast(
  streams: Streams,
  argv: readonly string[],
  version: string,
): Promise<number> {
  if (argv[0] === 'repozo') {
    const { runRepozo } = await import('./repozo/run.js');
    return runRepozo(streams, argv.slice(1));
  }
  let current = 'holdfast';
  const program = makeProgram(streams, version, (command) => {
    current = command;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return commanderStatus(streams, error);
    if (!isHoldfastError(error, 'restore.declined')) {
      printError(streams, current, unwrapAbort(error), argv.includes('--json'));
    }
    return exitStatusOf(unwrapAbort(error));
  }
}

/** An aborted signal throws its reason; what else ends as AbortError was stopped all the same. */
function unwrapAbort(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'AbortError') return error;
  if (isHoldfastError(error.cause)) return error.cause;
  return new HoldfastError('cancelled', 'stopped; nothing was published', { cause: error });
}

function commanderStatus(streams: Streams, error: CommanderError): number {
  if (error.exitCode === 0) return EXIT.ok;
  if (error.code !== 'commander.help')
    streams.stderr.write(`holdfast: ${error.message.replace(/^error: /, '')}\n`);
  return EXIT.usage;
}

function makeProgram(streams: Streams, version: string, enter: (command: string) => void): Command {
  const program = new Program('holdfast')
    .description('Backups of ZODB databases that restore.')
    .version(version)
    .option('--json', 'print one JSON object instead of text')
    .option('-q, --quiet', 'print errors and warnings only')
    .option('-v, --verbose', 'tell on standard error what is done')
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => streams.stdout.write(text),
      writeErr: () => {},
      outputError: () => {},
    })
    .action(() => {
      streams.stderr.write(program.helpInformation());
      throw new CommanderError(EXIT.usage, 'commander.help', 'no command');
    });
  const action =
    <Args extends readonly unknown[]>(
      name: string,
      call: (context: Context, ...args: Args) => Promise<void>,
    ) =>
    (...args: [...Args, ...unknown[]]) => {
      enter(name);
      const flags = program.optsWithGlobals<GlobalOptions>();
      const own = args.findLast((arg): arg is Command => arg instanceof Program);
      const {
        json = false,
        quiet = false,
        verbose = false,
      } = { ...flags, ...own?.optsWithGlobals<GlobalOptions>() };
      const context = makeContext(streams, makeOutput(streams, { json, quiet, verbose }));
      return call(context, ...(args as unknown as Args)).finally(() => context.progress.end());
    };
  addBackup(program, action);
  addRestore(program, action);
  addList(program, action);
  addVerify(program, action);
  program
    .command('repozo')
    .description("repozo's own command line: -B, -R, -V and their options (holdfast repozo --help)")
    .helpOption(false)
    .allowUnknownOption();
  for (const command of program.commands) shareFlags(command);
  return program;
}

type Action = <Args extends readonly unknown[]>(
  name: string,
  call: (context: Context, ...args: Args) => Promise<void>,
) => (...args: [...Args, ...unknown[]]) => Promise<void>;

/** `holdfast backup -q` and `holdfast -q backup` mean the same. */
function shareFlags(command: Command): void {
  command
    .option('--json', 'print one JSON object instead of text')
    .option('-q, --quiet', 'print errors and warnings only')
    .option('-v, --verbose', 'tell on standard error what is done');
}

const REPOSITORY = [
  '--repository <dir>',
  'directory of the backups (default: var/backups of the site)',
] as const;

function addBackup(program: Command, action: Action): void {
  const specs = [
    {
      name: 'backup',
      full: false,
      text: 'back up what is new in a Data.fs (a full backup where that is needed)',
    },
    { name: 'fullbackup', full: true, text: 'back up the whole of a Data.fs' },
  ];
  for (const { name, full, text } of specs) {
    const command = program
      .command(name)
      .description(text)
      .option('--datafs <file>', 'the storage (default: var/filestorage/Data.fs of the site)')
      .option(...REPOSITORY)
      .option('--no-gzip', 'do not compress')
      .option('--codec <name>', 'compressor: auto, libdeflate or zlib', 'auto')
      .option('--accept-new-history', 'take a storage that is not the one backed up here as a new history')
      .option('--dry-run', 'tell what would be done, and do nothing');
    if (!full) {
      command
        .option('--full', 'make a full backup')
        .option('--thorough', 'compare all that was backed up before, not only its checkpoints');
    }
    command.addHelpText(
      'after',
      examples([`holdfast ${name}`, `holdfast ${name} --datafs /srv/site/Data.fs --repository /backup/site`]),
    );
    command.action(
      action(name, async (context, options: BackupOptions) => {
        const { backupCommand } = await import('./commands/backup.js');
        await backupCommand(context, full ? { ...options, full } : options);
      }),
    );
  }
}

function addRestore(program: Command, action: Action): void {
  program
    .command('restore')
    .description('restore a Data.fs as it was at a date, or as it was last backed up')
    .argument(
      '[date]',
      'UTC: YYYY-MM-DD (the last backup of that day), or with a time: YYYY-MM-DD HH:MM[:SS]',
    )
    .option(...REPOSITORY)
    .option(
      '-o, --output <file>',
      'where to restore to, - for standard output (default: the Data.fs of the site)',
    )
    .option('--no-verify', 'do not compare what is read with what was recorded of it')
    .option('-n, --no-prompt', 'do not ask before a file is replaced')
    .option('--replace', 'do not keep the replaced file as .old')
    .addHelpText(
      'after',
      examples(['holdfast restore', 'holdfast restore "2026-11-20 14:30" --output /tmp/Data.fs']),
    )
    .action(
      action('restore', async (context, date: string | undefined, options: RestoreOptions) => {
        const { restoreCommand } = await import('./commands/restore.js');
        await restoreCommand(context, date, options);
      }),
    );
}

function addList(program: Command, action: Action): void {
  program
    .command('list')
    .description('list the moments that can be restored')
    .option(...REPOSITORY)
    .addHelpText('after', examples(['holdfast list', 'holdfast list --json | jq ".backups[-1].name"']))
    .action(
      action('list', async (context, options: { repository?: string }) => {
        const { listCommand } = await import('./commands/list.js');
        await listCommand(context, options);
      }),
    );
}

function addVerify(program: Command, action: Action): void {
  program
    .command('verify')
    .description('check that every backup could be restored')
    .option(...REPOSITORY)
    .option('--quick', 'names, ranges and sizes only')
    .option('--deep', 'decompress everything and walk every transaction')
    .addHelpText('after', examples(['holdfast verify', 'holdfast verify --deep --repository /backup/site']))
    .action(
      action('verify', async (context, options: VerifyOptions) => {
        const { verifyCommand } = await import('./commands/verify.js');
        await verifyCommand(context, options);
      }),
    );
}

function examples(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}\n`;
}
