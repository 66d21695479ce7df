import { createRequire } from 'node:module';
import { EXIT, HoldfastError } from '@holdfast/errors';
import { Command, CommanderError } from 'commander';
import { check } from './commands/check.js';
import { passwd } from './commands/passwd.js';
import { run } from './commands/run.js';
import { exitStatusOf, printError } from './failure.js';

const CONFIG = ['-c, --config <file>', 'the configuration, a toolkit.toml'] as const;

const { version } = createRequire(import.meta.url)('../package.json') as { readonly version: string };

interface Options {
  readonly config?: string;
}

/** Not a required option of commander's: the one of the program would be required of its commands too. */
function needed(config: string | undefined): string {
  if (config === undefined) throw new HoldfastError('usage', 'which configuration? Give --config FILE');
  return config;
}

/** The command line: `argv` without the interpreter and the script. @returns the exit status */
export async function runProgram(argv: readonly string[]): Promise<number> {
  let status = 0;
  const set = async (work: Promise<number>) => {
    status = await work;
  };
  const program = new Command('holdfast-toolkit')
    .description(
      'The server beside the database server: snapshots, backups, and a page that shows how safe the site is.',
    )
    .version(version, '-V, --version', 'show the version')
    .enablePositionalOptions()
    .exitOverride()
    .option(...CONFIG)
    .action(({ config }: Options) => set(run(needed(config))));
  program
    .command('check')
    .description('look at the configuration, say what would be served, and end')
    .option(...CONFIG)
    .action(({ config }: Options) => set(check(needed(config))));
  program
    .command('passwd')
    .description('give a user of an access file a password; it is asked for, or read from standard input')
    .argument('<file>', 'the access file; made where it is missing')
    .argument('<user>', 'the name of the user')
    .option('--roles <roles>', 'what the user may do: read, snapshot, backup, admin, with commas between')
    .option('--delete', 'remove the user')
    .action((file: string, user: string, options: { roles?: string; delete?: true }) =>
      set(passwd(file, user, options)),
    );
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.usage;
    printError(error);
    return exitStatusOf(error);
  }
}
