/** `snapshot.conf` (docs/formats/snapshot-conf.md): one line, one way into snapshot mode. */
import { HoldfastError } from '@holdfast/errors';
import { urlProblem } from './url.js';

/** One line of the file; its number is its place in the list, from 1. */
export type ConfLine =
  | { readonly kind: 'blank' }
  /** Skipped and reported, as DirectoryStorage does, which knows no comments. `text`: as it stands, with the `#`. */
  | { readonly kind: 'comment'; readonly text: string }
  /** `rest`: words behind the first one, which nobody looks at. */
  | { readonly kind: 'direct'; readonly rest?: string }
  | { readonly kind: 'nodirect'; readonly rest?: string }
  /** `access`: the path of the access file, as written. */
  | { readonly kind: 'http'; readonly url: string; readonly access: string }
  /** Skipped and reported. `text` may hold a password: it is never printed. */
  | { readonly kind: 'malformed'; readonly text: string; readonly reason: string };

/** A line that is skipped, and why. */
export interface Problem {
  /** From 1. */
  readonly line: number;
  readonly reason: string;
}

/** A way into snapshot mode, in the order in which it is tried. */
export type Method =
  | { readonly kind: 'http'; readonly line: number; readonly url: string; readonly access: string }
  /** `line` undefined: not listed; tried last all the same. */
  | { readonly kind: 'direct'; readonly line?: number };

/** Every text is a list of lines; what they cannot mean is in `problemsOf`. Line ends are LF, CRLF or CR. */
export function parseSnapshotConf(text: string): readonly ConfLine[] {
  const lines = text.split(/\r\n|\n|\r/);
  // What follows the last line end is a line only if there is something.
  if (lines.at(-1) === '') lines.pop();
  return lines.map(parseLine);
}

function parseLine(text: string): ConfLine {
  const words = text.trim().split(/\s+/);
  const [first = '', ...others] = words;
  if (first === '') return { kind: 'blank' };
  if (first.startsWith('#')) return { kind: 'comment', text: text.trim() };
  if (first === 'direct' || first === 'nodirect') {
    return others.length === 0 ? { kind: first } : { kind: first, rest: others.join(' ') };
  }
  if (first !== 'http') return malformed(text, 'it begins with neither direct, nodirect nor http');
  const [url = '', access = ''] = others;
  if (others.length !== 2) return malformed(text, 'http takes a URL and the name of an access file');
  const problem = urlProblem(url);
  return problem === undefined ? { kind: 'http', url, access } : malformed(text, problem);
}

function malformed(text: string, reason: string): ConfLine {
  return { kind: 'malformed', text: text.trim(), reason };
}

/** The lines that are skipped, blank ones apart. */
export function problemsOf(lines: readonly ConfLine[]): readonly Problem[] {
  return lines.flatMap((line, index): Problem[] => {
    if (line.kind === 'malformed') return [{ line: index + 1, reason: line.reason }];
    return line.kind === 'comment' ? [{ line: index + 1, reason: 'a comment' }] : [];
  });
}

/** What is tried, in order. Direct access comes last where no line lists it, unless a line says `nodirect`. */
export function methodsOf(lines: readonly ConfLine[]): readonly Method[] {
  const listed = lines.flatMap((line, index): Method[] => {
    if (line.kind === 'direct') return [{ kind: 'direct', line: index + 1 }];
    if (line.kind !== 'http') return [];
    return [{ kind: 'http', line: index + 1, url: line.url, access: line.access }];
  });
  const decided = lines.some(({ kind }) => kind === 'direct' || kind === 'nodirect');
  return decided ? listed : [...listed, { kind: 'direct' }];
}

/**
 * The text whose lines these are.
 *
 * @throws HoldfastError `snapshot.conf` for a line that no text has, such as a URL with a blank
 */
export function formatSnapshotConf(lines: readonly ConfLine[]): string {
  return lines.map((line, index) => `${formatLine(line, index + 1)}\n`).join('');
}

function formatLine(line: ConfLine, number: number): string {
  const text = textOf(line);
  const read = parseLine(text);
  if (!/[\r\n]/.test(text) && read.kind === line.kind && textOf(read) === text) return text;
  // Without the text: it may hold a password.
  const message = `line ${number} of a snapshot.conf cannot be written: it would be read as something else`;
  throw new HoldfastError('snapshot.conf', message, {
    hint: 'No part of a line may hold blanks or line ends.',
  });
}

function textOf(line: ConfLine): string {
  switch (line.kind) {
    case 'blank':
      return '';
    case 'comment':
    case 'malformed':
      return line.text;
    case 'http':
      return `http ${line.url} ${line.access}`;
    default:
      return line.rest === undefined ? line.kind : `${line.kind} ${line.rest}`;
  }
}
