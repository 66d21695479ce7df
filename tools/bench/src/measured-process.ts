import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ROOT } from './root.js';

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
}

/** What a whole process cost, from its start to its end. */
export interface Cost {
  readonly wallSeconds: number;
  /** User and system time, its children included. */
  readonly cpuSeconds: number;
  /** Processor time that all other programs used meanwhile: what disturbed the run. Null where it is not known. */
  readonly othersSeconds: number | null;
  /** Largest resident size. */
  readonly peakBytes: number;
}

/** These would change what is measured. */
const STRAY = ['PYTHONPATH', 'PYTHONHOME', 'PYTHONDONTWRITEBYTECODE', 'PYTHONUNBUFFERED', 'NODE_OPTIONS'];

const script = join(ROOT, 'tools', 'bench', 'measure.py');

/** Runs a command under `measure.py`; a status other than 0 is an error that shows what the program said. */
export async function measure(python: string, command: Command): Promise<Cost> {
  const child = spawn(python, ['-I', script, command.file, ...command.args], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: cleanEnvironment(),
  });
  const report = child.stdio[3] as NodeJS.ReadableStream;
  const closed = new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve());
  });
  const [said, errors, json] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    text(report),
    closed,
  ]);
  if (json === '') throw failure(command, 'it could not be started', said, errors);
  const { status, ...cost } = JSON.parse(json) as Cost & { readonly status: number };
  if (status !== 0) throw failure(command, `it ended with status ${status}`, said, errors);
  return cost;
}

function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !STRAY.includes(name));
  return Object.fromEntries(kept);
}

function failure({ file, args }: Command, what: string, said: string, errors: string): Error {
  return new Error(`${[file, ...args].join(' ')}\n${what}\n${said}${errors}`.trimEnd());
}
