import type { Context } from '../context.js';

/** An option of a command; a `<dir>` or `<file>` may not be empty (an unset variable in a script). */
export interface OptionSpec {
  readonly flags: string;
  readonly text: string;
  readonly choices?: readonly string[];
  readonly initial?: string;
  readonly conflicts?: string;
}

/** Free words of a command. */
export interface WordSpec {
  /** As commander takes it: `<dir>`, `[date...]`. */
  readonly name: string;
  readonly text: string;
}

/** A command as data: what its help shows, and how it is run. The code that runs it is loaded only then. */
export interface CommandSpec {
  /** One word, or two for a command of a group. */
  readonly name: string;
  readonly text: string;
  readonly words?: readonly WordSpec[];
  /** Where the words are better shown otherwise than commander does. */
  readonly usage?: string;
  /** What follows the words belongs to another program, its options too. */
  readonly runsProgram?: true;
  readonly options: readonly OptionSpec[];
  readonly examples: readonly string[];
  /** The exit status. */
  readonly run: (context: Context, options: object, words: readonly string[]) => Promise<number>;
}
