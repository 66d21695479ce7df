import { spawn } from 'node:child_process';
import { peersState } from './peers.js';
import { type PythonProcess, watch } from './python-process.js';

export interface PythonOptions {
  readonly cwd?: string;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Given on standard input; without it, standard input is empty. */
  readonly input?: string | Uint8Array;
  /** Killed after so long; default one minute. */
  readonly timeoutMs?: number;
}

export interface PythonResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Exit status; -1 when a signal ended it, the time limit included. */
  readonly status: number;
}

/** Runs a script's text in the peers' interpreter to its end; `args` are its `sys.argv[1:]`. */
export function python(
  script: string,
  args: readonly string[] = [],
  options: PythonOptions = {},
): Promise<PythonResult> {
  return run(['-c', dedent(script), ...args], options);
}

/** As `python`, but a status other than 0 is an error that shows standard error; gives standard output. */
export async function pythonOutput(
  script: string,
  args: readonly string[] = [],
  options: PythonOptions = {},
): Promise<string> {
  const { stdout, stderr, status } = await python(script, args, options);
  if (status !== 0) throw new Error(`python ended with status ${status}:\n${stderr}`);
  return stdout;
}

/** Runs ZODB's own `repozo` with these arguments. */
export function repozo(args: readonly string[], options: PythonOptions = {}): Promise<PythonResult> {
  return run(['-m', 'ZODB.scripts.repozo', ...args], options);
}

/** Starts a script and leaves it running beside the test; stopped when the test ends, at the latest. */
export function spawnPython(
  script: string,
  args: readonly string[] = [],
  options: Omit<PythonOptions, 'input'> = {},
): PythonProcess {
  return watch(launch(['-c', dedent(script), ...args], options, 'pipe'));
}

async function run(args: readonly string[], options: PythonOptions): Promise<PythonResult> {
  const child = launch(args, options, options.input === undefined ? 'ignore' : 'pipe');
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  // A script that ends without reading its input breaks the pipe; its status says what it thought of it.
  child.stdin?.on('error', () => {});
  child.stdin?.end(options.input);
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 60_000);
  const status = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? -1));
  });
  clearTimeout(timer);
  return { stdout: stdout(), stderr: stderr(), status };
}

function launch(args: readonly string[], options: PythonOptions, input: 'ignore' | 'pipe') {
  const state = peersState();
  if (!state.available) throw new Error(`no Python peers: ${state.reason}`);
  // The caller's PYTHONPATH and PYTHONHOME would put foreign modules before the pinned ones.
  const { PYTHONPATH, PYTHONHOME, ...inherited } = process.env;
  return spawn(state.python, args, {
    stdio: [input, 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...inherited, PYTHONUNBUFFERED: '1', PYTHONUTF8: '1', ...options.env },
  });
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = [];
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}

/** Takes off the indentation that all lines share, so that a script can be written inside a test. */
function dedent(script: string): string {
  const lines = script.split('\n');
  const indents = lines.filter((line) => line.trim() !== '').map((line) => /^ */.exec(line)?.[0].length ?? 0);
  const common = Math.min(...indents);
  return Number.isFinite(common) ? lines.map((line) => line.slice(common)).join('\n') : script;
}
