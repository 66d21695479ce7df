import { expandPath, type PathContext } from '../../config/paths.js';
import { type Buildout, SubstitutionProblem } from './buildout.js';

/** Options that say how buildout makes the scripts, not what they do. */
const OF_BUILDOUT = [
  'recipe',
  'eggs',
  'find-links',
  'index',
  'python',
  'extra-paths',
  'initialization',
  '<part-dependencies>',
];

/** Reads the options of one part, and gathers what must be told of them. */
export class PartReader {
  readonly problems: string[] = [];
  readonly warnings: string[] = [];
  readonly #buildout: Buildout;
  readonly #part: string;
  readonly #context: PathContext;
  readonly #used = new Set<string>(OF_BUILDOUT);
  readonly #notes = new Set<string>();

  constructor(buildout: Buildout, part: string, context: PathContext) {
    this.#buildout = buildout;
    this.#part = part;
    this.#context = context;
  }

  get notes(): readonly string[] {
    return [...this.#notes];
  }

  note(text: string): void {
    this.#notes.add(text);
  }

  /** The value of an option of any part; undefined where it is not set, or refers to what is not there. */
  of(part: string, option: string): string | undefined {
    try {
      return this.#buildout.get(part, option);
    } catch (error) {
      if (!(error instanceof SubstitutionProblem)) throw error;
      const problem = `[${part}] ${option}: ${error.message}`;
      if (!this.problems.includes(problem)) this.problems.push(problem);
      return undefined;
    }
  }

  /** As written, without blanks around it; undefined where it is not set or empty. */
  raw(option: string): string | undefined {
    this.#used.add(option);
    const value = this.of(this.#part, option)?.trim();
    return value === '' ? undefined : value;
  }

  /** The value under the first of these names that is set; different values under two are a problem. */
  any(options: readonly string[]): string | undefined {
    const values = options.map((option) => this.raw(option)).filter((value) => value !== undefined);
    if (new Set(values).size > 1)
      this.problems.push(`[${this.#part}]: ${options.join(' and ')} differ: keep one`);
    return values[0];
  }

  flag(option: string): boolean | undefined {
    const text = this.raw(option)?.toLowerCase();
    if (text === undefined) return undefined;
    if (['true', 'yes', 'on', '1'].includes(text)) return true;
    if (!['false', 'no', 'off', '0'].includes(text))
      this.warnings.push(
        `${option} = ${text} was false for the recipe, which only knows true, yes, on and 1.`,
      );
    return false;
  }

  /** An absolute path. @param base what a relative one is relative to */
  path(options: readonly string[], base: string): string | undefined {
    const text = this.any(options);
    return text === undefined ? undefined : this.expand(options[0]!, text, base);
  }

  expand(option: string, text: string, base: string): string | undefined {
    const expanded = expandPath(text, base, this.#context);
    if ('path' in expanded) {
      if (/^~|\$/.test(text))
        this.note(`${option} = ${text} is ${expanded.path} for this user, here and now.`);
      return expanded.path;
    }
    this.problems.push(`[${this.#part}] ${option}: ${expanded.problem}`);
    return undefined;
  }

  /** Whether the recipe's version is pinned before a major version; undefined: it is not pinned. */
  recipeBefore(major: number): boolean | undefined {
    const versions = this.of('buildout', 'versions') ?? 'versions';
    const pin = this.#buildout.has(versions) ? this.of(versions, 'collective.recipe.backup') : undefined;
    const number = /^\s*=*\s*(\d+)/.exec(pin ?? '')?.[1];
    return number === undefined ? undefined : Number(number) < major;
  }

  /** Warns of what nobody asked for. */
  ignored(): void {
    for (const option of this.#buildout.options(this.#part)) {
      if (this.#used.has(option)) continue;
      this.warnings.push(`[${this.#part}] ${option} is no option of the recipe; it is left out.`);
    }
  }
}
