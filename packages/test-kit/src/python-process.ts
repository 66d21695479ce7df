import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { whenDone } from './temporary.js';
import { Waiting } from './waiting.js';

/** A Python script that runs beside a test. */
export interface PythonProcess {
  readonly child: ChildProcess;
  /** The first line of standard output, past or future, that matches; an error when the script ends before or time runs out. */
  line(pattern: RegExp | string, timeoutMs?: number): Promise<string>;
  /** Writes one line to its standard input. */
  tell(line: string): void;
  /** Closes its standard input and waits for its end; the exit status, -1 after a signal. */
  finish(timeoutMs?: number): Promise<number>;
  /** Ends it at once (SIGKILL unless told otherwise) and waits until it is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Standard output and standard error so far. */
  output(): { readonly stdout: string; readonly stderr: string };
}

/** Follows a started child; it is stopped when the test ends. */
export function watch(child: ChildProcess): PythonProcess {
  const lines: string[] = [];
  let stderr = '';
  let status: number | undefined;
  let failure: Error | undefined;
  const waiting = new Waiting(
    () => failure ?? (status === undefined ? undefined : `ended with status ${status}`),
    () => `${lines.join('\n')}\n${stderr}`,
  );

  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8');
  });
  child.stdin?.on('error', () => {});
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      waiting.wake();
    });
  }
  child.on('error', (error) => {
    failure = error;
    waiting.wake();
  });
  child.on('close', (code) => {
    status = code ?? -1;
    waiting.wake();
  });

  const ended = (timeoutMs: number) => waiting.until('python: its end', timeoutMs, () => status);

  const process: PythonProcess = {
    child,
    line: (pattern, timeoutMs = 30_000) => {
      const matches = (line: string) =>
        typeof pattern === 'string' ? line.includes(pattern) : pattern.test(line);
      return waiting.until(`python: ${pattern}`, timeoutMs, () => lines.find(matches));
    },
    tell: (line) => {
      child.stdin?.write(`${line}\n`);
    },
    finish: (timeoutMs = 30_000) => {
      child.stdin?.end();
      return ended(timeoutMs);
    },
    stop: async (signal = 'SIGKILL') => {
      if (status !== undefined || failure !== undefined) return;
      child.kill(signal);
      await ended(30_000);
    },
    output: () => ({ stdout: lines.map((line) => `${line}\n`).join(''), stderr }),
  };
  whenDone(() => process.stop());
  return process;
}
