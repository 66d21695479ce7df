/**
 * Options as Python's getopt reads them, which repozo uses: clusters of letters (`-BvQ`), values attached or
 * following, `--name=value`, unambiguous beginnings of long names, `--` ends the options, and the first word that
 * is none ends them too.
 */

export interface OptionSpec {
  /** The letter, without the dash. */
  readonly letter: string;
  /** The long name, without the dashes. */
  readonly name: string;
  readonly takesValue?: boolean;
}

interface ParsedOption {
  readonly name: string;
  readonly value: string | undefined;
}

export interface Parsed {
  readonly options: readonly ParsedOption[];
  readonly rest: readonly string[];
  /** Whether `--` ended the options. */
  readonly dashes: boolean;
}

export class GetoptError extends Error {}

export function getopt(argv: readonly string[], specs: readonly OptionSpec[]): Parsed {
  const options: ParsedOption[] = [];
  const words = [...argv];
  while (words.length > 0) {
    const word = words[0]!;
    if (word === '--') return { options, rest: words.slice(1), dashes: true };
    if (!word.startsWith('-') || word === '-') break;
    words.shift();
    if (word.startsWith('--')) options.push(longOption(word.slice(2), words, specs));
    else options.push(...shortOptions(word.slice(1), words, specs));
  }
  return { options, rest: words, dashes: false };
}

function longOption(text: string, words: string[], specs: readonly OptionSpec[]): ParsedOption {
  const equals = text.indexOf('=');
  const given = equals < 0 ? text : text.slice(0, equals);
  const attached = equals < 0 ? undefined : text.slice(equals + 1);
  const spec = findLong(given, specs);
  if (spec.takesValue !== true) {
    if (attached !== undefined) throw new GetoptError(`option --${spec.name} must not have an argument`);
    return { name: spec.name, value: undefined };
  }
  return { name: spec.name, value: attached ?? nextValue(`--${spec.name}`, words) };
}

function findLong(given: string, specs: readonly OptionSpec[]): OptionSpec {
  const exact = specs.find(({ name }) => name === given);
  if (exact !== undefined) return exact;
  const possible = specs.filter(({ name }) => name.startsWith(given));
  if (possible.length === 1) return possible[0]!;
  if (possible.length === 0) throw new GetoptError(`option --${given} not recognized`);
  throw new GetoptError(`option --${given} not a unique prefix`);
}

function shortOptions(
  cluster: string,
  words: string[],
  specs: readonly OptionSpec[],
): readonly ParsedOption[] {
  const options: ParsedOption[] = [];
  for (let at = 0; at < cluster.length; at += 1) {
    const letter = cluster[at]!;
    const spec = specs.find((candidate) => candidate.letter === letter);
    if (spec === undefined) throw new GetoptError(`option -${letter} not recognized`);
    if (spec.takesValue !== true) {
      options.push({ name: spec.name, value: undefined });
      continue;
    }
    const attached = cluster.slice(at + 1);
    options.push({ name: spec.name, value: attached === '' ? nextValue(`-${letter}`, words) : attached });
    break;
  }
  return options;
}

function nextValue(option: string, words: string[]): string {
  const value = words.shift();
  if (value === undefined) throw new GetoptError(`option ${option} requires argument`);
  return value;
}
