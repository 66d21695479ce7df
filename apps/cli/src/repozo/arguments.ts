import { GetoptError, getopt, type OptionSpec } from './getopt.js';

/** repozo's command line (docs/cli.md, "repozo"), and Holdfast's one addition to it. */
const OPTIONS: readonly OptionSpec[] = [
  { letter: 'B', name: 'backup' },
  { letter: 'R', name: 'recover' },
  { letter: 'V', name: 'verify' },
  { letter: 'v', name: 'verbose' },
  { letter: 'h', name: 'help' },
  { letter: 'r', name: 'repository', takesValue: true },
  { letter: 'f', name: 'file', takesValue: true },
  { letter: 'F', name: 'full' },
  { letter: 'Q', name: 'quick' },
  { letter: 'z', name: 'gzip' },
  { letter: 'k', name: 'kill-old-on-full' },
  { letter: 'D', name: 'date', takesValue: true },
  { letter: 'o', name: 'output', takesValue: true },
  { letter: 'w', name: 'with-verify' },
  { letter: '', name: 'accept-new-history' },
];

export interface RepozoArguments {
  readonly mode: 'backup' | 'recover' | 'verify';
  readonly repository: string;
  readonly verbose: boolean;
  readonly file: string | undefined;
  readonly full: boolean;
  readonly quick: boolean;
  readonly gzip: boolean;
  readonly killOld: boolean;
  readonly date: string | undefined;
  readonly output: string | undefined;
  readonly withVerify: boolean;
  readonly acceptNewHistory: boolean;
  /** Options that mean nothing in this mode; told with `-v`. */
  readonly ignored: readonly string[];
}

export type RepozoCommandLine =
  | { readonly kind: 'run'; readonly arguments: RepozoArguments }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly message: string };

/** Which options each mode passes over. */
const IGNORED: Readonly<Record<RepozoArguments['mode'], readonly string[]>> = {
  backup: ['date', 'output', 'with-verify'],
  recover: ['file', 'kill-old-on-full'],
  verify: ['date', 'output', 'full', 'gzip', 'file', 'kill-old-on-full', 'with-verify'],
};

export function parseRepozo(argv: readonly string[]): RepozoCommandLine {
  try {
    const { options, rest } = getopt(argv, OPTIONS);
    return interpret(
      options.map(({ name, value }) => [name, value] as const),
      rest,
    );
  } catch (error) {
    if (error instanceof GetoptError) return { kind: 'wrong', message: error.message };
    throw error;
  }
}

function interpret(
  options: readonly (readonly [string, string | undefined])[],
  rest: readonly string[],
): RepozoCommandLine {
  const modes: RepozoArguments['mode'][] = [];
  for (const [name] of options) {
    if (name === 'help') return { kind: 'help' };
    if (name !== 'backup' && name !== 'recover' && name !== 'verify') continue;
    modes.push(name);
    if (modes.length > 1) return wrong('-B, -R, and -V are mutually exclusive');
  }
  const given = new Map(options);
  if (rest.length > 0) return wrong(`Invalid arguments: ${rest.join(', ')}`);
  const [mode] = modes;
  if (mode === undefined) return wrong('Either --backup, --recover or --verify is required');
  const repository = given.get('repository');
  if (repository === undefined) return wrong('--repository is required');
  const ignored = IGNORED[mode].filter((name) => given.has(name));
  for (const name of ignored) given.delete(name);
  if (mode === 'backup' && !given.get('file')) return wrong('--file is required in backup mode');
  return {
    kind: 'run',
    arguments: {
      mode,
      repository,
      ignored,
      verbose: given.has('verbose'),
      file: given.get('file'),
      full: given.has('full'),
      quick: given.has('quick'),
      gzip: given.has('gzip'),
      killOld: given.has('kill-old-on-full'),
      date: given.get('date') === '' ? undefined : given.get('date'),
      output: given.get('output'),
      withVerify: given.has('with-verify'),
      acceptNewHistory: given.has('accept-new-history'),
    },
  };
}

function wrong(message: string): RepozoCommandLine {
  return { kind: 'wrong', message };
}
