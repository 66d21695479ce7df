import { unreadable } from '../text-files.js';
import { conditionHolds } from './condition.js';

/** What is done with an option: set, add lines to it (`+=`), take lines from it (`-=`). */
export type Operator = '=' | '+' | '-';

/** A section of one file: option -> what is done with it, in the order `=`, `+`, `-`. */
export type RawSection = ReadonlyMap<string, Partial<Readonly<Record<Operator, string>>>>;

export interface ParsedFile {
  readonly sections: ReadonlyMap<string, RawSection>;
  readonly warnings: readonly string[];
}

const HEADER = /^\[\s*([^\s#[\]:;{}]+)\s*(?::([^#;]*))?\s*\]\s*(?:[#;].*)?$/;
const OPTION = /^([^\s{}[\]=:]+?)\s*([-+]?)=(.*)$/;

type OpenSection = Map<string, Partial<Record<Operator, string>>>;

/** One buildout configuration file, as buildout's own parser reads it. */
export function parseBuildout(path: string, text: string): ParsedFile {
  const sections = new Map<string, OpenSection>();
  const warnings: string[] = [];
  let section: OpenSection | undefined;
  let skipped = false;
  let last:
    | { readonly of: Partial<Record<Operator, string>>; readonly operator: Operator; readonly block: boolean }
    | undefined;
  for (const [index, raw] of text.split(/\r\n|\r|\n/).entries()) {
    const fail = (message: string) => unreadable(path, index + 1, message);
    if (/^[#;]/.test(raw)) continue;
    if (/^(\s|$)/.test(raw) && (skipped || last !== undefined || raw.trim() === '')) {
      if (last !== undefined && (last.block || raw.trim() !== ''))
        last.of[last.operator] += `\n${last.block ? raw.trimEnd() : raw.trim()}`;
      continue;
    }
    const header = HEADER.exec(raw);
    if (header !== null) {
      const [, name = '', condition] = header;
      last = undefined;
      skipped = condition !== undefined && !holds(condition, `${path}, line ${index + 1}`, warnings);
      section = sections.get(name) ?? new Map();
      if (!skipped) sections.set(name, section);
      continue;
    }
    if (section === undefined) throw fail('there is no [section] before this line');
    const option = OPTION.exec(raw.replace(/^=>/, '<part-dependencies> = '));
    if (option === null) throw fail(`'${raw}' is neither a section nor an option`);
    if (skipped) {
      last = undefined;
      continue;
    }
    last = begin(section, option);
  }
  for (const options of sections.values()) for (const values of options.values()) dedentAll(values);
  return { sections, warnings };
}

function holds(condition: string, where: string, warnings: string[]): boolean {
  const answer = conditionHolds(condition);
  if (answer === undefined)
    warnings.push(
      `${where}: Holdfast cannot evaluate the condition '${condition.trim()}'; the section is left out.`,
    );
  return answer === true;
}

function begin(section: OpenSection, [, name = '', sign = '', rest = '']: RegExpExecArray) {
  const operator = (sign === '' ? '=' : sign) as Operator;
  const value = rest.trim();
  const known = section.get(name);
  const of = operator === '=' || known === undefined ? {} : known;
  section.set(name, of);
  const before = of[operator];
  if (before === undefined) of[operator] = value;
  else of[operator] = value === '' ? before.trimEnd() : `${before.trimEnd()}\n${value}`;
  return { of, operator, block: value === '' };
}

function dedentAll(values: Partial<Record<Operator, string>>): void {
  for (const operator of ['=', '+', '-'] as const) {
    const value = values[operator];
    if (value !== undefined && /^\s/.test(value))
      values[operator] = dedent(value.trimEnd()).replace(/^(\s*\n)+/, '');
  }
}

/** Takes away what all lines with something in them begin with. */
function dedent(text: string): string {
  const lines = text.split('\n').map((line) => (line.trim() === '' ? '' : line));
  const margins = lines.filter((line) => line !== '').map((line) => /^[ \t]*/.exec(line)?.[0] ?? '');
  const margin = margins.reduce((a, b) => common(a, b), margins[0] ?? '');
  return lines.map((line) => line.slice(line === '' ? 0 : margin.length)).join('\n');
}

function common(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return a.slice(0, length);
}
