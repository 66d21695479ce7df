import { parse, TomlError } from 'smol-toml';
import type { Problem } from './problem.js';
import { ALIASES, OPTION_NAMES, SCHEMA, STORAGE_OPTION_NAMES, type Values } from './schema.js';
import { suggestion } from './suggest.js';

export interface Parsed {
  readonly values: Values;
  readonly problems: readonly Problem[];
}

export interface SyntaxProblem {
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

type Table = Readonly<Record<string, unknown>>;

/** The text of a `holdfast.toml` -> its values and all that is wrong with them; or that it is no TOML. */
export function parseOptions(text: string): Parsed | { readonly syntax: SyntaxProblem } {
  try {
    return readTable(parse(text.replace(/^\uFEFF/, '')));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const message = error.message.split('\n')[0]!.replace(/^Invalid TOML document: /, '');
    return { syntax: { line: error.line, column: error.column, message } };
  }
}

/** What is wrong is taken out, so that the rest can be looked at too. */
function readTable(table: Table): Parsed {
  const result = SCHEMA.safeParse(table);
  if (result.success) return { values: withoutAliases(result.data), problems: aliasProblems(result.data) };
  const problems = result.error.issues.flatMap(({ path, ...issue }): readonly Problem[] => {
    const at = path.map(String);
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ path: [...at, key], message: unknownName(key, at.length > 0) }));
    if (issue.code === 'invalid_type') return [{ path: at, message: 'must be a table' }];
    return [{ path: at, message: issue.message }];
  });
  const rest = readTable(problems.reduce((left, { path }) => without(left, path), table));
  return { values: rest.values, problems: [...problems, ...rest.problems] };
}

function without(table: Table, [first = '', ...others]: readonly string[]): Table {
  const { [first]: inner, ...rest } = table;
  return others.length === 0 ? rest : { ...rest, [first]: without(inner as Table, others) };
}

/** Options of a part of a buildout that mean nothing in a file of Holdfast. */
const OF_BUILDOUT = ['recipe', 'eggs', 'find-links', 'extends', 'buildout_dir', 'bin-directory'];

function unknownName(key: string, ofStorage: boolean): string {
  if (OF_BUILDOUT.includes(key)) return 'is an option of buildout, not of Holdfast: take it out';
  const near = suggestion(key, ofStorage ? STORAGE_OPTION_NAMES : OPTION_NAMES);
  if (near !== undefined) return `is no option; did you mean ${near}?`;
  return ofStorage
    ? `is no option of a storage; there are ${STORAGE_OPTION_NAMES.join(', ')}`
    : 'is no option';
}

const aliasesIn = (table: Table) =>
  Object.entries(ALIASES).filter(([alias, name]) => table[alias] !== undefined && table[name] !== undefined);

function aliasProblems(values: Values): readonly Problem[] {
  const tables: readonly (readonly [readonly string[], Table])[] = [
    [[], values],
    ...Object.entries(values.storages ?? {}).map(([name, table]) => [['storages', name], table] as const),
  ];
  return tables.flatMap(([path, table]) =>
    aliasesIn(table)
      .filter(([alias, name]) => JSON.stringify(table[alias]) !== JSON.stringify(table[name]))
      .map(([alias, name]) => ({
        path: [...path, alias],
        message: `means the same as ${name}, and has another value: keep one of them`,
      })),
  );
}

function withoutAliases(values: Values): Values {
  const storages = Object.entries(values.storages ?? {}).map(([name, table]) => [name, renamed(table)]);
  return { ...renamed(values), storages: Object.fromEntries(storages) };
}

function renamed<T extends Table>(table: T): T {
  const entries = Object.entries(table).map(([key, value]) => [
    Object.hasOwn(ALIASES, key) ? ALIASES[key as keyof typeof ALIASES] : key,
    value,
  ]);
  return Object.fromEntries(entries) as T;
}
