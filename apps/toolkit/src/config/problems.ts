import { type ConfigurationProblem, lineOf, nameOfPath, suggestion } from '@holdfast/backup';
import { HoldfastError } from '@holdfast/errors';
import { parse, TomlError } from 'smol-toml';
import { namesIn, SCHEMA, type Values } from './schema.js';

const AT_THE_LINE = 'Mend the file at the line that is named; docs/toolkit/configuration.md lists every key.';

/** The text of a configuration: its values. @throws HoldfastError `toolkit.configuration` that tells all problems at once */
export function parseConfig(file: string, text: string): Values {
  const read = SCHEMA.safeParse(parseToml(file, text), { reportInput: true });
  if (read.success) return read.data;
  const problems = read.error.issues.flatMap(({ path, ...issue }): readonly ConfigurationProblem[] => {
    const at = path.map(String);
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ path: [...at, key], message: unknownName(key, at) }));
    return [{ path: at, message: isMissing(issue) ? 'is missing' : messageOf(issue) }];
  });
  throw refused(file, text, problems);
}

function parseToml(file: string, text: string): unknown {
  try {
    return parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const message = error.message.split('\n')[0]!.replace(/^Invalid TOML document: /, '');
    const problem = `line ${error.line}, column ${error.column}: ${message}`;
    throw new HoldfastError('toolkit.configuration', `${file} is not TOML: ${problem}`, {
      path: file,
      details: { problems: [problem] },
      hint: AT_THE_LINE,
    });
  }
}

type Issue = Pick<NonNullable<ReturnType<typeof SCHEMA.safeParse>['error']>['issues'][number], 'message'> & {
  readonly code?: string | undefined;
  readonly input?: unknown;
};

const isMissing = (issue: Issue) => 'input' in issue && issue.input === undefined;

const messageOf = ({ code, message }: Issue) =>
  code === 'invalid_type' && message.startsWith('Invalid input') ? 'must be a table' : message;

function unknownName(key: string, at: readonly string[]): string {
  const names = namesIn(at);
  const near = suggestion(key, names);
  if (near !== undefined) return `is no key; did you mean ${near}?`;
  return `is no key here; there are ${names.join(', ')}`;
}

/** All that is wrong, as one error: each with its line. */
export function refused(
  file: string,
  text: string,
  problems: readonly ConfigurationProblem[],
): HoldfastError {
  const placed = problems.map((problem) => ({ problem, line: lineOfProblem(text, problem) }));
  placed.sort((a, b) => (a.line ?? Number.MAX_SAFE_INTEGER) - (b.line ?? Number.MAX_SAFE_INTEGER));
  const sentences = placed.map(({ problem: { path, message }, line }) =>
    [line === undefined ? '' : `line ${line}`, nameOfPath(path), message]
      .filter((part) => part !== '')
      .join(': '),
  );
  const what = sentences.length === 1 ? sentences[0] : `${sentences.length} problems`;
  return new HoldfastError('toolkit.configuration', `${file}: ${what}`, {
    path: file,
    details: { problems: sentences },
    hint: placed.every(({ line }) => line === undefined) ? undefined : AT_THE_LINE,
  });
}

function lineOfProblem(text: string, { path }: ConfigurationProblem): number | undefined {
  return path.length === 0 ? undefined : lineOf(text, path);
}
