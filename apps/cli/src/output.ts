import { errorLine, errorReport, isHoldfastError, printable } from '@holdfast/errors';

/** Where a command prints to, and how: for a person, for a program (`--json`), or not at all (`-q`). */
export interface Output {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** The result for a person; silent with `--json` and `-q`. */
  line(text?: string): void;
  /** The result for a program, with `--json`: one object on standard output. */
  result(command: string, value: Readonly<Record<string, unknown>>): void;
  /** Details of the way, with `-v`, on standard error. */
  detail(text: string): void;
  warn(text: string): void;
}

/** Version of what `--json` prints (docs/json.md). A field may be added in it, never changed. */
const JSON_FORMAT = 'holdfast/1';

export interface Streams {
  readonly stdout: { write(text: string | Uint8Array): unknown };
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean | undefined };
}

export function makeOutput(
  streams: Streams,
  flags: { json: boolean; quiet: boolean; verbose: boolean },
): Output {
  const { json, quiet, verbose } = flags;
  return {
    ...flags,
    line: (text = '') => {
      if (!json && !quiet) streams.stdout.write(`${text}\n`);
    },
    result: (command, value) => {
      if (json)
        streams.stdout.write(`${JSON.stringify({ format: JSON_FORMAT, command, ok: true, ...value })}\n`);
    },
    detail: (text) => {
      if (verbose) streams.stderr.write(`${printable(text)}\n`);
    },
    warn: (text) => {
      streams.stderr.write(`holdfast: warning: ${printable(text)}\n`);
    },
  };
}

/** The end of a command that failed: one line, and what to do, on standard error; with `--json` also as an object. */
export function printError(streams: Streams, command: string, error: unknown, json: boolean): void {
  if (json) {
    const report = { format: JSON_FORMAT, command, ok: false, error: errorReport(error) };
    streams.stdout.write(`${JSON.stringify(report)}\n`);
  }
  streams.stderr.write(`holdfast: ${errorLine(error)}\n`);
  if (isHoldfastError(error)) streams.stderr.write(`          ${printable(error.hint)}\n`);
}

/** `1.5 GB`: powers of 1000, as disks and file managers count. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** `2026-11-21 01:31:08 UTC`. @param ms milliseconds since 1970 */
export function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

export function formatDuration(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (h > 0) return `${h} h ${m} min`;
  return m > 0 ? `${m} min ${s} s` : `${s} s`;
}

/** `1 transaction`, `2 transactions`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** Columns of text, the last one free; numbers that are given as `right` lean to the right. */
export function table(
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        right.includes(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd(),
  );
}
