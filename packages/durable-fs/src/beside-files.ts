import { Worker } from 'node:worker_threads';
import { HoldfastError } from '@holdfast/errors';
import { type PackedOutcomes, packTasks, unpackOutcomes } from './beside-messages.js';
import { BESIDE_PROGRAM } from './beside-program.js';
import type { BesideFiles } from './bulk-files.js';
import { fsError } from './fs-error.js';

/** What a call in the other thread threw. */
interface Failure {
  readonly code?: string;
  readonly errno?: number;
  readonly message: string;
  /** A verb phrase, for the message. */
  readonly doing: string;
  readonly path: string;
}

/** The thread is started by the first call, and keeps the process alive only while it works. */
export function besideFiles(): BesideFiles {
  let worker: BesideWorker | undefined;
  const ask = async <Answer>(question: object): Promise<Answer> => {
    worker ??= new BesideWorker(() => {
      worker = undefined;
    });
    return await (worker.ask(question) as Promise<Answer>);
  };
  return {
    async makeDirectories(paths) {
      const failure = await ask<Failure | undefined>({ kind: 'directories', paths });
      if (failure !== undefined) throw errorOf(failure);
    },
    async doTasks(tasks, options) {
      const question = { kind: 'tasks', tasks: packTasks(tasks), options };
      return unpackOutcomes(await ask<PackedOutcomes<Failure>>(question), errorOf);
    },
  };
}

function errorOf({ doing, path, ...cause }: Failure): HoldfastError {
  if (cause.code === 'SHORT')
    return new HoldfastError('fs.short-read', `${path} became shorter while it was copied`, { path });
  if (cause.code === 'IRREGULAR')
    return new HoldfastError('fs.not-a-regular-file', `cannot copy ${path}: not a regular file`, { path });
  return fsError(Object.assign(new Error(cause.message), cause), doing, path);
}

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: unknown): void;
}

class BesideWorker {
  private readonly worker = new Worker(BESIDE_PROGRAM, { eval: true, execArgv: [] });
  private readonly waiting: Waiting[] = [];

  constructor(private readonly onEnd: () => void) {
    this.worker.unref();
    this.worker.on('message', (answer: unknown) => {
      const { resolve } = this.waiting.shift()!;
      if (this.waiting.length === 0) this.worker.unref();
      resolve(answer);
    });
    this.worker.on('error', (error) => this.end(error));
    this.worker.on('exit', () => this.end(new Error('the thread ended')));
  }

  ask(question: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.worker.ref();
      this.worker.postMessage(question);
    });
  }

  private end(cause: unknown): void {
    this.onEnd();
    const error = new HoldfastError('internal', 'the thread that works on files beside this one ended', {
      cause,
    });
    for (const { reject } of this.waiting.splice(0)) reject(error);
  }
}
