import { dirname } from 'node:path';
import type { TextFiles } from '../text-files.js';
import { type MergedFiles, mergedFiles } from './files.js';
import { mergeSections, type Options } from './merge.js';
import type { RawSection } from './parse.js';

/** A value that refers to what is not there; the message says what. */
export class SubstitutionProblem extends Error {}

const REFERENCE = /\$\{([^}]*)\}/g;
const SIMPLE = /^[-a-zA-Z0-9 ._]+$/;

/** The parts and options of a buildout, with `${part:option}` filled in as each is asked for. */
export class Buildout {
  readonly warnings: readonly string[];
  readonly #sections: MergedFiles['sections'];
  readonly #defaults: Options;

  /** @param path of the file that buildout is started with, absolute; `NeedsFile` where a text is missing */
  constructor(files: TextFiles, path: string) {
    const { sections, warnings } = mergedFiles(files, path);
    this.#sections = sections;
    this.warnings = warnings;
    this.#defaults = new Map([
      ['directory', dirname(path)],
      ['parts', ''],
      ...DIRECTORIES.map((name): [string, string] => [`${name}-directory`, name]),
    ]);
  }

  /** Names of the sections, in the order in which the files name them. */
  get sections(): readonly string[] {
    return [...this.#sections.keys()];
  }

  has(section: string): boolean {
    return section === 'buildout' || this.#sections.has(section);
  }

  /** Names of a section's options. @throws SubstitutionProblem where it takes from one that is not there */
  options(section: string): readonly string[] {
    return [...this.#optionsOf(section, []).keys()];
  }

  /** The value of an option; undefined: it is not set. @throws SubstitutionProblem */
  get(section: string, option: string): string | undefined {
    return this.#get(section, option, []);
  }

  #get(section: string, option: string, seen: readonly string[]): string | undefined {
    const key = `${section}:${option}`;
    if (seen.includes(key)) throw new SubstitutionProblem(`\${${key}} refers to itself`);
    const raw = this.#optionsOf(section, []).get(option);
    if (raw === undefined) return undefined;
    const value = raw
      .split('$$')
      .map((part) =>
        part.replace(REFERENCE, (_, reference: string) => this.#referred(section, reference, [...seen, key])),
      )
      .join('$$');
    return section === 'buildout' ? this.#directory(option, value, seen) : value;
  }

  #referred(section: string, reference: string, seen: readonly string[]): string {
    const [part = '', option, ...more] = reference.split(':');
    if (
      option === undefined ||
      more.length > 0 ||
      !SIMPLE.test(option) ||
      (part !== '' && !SIMPLE.test(part))
    )
      throw new SubstitutionProblem(`\${${reference}} is not of the form \${part:option}`);
    const named = part === '' ? section : part;
    if (!this.has(named)) throw new SubstitutionProblem(`\${${reference}}: there is no part [${named}]`);
    const value = this.#get(named, option, seen);
    if (value !== undefined) return value;
    if (option === '_buildout_section_name_') return section;
    throw new SubstitutionProblem(`\${${reference}} is not set in the files that were read`);
  }

  /** The directories of buildout itself are relative to its directory. */
  #directory(option: string, value: string, seen: readonly string[]): string {
    if (!DIRECTORIES.some((name) => option === `${name}-directory`) || value.startsWith('/')) return value;
    return `${this.#get('buildout', 'directory', seen) ?? ''}/${value}`;
  }

  /** With what the section takes from others (`<`). */
  #optionsOf(section: string, taking: readonly string[]): Options {
    const own: RawSection = this.#sections.get(section) ?? new Map();
    if (section === 'buildout') return new Map([...this.#defaults, ...mergeSections(new Map(), own)]);
    if (taking.includes(section)) throw new SubstitutionProblem(`[${section}] takes its options from itself`);
    const taken = own.get('<')?.['='];
    if (taken === undefined) return mergeSections(new Map(), own);
    const below = new Map<string, string>();
    for (const name of taken
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')) {
      if (!this.#sections.has(name))
        throw new SubstitutionProblem(`[${section}] takes from [${name}], which is not there`);
      for (const [option, value] of this.#optionsOf(name, [...taking, section])) below.set(option, value);
    }
    const raw = new Map([...below].map(([option, value]) => [option, { '=': value }] as const));
    const merged = new Map(mergeSections(raw, own));
    merged.delete('<');
    return merged;
  }
}

const DIRECTORIES = ['bin', 'parts', 'eggs', 'develop-eggs'];
