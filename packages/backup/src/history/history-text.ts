import type { SetKind } from '../config.js';
import { count, FieldError, type Fields, oneOf, optional, readJson, text } from '../sets/json-fields.js';
import type { RunEntry, RunKind } from './run-entry.js';

/** The text of the history, and back (docs/formats/sets.md, "The history"). */

const FORMAT = 'holdfast-history';
const VERSION = 1;
/** So many runs are kept, the newest. */
export const MOST_RUNS = 500;
const LONGEST_MESSAGE = 500;

const KINDS: readonly RunKind[] = ['backup', 'snapshot', 'zip', 'verify', 'prune', 'restore', 'restore-test'];
const SET_KINDS: readonly SetKind[] = ['backup', 'snapshot', 'zip'];
const RESULTS: readonly RunEntry['result'][] = ['done', 'failed', 'cancelled'];
const LEVELS: readonly NonNullable<RunEntry['level']>[] = ['quick', 'stored', 'deep'];

export interface ParsedHistory {
  /** Oldest first: those that can be read. */
  readonly runs: readonly RunEntry[];
  /** `later`: a newer Holdfast wrote it. `broken`: something in it, beside a torn last line, is no entry. */
  readonly state: 'whole' | 'later' | 'broken';
  /** What is wrong, in words; undefined: nothing. */
  readonly reason: string | undefined;
}

export function printHistory(runs: readonly RunEntry[]): string {
  const rows = runs.slice(-MOST_RUNS).map((run) => JSON.stringify(printable(run)));
  return [JSON.stringify({ format: FORMAT, version: VERSION }), ...rows, ''].join('\n');
}

function printable(run: RunEntry): RunEntry {
  if (run.message === undefined) return run;
  return { ...run, message: run.message.split('\n', 1)[0]!.slice(0, LONGEST_MESSAGE) };
}

/** Of an empty text nothing is wrong: a history begins so. */
export function parseHistory(content: string): ParsedHistory {
  if (content === '') return { runs: [], state: 'whole', reason: undefined };
  const [head = '', ...lines] = content.split('\n');
  const version = readJson(head, readHead);
  if (version.value === undefined) return { runs: [], state: 'broken', reason: version.reason };
  if (version.value > VERSION)
    return { runs: [], state: 'later', reason: `its version is ${version.value}, not ${VERSION}` };
  const torn = lines.pop() ?? '';
  const runs: RunEntry[] = [];
  let reason: string | undefined;
  for (const [at, line] of lines.entries()) {
    const entry = readJson(line, readEntry);
    if (entry.value !== undefined) runs.push(entry.value);
    else reason ??= `line ${at + 2}: ${entry.reason}`;
  }
  const last = torn === '' ? undefined : readJson(torn, readEntry).value;
  if (last !== undefined) runs.push(last);
  return { runs: runs.slice(-MOST_RUNS), state: reason === undefined ? 'whole' : 'broken', reason };
}

function readHead(fields: Fields): number {
  if (fields.format !== FORMAT) throw new FieldError('it is not a history of runs');
  return count(fields.version, 'version');
}

function readEntry(fields: Fields): RunEntry {
  const entry = {
    kind: oneOf(fields.kind, KINDS, 'kind'),
    startedMs: count(fields.startedMs, 'startedMs'),
    finishedMs: count(fields.finishedMs, 'finishedMs'),
    result: oneOf(fields.result, RESULTS, 'result'),
    code: optional(fields.code, (code) => text(code, 'code')),
    message: optional(fields.message, (message) => text(message, 'message')),
    set: optional(fields.set, (set) => text(set, 'set')),
    setKind: optional(fields.setKind, (kind) => oneOf(kind, SET_KINDS, 'setKind')),
    level: optional(fields.level, (level) => oneOf(level, LEVELS, 'level')),
    bytes: optional(fields.bytes, (bytes) => count(bytes, 'bytes')),
  };
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined)) as typeof entry;
}
