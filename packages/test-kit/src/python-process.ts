import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { whenDone } from './temporary.js';

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
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const check of waiting) check();
  };
  let stderr = '';
  let status: number | undefined;
  let failure: Error | undefined;

  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8');
  });
  child.stdin?.on('error', () => {});
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      wake();
    });
  }
  child.on('error', (error) => {
    failure = error;
    wake();
  });
  child.on('close', (code) => {
    status = code ?? -1;
    wake();
  });

  /** Resolves with what `look` finds, at once or after the next event; `what` names it when time runs out. */
  function until<T>(look: () => T | undefined, what: string, timeoutMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => settle(() => reject(problem(`${what}: timed out`))), timeoutMs);
      const settle = (done: () => void) => {
        clearTimeout(timer);
        waiting.delete(check);
        done();
      };
      const check = () => {
        const found = look();
        if (found !== undefined) settle(() => resolve(found));
        else if (failure ?? status !== undefined)
          settle(() => reject(failure ?? problem(`${what}: ended with status ${status}`)));
      };
      waiting.add(check);
      check();
    });
  }

  const problem = (text: string) => new Error(`python: ${text}\n${lines.join('\n')}\n${stderr}`);
  const ended = (timeoutMs: number) => until(() => status, 'waiting for its end', timeoutMs);

  const process: PythonProcess = {
    child,
    line: (pattern, timeoutMs = 30_000) => {
      const matches = (line: string) =>
        typeof pattern === 'string' ? line.includes(pattern) : pattern.test(line);
      return until(() => lines.find(matches), `waiting for ${pattern}`, timeoutMs);
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
