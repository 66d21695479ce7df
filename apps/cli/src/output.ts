import { printable } from '@holdfast/errors';
import type { Streams } from './streams.js';

/** Version of what `--json` prints (docs/json.md). A field may be added in it, never changed. */
export const JSON_FORMAT = 'holdfast/1';

/** How much a command prints, and for whom. */
export interface OutputFlags {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** Where a command prints to: for a person, for a program (`--json`), or not at all (`-q`). */
export interface Output extends OutputFlags {
  /** The result for a person; silent with `--json` and `-q`. */
  line(text: string): void;
  /** The result for a program, with `--json`: one object on standard output. */
  result(command: string, value: Readonly<Record<string, unknown>>): void;
  /** Details of the way, with `-v`, on standard error. */
  detail(text: string): void;
  warn(text: string): void;
}

/** @param beforeEach takes a progress bar away, so that what is printed stands alone */
export function makeOutput(
  { stdout, stderr }: Streams,
  flags: OutputFlags,
  beforeEach: () => void = () => {},
): Output {
  const { json, quiet, verbose } = flags;
  return {
    ...flags,
    line: (text) => {
      beforeEach();
      if (!json && !quiet) stdout.write(`${printable(text)}\n`);
    },
    result: (command, value) => {
      beforeEach();
      if (json) stdout.write(`${JSON.stringify({ format: JSON_FORMAT, command, ok: true, ...value })}\n`);
    },
    detail: (text) => {
      if (!verbose) return;
      beforeEach();
      stderr.write(`${printable(text)}\n`);
    },
    warn: (text) => {
      beforeEach();
      stderr.write(`holdfast: warning: ${printable(text)}\n`);
    },
  };
}
