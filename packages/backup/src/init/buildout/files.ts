import { dirname, resolve } from 'node:path';
import { optionalText, type TextFiles, textOf, unreadable } from '../text-files.js';
import { type Merged, mergeFiles } from './merge.js';
import { parseBuildout, type RawSection } from './parse.js';

export interface MergedFiles {
  readonly sections: Merged;
  readonly warnings: readonly string[];
}

const URL = /^[a-z][a-z0-9+.-]*:\/\//i;

/** A buildout file with those that it extends. @param files by absolute path; `NeedsFile` where one is missing */
export function mergedFiles(files: TextFiles, path: string): MergedFiles {
  const warnings = new Set<string>();
  const all = collect(path, 'the command line', []);
  return { sections: mergeFiles(all), warnings: [...warnings] };

  function collect(file: string, namedIn: string, above: readonly string[]): readonly Merged[] {
    if (above.includes(file)) throw unreadable(file, undefined, 'extends itself');
    const parsed = parseBuildout(file, textOf(files, file, namedIn));
    for (const warning of parsed.warnings) warnings.add(warning);
    const { extended, optional, rest } = takeExtends(parsed.sections);
    const inner = [...above, file];
    const merged = extended.flatMap((name) => {
      if (URL.test(name)) {
        warnings.add(`${file}: ${name} is not read: what it sets is not known here.`);
        return [];
      }
      return collect(resolve(dirname(file), name), file, inner);
    });
    const others = optional
      .map((name) => resolve(dirname(file), name))
      .filter((name) => optionalText(files, name) !== undefined)
      .flatMap((name) => collect(name, file, inner));
    return [...merged, ...others, rest];
  }
}

function takeExtends(sections: Merged) {
  const buildout = sections.get('buildout');
  const words = (option: string) =>
    (buildout?.get(option)?.['='] ?? '').split(/\s+/).filter((word) => word !== '');
  const left: RawSection = new Map([...(buildout ?? [])].filter(([option]) => !EXTENDS.includes(option)));
  const rest: Merged = buildout === undefined ? sections : new Map([...sections, ['buildout', left]]);
  return { extended: words('extends'), optional: words('optional-extends'), rest };
}

const EXTENDS = ['extends', 'optional-extends'];
