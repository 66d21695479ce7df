import type { Operator, RawSection } from './parse.js';

/** Options of a section, without operators. */
export type Options = ReadonlyMap<string, string>;

/** Sections of all files; those of a macro (`<`) that stands alone still have their operators. */
export type Merged = ReadonlyMap<string, RawSection>;

/** What a later file says, laid over what the earlier ones said. */
export function mergeFiles(files: readonly Merged[]): Merged {
  const result = new Map<string, RawSection>();
  for (const file of files) {
    for (const [name, section] of file) {
      const before = result.get(name);
      if (before !== undefined) result.set(name, plain(mergeSections(before, section)));
      else if (section.has('<')) result.set(name, section);
      else result.set(name, plain(mergeSections(new Map(), first(section))));
    }
  }
  return result;
}

/** Lines added to nothing are the value; lines taken from nothing leave nothing. */
function first(section: RawSection): RawSection {
  const entries = [...section].map(([option, values]): [string, Partial<Record<Operator, string>>] => {
    if (values['='] !== undefined) return [option, values];
    const { '+': added, '-': removed, ...rest } = values;
    if (added !== undefined)
      return [option, { ...rest, '=': added, ...(removed === undefined ? {} : { '-': removed }) }];
    return [option, { '=': '' }];
  });
  return new Map(entries);
}

/** The options of `over` on top of those of `under`; lines are added, then taken away. */
export function mergeSections(under: RawSection, over: RawSection): Options {
  const result = new Map(
    [...under].map(([option, values]): [string, string] => [option, applied('', values)]),
  );
  for (const [option, values] of over) result.set(option, applied(result.get(option) ?? '', values));
  return result;
}

function applied(
  before: string,
  { '=': set, '+': added, '-': removed }: Partial<Record<Operator, string>>,
): string {
  let value = set ?? before;
  if (added !== undefined) value = `${value}\n${added}`;
  if (removed === undefined) return value;
  const gone = removed.split('\n');
  return value
    .split('\n')
    .filter((line) => !gone.includes(line))
    .join('\n');
}

const plain = (options: Options): RawSection =>
  new Map([...options].map(([option, value]) => [option, { '=': value }]));
