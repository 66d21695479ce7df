import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './root.js';
import { parseSize } from './size.js';

export interface Options {
  readonly suite: string;
  /** Bytes of the storage that both programs work on. */
  readonly size: number;
  /** Bytes of the storage that shows whether an increment's time grows with the size. */
  readonly large: number;
  readonly rounds: number;
  /** Names of scenarios; empty = all. */
  readonly only: readonly string[];
  /** How long to wait for a quiet machine before each run. */
  readonly patienceMs: number;
  readonly list: boolean;
  readonly strict: boolean;
  readonly help: boolean;
  /** Where storages and repositories are made. */
  readonly targetDirectory: string;
}

export const USAGE = `Usage: npm run bench -- [OPTIONS]

Holdfast and its Python peers do the same jobs in turns, each measured as a whole process.

  --size SIZE        storage that both work on (default 1g)
  --large SIZE       storage for "an increment does not grow with the storage" (default 4 times --size)
  --rounds N         turns of each job (default 3; the longest jobs take at most 2)
  --only NAME        this scenario alone; may be given again
  --list             name the scenarios and their targets
  --suite NAME       which suite (default filestorage)
  --target-dir DIR   where storages and repositories are made (default .bench)
  --patience SECONDS before each run, wait at most so long for a quiet machine (default 0)
  --strict           status 1 when a target is missed
`;

/** Parses the command line; an error is one line for the user. */
export function parseOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      suite: { type: 'string', default: 'filestorage' },
      size: { type: 'string', default: '1g' },
      large: { type: 'string' },
      rounds: { type: 'string', default: '3' },
      only: { type: 'string', multiple: true, default: [] },
      patience: { type: 'string', default: '0' },
      list: { type: 'boolean', default: false },
      strict: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      'target-dir': { type: 'string', default: join(ROOT, '.bench') },
    },
  });
  const size = bytes('--size', values.size);
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds ${values.rounds}: not a whole number`);
  const patience = Number(values.patience);
  if (!(patience >= 0)) throw new Error(`--patience ${values.patience}: not a number of seconds`);
  return {
    suite: values.suite,
    size,
    large: values.large === undefined ? 4 * size : bytes('--large', values.large),
    rounds,
    only: values.only,
    patienceMs: 1000 * patience,
    list: values.list,
    strict: values.strict,
    help: values.help,
    targetDirectory: resolve(values['target-dir']),
  };
}

function bytes(option: string, text: string): number {
  const size = parseSize(text);
  if (size === undefined) throw new Error(`${option} ${text}: not a size such as 64m or 1g`);
  return size;
}
