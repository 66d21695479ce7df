import { HoldfastError } from '@holdfast/errors';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { OutputFlags } from '../output.js';
import { HELP as REPOZO_HELP } from '../repozo/help.js';
import type { ToolkitOptions } from '../toolkit-client/place.js';
import { COMMANDS, GROUPS } from './commands.js';
import type { CommandSpec, OptionSpec } from './spec.js';

/** Runs the command that the command line names. */
export type RunCommand = (
  spec: CommandSpec,
  flags: OutputFlags,
  options: object,
  words: readonly string[],
) => Promise<void>;

/** Where help goes that was asked for, and help that is shown because no command was given. */
export interface HelpOutput {
  readonly asked: (text: string) => void;
  readonly unasked: (text: string) => void;
}

const GLOBAL: readonly OptionSpec[] = [
  { flags: '--json', text: 'print one JSON object instead of text' },
  { flags: '-q, --quiet', text: 'print errors and warnings only' },
  { flags: '-v, --verbose', text: 'tell on standard error what is done' },
];

/** The same from a toolkit server; docs/cli.md, "From a toolkit server". */
const TOOLKIT: readonly OptionSpec[] = [
  {
    flags: '--toolkit <url>',
    text: 'let a toolkit server do it: list, show, status, verify and the backups',
  },
  { flags: '--toolkit-access <file>', text: 'its first line is user:password' },
  {
    flags: '--toolkit-insecure',
    text: 'also over http to another machine, where everybody on the way can read the password',
  },
  { flags: '--storage <name>', text: 'with --toolkit: which storage of the server' },
];

const AFTER = `
Run it in the directory of the site or below: there it backs up
var/filestorage/Data.fs to var/backups.

Examples:
  $ holdfast backup
  $ holdfast list
  $ holdfast restore 2026-11-20
  $ holdfast help restore

Exit status:
  0 done                       5 the backups are missing or damaged
  1 failed                     6 refused, because it could lose data
  2 wrong command line         7 disk, permission or another system error
  3 somebody else is at work   8 stopped
  4 the storage is missing or damaged
`;

/** The command line as commander reads it; its errors are thrown as `CommanderError`, and not printed. */
export function commandTree(version: string, help: HelpOutput, run: RunCommand): Command {
  const program = new Command('holdfast')
    .description('Backups of ZODB databases that restore.')
    .version(version)
    .usage('<command> [options]')
    .enablePositionalOptions()
    .helpCommand(false)
    .configureHelp({ subcommandTerm: (command) => `${command.name()} ${command.usage()}`.trim() })
    .exitOverride()
    .configureOutput({ writeOut: help.asked, writeErr: help.unasked, outputError: () => {} })
    .addHelpText('after', AFTER);
  addOptions(program, [...GLOBAL, ...TOOLKIT]);
  const groups = new Map<string, Command>();
  for (const spec of COMMANDS) {
    const [first = '', second] = spec.name.split(' ');
    if (second === undefined) addCommand(program, first, spec, run);
    else addCommand(groupOf(program, groups, first), second, spec, run);
  }
  addRepozo(program);
  addHelp(program);
  return program;
}

/** Commander's own takes one word, and shows the general help for a command that does not exist. */
function addHelp(program: Command): void {
  program
    .command('help')
    .description('show what a command does')
    .usage('[command]')
    .argument('[command...]')
    .helpOption(false)
    .action((words: readonly string[]) => {
      let command = program;
      for (const word of words) {
        const found = command.commands.find((candidate) => candidate.name() === word);
        if (found === undefined) throw new HoldfastError('usage', `there is no command '${words.join(' ')}'`);
        command = found;
      }
      command.outputHelp();
    });
}

function groupOf(program: Command, groups: Map<string, Command>, name: string): Command {
  const known = groups.get(name);
  if (known !== undefined) return known;
  const group = program
    .command(name)
    .description(GROUPS[name] ?? '')
    .usage('<command> [options]')
    .helpCommand(false)
    .enablePositionalOptions();
  addOptions(group, GLOBAL);
  groups.set(name, group);
  return group;
}

function addCommand(parent: Command, name: string, spec: CommandSpec, run: RunCommand): void {
  const command = parent.command(name).description(spec.text);
  for (const word of spec.words ?? []) command.argument(word.name, word.text);
  if (spec.usage !== undefined) command.usage(spec.usage);
  if (spec.runsProgram === true) command.passThroughOptions();
  addOptions(command, [...spec.options, ...GLOBAL]);
  command.addHelpText('after', `\nExamples:\n${spec.examples.map((line) => `  $ ${line}\n`).join('')}`);
  command.action(async () => {
    const all = command.optsWithGlobals<Partial<OutputFlags & ToolkitOptions>>();
    const { json, quiet, verbose, toolkit, toolkitAccess, toolkitInsecure, storage, ...rest } = all;
    const flags = { json: json === true, quiet: quiet === true, verbose: verbose === true };
    if (toolkit !== undefined) {
      const server = { toolkit, toolkitAccess, toolkitInsecure, storage };
      await run(onServer(spec, server), flags, rest, command.args);
      return;
    }
    const named = command.opts<{ storage?: string }>().storage;
    if (toolkitAccess !== undefined || toolkitInsecure === true || storage !== named)
      throw new HoldfastError(
        'usage',
        '--toolkit-access, --toolkit-insecure and --storage before the command go with --toolkit',
      );
    await run(spec, flags, { ...rest, ...(named !== undefined && { storage: named }) }, command.args);
  });
}

/** The same command, done by a server. */
function onServer(spec: CommandSpec, server: ToolkitOptions): CommandSpec {
  return {
    ...spec,
    run: async (context, options, words) => {
      const { runRemote } = await import('../toolkit-client/remote.js');
      return await runRemote(context, spec.name, server, options, words);
    },
  };
}

/** Only for its help: `holdfast repozo …` never comes to commander. */
function addRepozo(program: Command): void {
  const repozo = program
    .command('repozo')
    .description("repozo's own command line: -B, -R, -V and their options (holdfast repozo --help)")
    .usage('[options]')
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
