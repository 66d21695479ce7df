import type { referenceScanner } from '../pickle/scan.js';
import type { ExamineTask, objectExaminer } from './examine.js';

/** What a thread is started with. The memory is shared. */
export interface ThreadData {
  /** One for each slot; the thread sets 2 when it has done what was asked for. */
  readonly state: Int32Array;
  readonly slots: readonly { readonly ids: Uint32Array; readonly found: Uint32Array }[];
  readonly task: ExamineTask;
}

/**
 * What a thread does: it examines the objects of a slot and writes what it found, at each message.
 *
 * The function stands by itself, because a thread runs its text: nothing outside of it may be used.
 */
export function runThread(
  require: NodeJS.Require,
  makeScanner: typeof referenceScanner,
  makeExaminer: typeof objectExaminer,
): void {
  const { closeSync, constants, openSync, readSync } = require('node:fs') as typeof import('node:fs');
  const { hash } = require('node:crypto') as typeof import('node:crypto');
  const { parentPort, workerData } = require('node:worker_threads') as typeof import('node:worker_threads');
  const { inflateSync } = require('node:zlib') as typeof import('node:zlib');
  const { state, slots, task } = workerData as ThreadData;
  const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const READY = 2;
  /** Longer files are not for a thread. */
  const buffer = Buffer.alloc(1 << 20);
  const LONGEST_INFLATED = 1 << 24;
  // A file that is not there is no rare thing, and nobody reads where it was missed.
  Error.stackTraceLimit = 0;

  const isWhole = (length: number): boolean =>
    length === 8 || (length >= 60 && buffer.readUInt32BE(4) === length);

  function readAll(descriptor: number): Buffer | 'failed' {
    for (let done = 0; done < buffer.length; ) {
      const count = readSync(descriptor, buffer, done, buffer.length - done, done);
      done += count;
      if (count === 0 || isWhole(done)) return buffer.subarray(0, done);
    }
    return 'failed';
  }

  function read(path: string): Buffer | 'failed' | undefined {
    let descriptor: number | undefined;
    try {
      descriptor = openSync(path, FLAGS);
      return readAll(descriptor);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : 'failed';
    } finally {
      if (descriptor !== undefined) closeSync(descriptor);
    }
  }

  function inflate(data: Uint8Array): Buffer | undefined {
    try {
      return inflateSync(data, { maxOutputLength: LONGEST_INFLATED });
    } catch {
      return undefined;
    }
  }

  const examine = makeExaminer({
    ...task,
    scanner: makeScanner(inflate),
    md5: (bytes) => hash('md5', bytes, 'hex'),
    read,
  });

  parentPort!.on('message', ({ slot, count }: { readonly slot: number; readonly count: number }) => {
    const { ids, found } = slots[slot]!;
    // What does not fit is not looked at; each object needs one word to say so.
    const room = found.length - count;
    let at = 0;
    for (let index = 0; index < count; index++)
      at = examine(ids[2 * index]!, ids[2 * index + 1]!, found, at, room + index + 1);
    Atomics.store(state, slot, READY);
    Atomics.notify(state, slot);
  });
}
