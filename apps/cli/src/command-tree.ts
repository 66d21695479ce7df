import { HoldfastError } from '@holdfast/errors';
import { Command, InvalidArgumentError, Option } from 'commander';
import { COMMANDS, type CommandSpec, type OptionSpec } from './command-specs.js';
import type { OutputFlags } from './output.js';
import { HELP as REPOZO_HELP } from './repozo/help.js';

/** Runs a command that the command line names. */
export type RunCommand = (
  spec: CommandSpec,
  flags: OutputFlags,
  options: object,
  words: readonly string[],
) => Promise<void>;

const GLOBAL: readonly OptionSpec[] = [
  { flags: '--json', text: 'print one JSON object instead of text' },
  { flags: '-q, --quiet', text: 'print errors and warnings only' },
  { flags: '-v, --verbose', text: 'tell on standard error what is done' },
];

const AFTER = `
Run it in the directory of the site, or below: there var/filestorage/Data.fs is backed up to var/backups.

Examples:
  $ holdfast backup
  $ holdfast list
  $ holdfast restore 2026-11-20
  $ holdfast help restore

Exit status: 0 done, 1 failed, 2 wrong command line, 3 somebody else is at work, 4 the storage is missing or damaged,
5 the backups are missing or damaged, 6 refused for safety, 7 disk or permission, 8 stopped.
`;

/** Where help goes that was asked for, and help that is shown because no command was given. */
export interface HelpOutput {
  readonly asked: (text: string) => void;
  readonly unasked: (text: string) => void;
}

/** The command line as commander reads it; its errors are thrown as `CommanderError`, and not printed. */
export function commandTree(version: string, help: HelpOutput, run: RunCommand): Command {
  const program = new Command('holdfast')
    .description('Backups of ZODB databases that restore.')
    .version(version)
    .usage('<command> [options]')
    .enablePositionalOptions()
    .helpCommand('help [command]', 'show what a command does')
    .exitOverride()
    .configureOutput({ writeOut: help.asked, writeErr: help.unasked, outputError: () => {} })
    .addHelpText('after', AFTER);
  addOptions(program, GLOBAL);
  for (const spec of COMMANDS) addCommand(program, spec, run);
  addRepozo(program);
  return program;
}

function addCommand(program: Command, spec: CommandSpec, run: RunCommand): void {
  const command = program.command(spec.name).description(spec.text);
  if (spec.words !== undefined) {
    command.argument(`[${spec.words.name}...]`, spec.words.text).usage(`[options] [${spec.words.name}]`);
  }
  addOptions(command, [...spec.options, ...GLOBAL]);
  command.addHelpText('after', `\nExamples:\n${spec.examples.map((line) => `  $ ${line}\n`).join('')}`);
  command.action(async () => {
    const { json, quiet, verbose, ...options } = command.optsWithGlobals<Partial<OutputFlags>>();
    const flags = { json: json === true, quiet: quiet === true, verbose: verbose === true };
    await run(spec, flags, options, command.args);
  });
}

/** Only for its help: `holdfast repozo …` never comes to commander. */
function addRepozo(program: Command): void {
  const repozo = program
    .command('repozo')
    .description("repozo's own command line: -B, -R, -V and their options (holdfast repozo --help)")
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(() => {
      throw new HoldfastError('usage', "'repozo' must be the first word: it takes no options but its own");
    });
  repozo.helpInformation = () => REPOZO_HELP;
}

function addOptions(command: Command, specs: readonly OptionSpec[]): void {
  for (const { flags, text, choices, initial, conflicts } of specs) {
    const option = new Option(flags, text).default(initial);
    if (choices !== undefined) option.choices(choices);
    else if (option.required) option.argParser(notEmpty);
    if (conflicts !== undefined) option.conflicts(conflicts);
    command.addOption(option);
  }
}

function notEmpty(value: string): string {
  if (value !== '') return value;
  throw new InvalidArgumentError('It may not be empty.');
}
