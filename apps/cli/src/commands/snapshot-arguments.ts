import { HoldfastError } from '@holdfast/errors';
import { GetoptError, getopt, type OptionSpec } from '../repozo/getopt.js';

/** As on the command line; checked when they are used. */
export interface SnapshotOptions {
  readonly storage?: string | undefined;
  readonly snapshotConf?: string | undefined;
  /** Seconds. */
  readonly t?: string | undefined;
  /** Seconds. */
  readonly s?: string | undefined;
  /** Seconds. */
  readonly httpTimeout?: string | undefined;
  /** Seconds. */
  readonly maxFreeze?: string | undefined;
  readonly accessFromCwd?: boolean | undefined;
  readonly copy?: boolean | undefined;
  readonly force?: boolean | undefined;
}

export interface SnapshotFlags extends SnapshotOptions {
  readonly json: boolean;
  /** The number of `-v` less that of `-q`. */
  readonly verbosity: number;
  /** `--` stands before the words: they are COMMAND, whatever they look like. */
  readonly dashes?: boolean | undefined;
}

export type SnapshotLine =
  | { readonly kind: 'help' }
  | { readonly kind: 'run'; readonly flags: SnapshotFlags; readonly words: readonly string[] };

const NONE = '';

const OPTIONS: readonly OptionSpec[] = [
  { letter: NONE, name: 'storage', takesValue: true },
  { letter: NONE, name: 'snapshot-conf', takesValue: true },
  { letter: NONE, name: 'http-timeout', takesValue: true },
  { letter: NONE, name: 'max-freeze', takesValue: true },
  { letter: NONE, name: 'access-from-cwd' },
  { letter: NONE, name: 'copy' },
  { letter: NONE, name: 'force' },
  { letter: NONE, name: 'json' },
  { letter: 't', name: 't', takesValue: true },
  { letter: 's', name: 's', takesValue: true },
  { letter: 'v', name: 'verbose' },
  { letter: 'q', name: 'quiet' },
  { letter: 'h', name: 'help' },
];

/**
 * A command line of DirectoryStorage's snapshot tool: clusters of letters, values attached or not, shortened long names; the
 * first word that is no option begins COMMAND. `leave` alone takes its options behind it.
 *
 * @throws HoldfastError `usage`
 */
export function parseSnapshotLine(argv: readonly string[]): SnapshotLine {
  const leave = argv[0] === 'leave' && argv[1]?.startsWith('-') === true;
  const { options, rest, dashes } = readOptions(leave ? argv.slice(1) : argv);
  if (options.some(({ name }) => name === 'help')) return { kind: 'help' };
  const has = (wanted: string) => options.some(({ name }) => name === wanted);
  const value = (wanted: string) => options.findLast(({ name }) => name === wanted)?.value;
  const count = (wanted: string) => options.filter(({ name }) => name === wanted).length;
  const flags: SnapshotFlags = {
    storage: value('storage'),
    snapshotConf: value('snapshot-conf'),
    t: value('t'),
    s: value('s'),
    httpTimeout: value('http-timeout'),
    maxFreeze: value('max-freeze'),
    accessFromCwd: has('access-from-cwd'),
    copy: has('copy'),
    force: has('force'),
    json: has('json'),
    verbosity: count('verbose') - count('quiet'),
    dashes,
  };
  return { kind: 'run', flags, words: leave ? ['leave', ...rest] : rest };
}

function readOptions(argv: readonly string[]) {
  try {
    return getopt(argv, OPTIONS);
  } catch (error) {
    if (!(error instanceof GetoptError)) throw error;
    throw new HoldfastError('usage', error.message, { hint: 'Run `holdfast snapshot --help`.' });
  }
}

/** What is to be done. */
export type SnapshotTask =
  | { readonly kind: 'cat' }
  | { readonly kind: 'leave'; readonly storage: string }
  | {
      readonly kind: 'run';
      /** Undefined: that of the surrounding snapshot. */
      readonly storage: string | undefined;
      readonly conf: string | undefined;
      /** None: enter and leave, nothing between. */
      readonly command: readonly string[];
    };

/**
 * Both forms: `--storage DIRECTORY COMMAND`, and `DIRECTORY CONF COMMAND` of the versions before 1.1.10. In both a `-` in the
 * place of the snapshot.conf stands for that of the storage.
 *
 * @param surrounded whether this process runs under a snapshot
 * @throws HoldfastError `usage`
 */
export function taskOf(
  { storage, snapshotConf, dashes = false }: SnapshotOptions & Pick<SnapshotFlags, 'dashes'>,
  words: readonly string[],
  surrounded: boolean,
): SnapshotTask {
  if (storage === '' || snapshotConf === '') throw usage('the path of an option may not be empty');
  const conf = snapshotConf === '-' ? undefined : snapshotConf;
  if (dashes && storage === undefined && surrounded) return runTask(undefined, conf, words);
  if (!dashes && words[0] === 'leave' && words.length === 1 && storage !== undefined)
    return { kind: 'leave', storage };
  if (storage !== undefined) return runTask(storage, conf, words);
  if (!dashes && words.length === 1 && words[0] === 'cat') return { kind: 'cat' };
  const [directory = '', oldConf, ...command] = words;
  if (command.length > 0) return runTask(directory, oldConf === '-' ? undefined : oldConf, command);
  if (surrounded && words.length > 0) return runTask(undefined, conf, words);
  throw usage('no storage was named: give --storage DIRECTORY COMMAND, or DIRECTORY CONF COMMAND');
}

function runTask(
  storage: string | undefined,
  conf: string | undefined,
  words: readonly string[],
): SnapshotTask {
  const command = words[0] === '--' ? words.slice(1) : words;
  if (command[0] === '') throw usage('COMMAND is an empty word');
  return { kind: 'run', storage, conf, command };
}

/** No timer of Node runs longer; a larger number would be taken for one millisecond. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Milliseconds of an option that takes seconds for one wait. */
export function timerOf(option: string, text: string | undefined): number | undefined {
  const milliseconds = secondsOf(option, text);
  if (milliseconds === undefined || milliseconds <= LONGEST_TIMER_MS) return milliseconds;
  throw usage(`${option} takes ${Math.floor(LONGEST_TIMER_MS / 1000)} seconds at the most, not '${text}'`);
}

/** Milliseconds of an option that takes seconds. */
export function secondsOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value * 1000;
  throw usage(`${option} takes seconds, not '${text}'`);
}

function usage(message: string): HoldfastError {
  return new HoldfastError('usage', message, { hint: 'Run `holdfast snapshot --help`.' });
}
