import { join } from 'node:path';
import { expandPath, type PathContext } from './paths.js';
import type { Problem } from './problem.js';

/** A reader of paths that gathers what is wrong with them. */
export class PathReader {
  readonly problems: Problem[] = [];
  readonly #context: PathContext;

  constructor(context: PathContext) {
    this.#context = context;
  }

  /** @param option where the path stands in the file */
  read(option: readonly string[], text: string, base: string): string {
    const expanded = expandPath(text, base, this.#context);
    if ('path' in expanded) return expanded.path;
    this.problems.push({ path: option, message: expanded.problem });
    return join(base, text);
  }

  problem(path: readonly string[], message: string): void {
    this.problems.push({ path, message });
  }
}
