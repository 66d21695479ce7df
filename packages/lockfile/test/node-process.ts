import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Waiting, whenDone } from '@holdfast/test-kit';

/** A Node script of `test/children` (they import the built package) that runs beside a test. */
export interface NodeProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  /** The first line of standard output, past or future, that contains the text. */
  line(text: string, timeoutMs?: number): Promise<string>;
  tell(line: string): void;
  /** Exit status, or -1 after a signal; standard output and error. */
  ended(timeoutMs?: number): Promise<{ status: number; stdout: string; stderr: string }>;
  kill(signal: NodeJS.Signals): void;
}

export interface ChildOptions {
  /** A program and its arguments in front of Node, such as `strace` or `setpriv`. */
  readonly under?: readonly string[];
  readonly nodeArgs?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Descriptors of this process that the child gets as 3, 4, … */
  readonly inherit?: readonly number[];
}

export function childScript(name: string): string {
  return fileURLToPath(new URL(`children/${name}`, import.meta.url));
}

export function startNode(
  script: string,
  args: readonly string[] = [],
  options: ChildOptions = {},
): NodeProcess {
  const [file = process.execPath, ...rest] = [
    ...(options.under ?? []),
    process.execPath,
    ...(options.nodeArgs ?? []),
    childScript(script),
    ...args,
  ];
  const child = spawn(file, rest, {
    stdio: ['pipe', 'pipe', 'pipe', ...(options.inherit ?? [])],
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
  });
  return follow(child, script);
}

function follow(child: ChildProcess, name: string): NodeProcess {
  const lines: string[] = [];
  let stderr = '';
  let status: number | undefined;
  const waiting = new Waiting(
    () => (status === undefined ? undefined : `it ended with ${status}`),
    () => `${lines.join('\n')}\n${stderr}`,
  );
  child.stdin?.on('error', () => {});
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  createInterface({ input: child.stdout! }).on('line', (line) => {
    lines.push(line);
    waiting.wake();
  });
  child.on('error', (error) => {
    stderr += String(error);
    status = -2;
    waiting.wake();
  });
  child.on('close', (code) => {
    status = code ?? -1;
    waiting.wake();
  });
  whenDone(async () => {
    if (status !== undefined) return;
    child.kill('SIGKILL');
    await waiting.until(`${name}: the end`, 10_000, () => status);
  });
  return {
    child,
    pid: child.pid ?? -1,
    line: (text, timeoutMs = 20_000) =>
      waiting.until(`${name}: the line '${text}'`, timeoutMs, () =>
        lines.find((line) => line.includes(text)),
      ),
    tell: (line) => {
      child.stdin?.write(`${line}\n`);
    },
    ended: async (timeoutMs = 30_000) => ({
      status: await waiting.until(`${name}: the end`, timeoutMs, () => status),
      stdout: lines.map((line) => `${line}\n`).join(''),
      stderr,
    }),
    kill: (signal) => {
      child.kill(signal);
    },
  };
}
