import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { referenceScanner } from '../pickle/scan.js';
import { type ExamineTask, objectExaminer } from './examine.js';
import { runThread, type ThreadData } from './examine-thread.js';
import type { PendingObject } from './id-list.js';

export interface ReadAheadOptions {
  /** Threads; 0 is none. */
  readonly threads: number;
  /** Objects that are looked at before the threads are started, which takes as long as reading some thousand. */
  readonly after: number;
}

const MOST_THREADS = 3;

export function usualReadAhead(): ReadAheadOptions {
  return { threads: Math.min(MOST_THREADS, availableParallelism() - 1), after: 2000 };
}

/** Objects given to a thread at once, and words for what it finds: half a MiB. */
const BATCH = 128;
const ROOM = 1 << 17;
const SLOTS = 2;
/** Not so long that the event loop would miss it. */
const WAIT_MS = 5;

const FREE = 0;
const BUSY = 1;
const READY = 2;

/** Objects that a thread has looked at. They are valid until `release`. */
export interface ReadyObjects {
  readonly objects: readonly PendingObject[];
  /** What `ExamineObject` wrote about each, one after the other. */
  readonly found: Uint32Array;
  release(): void;
}

/**
 * Threads that look at objects while others are looked at here. They only save time: what they do not find to be sound is looked
 * at again by who needs it, and found out there; a thread that fails costs nothing but its help.
 */
export class ReadAhead {
  private readonly threads: Thread[] = [];

  constructor(count: number, task: ExamineTask) {
    for (let thread = 0; thread < count; thread++) this.threads.push(new Thread(task));
  }

  /** Whether a thread can take more. */
  get hasRoom(): boolean {
    return this.threads.some((thread) => thread.freeSlot !== undefined);
  }

  /** @param take the next object; undefined when there is none @param available how many there are */
  give(take: () => PendingObject | undefined, available: number): void {
    const thread = this.threads.find(({ freeSlot }) => freeSlot !== undefined);
    const slot = thread?.freeSlot;
    if (thread === undefined || slot === undefined) return;
    const batch: PendingObject[] = [];
    while (batch.length < Math.min(BATCH, available)) {
      const pending = take();
      if (pending === undefined) break;
      batch.push(pending);
    }
    thread.start(slot, batch);
  }

  /** Undefined when none are ready. */
  ready(): ReadyObjects | undefined {
    for (const thread of this.threads) {
      const slot = thread.readySlot;
      if (slot !== undefined) return thread.ready(slot);
    }
    return undefined;
  }

  /** Whether objects are still to come. */
  get isWorking(): boolean {
    return this.threads.some(({ isWorking }) => isWorking);
  }

  /** Waits a little for the first that works. */
  wait(): void {
    this.threads.find(({ isWorking }) => isWorking)?.wait();
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.close()));
  }
}

interface Slot {
  /** The halves of the oids. */
  readonly ids: Uint32Array;
  readonly found: Uint32Array;
  batch: readonly PendingObject[];
}

class Thread {
  private readonly state = new Int32Array(new SharedArrayBuffer(4 * SLOTS));
  private readonly slots: readonly Slot[];
  private readonly worker: Worker;
  private failed = false;

  constructor(task: ExamineTask) {
    this.slots = Array.from({ length: SLOTS }, () => ({
      ids: new Uint32Array(new SharedArrayBuffer(8 * BATCH)),
      found: new Uint32Array(new SharedArrayBuffer(4 * ROOM)),
      batch: [],
    }));
    const workerData: ThreadData = { state: this.state, slots: this.slots, task };
    this.worker = new Worker(PROGRAM, { eval: true, execArgv: [], workerData });
    this.worker.on('error', () => this.fail());
    this.worker.on('exit', () => this.fail());
  }

  get freeSlot(): number | undefined {
    return this.failed ? undefined : this.find(FREE);
  }

  get readySlot(): number | undefined {
    return this.find(READY);
  }

  get isWorking(): boolean {
    return this.find(BUSY) !== undefined;
  }

  start(slot: number, batch: readonly PendingObject[]): void {
    const { ids } = this.slots[slot]!;
    this.slots[slot]!.batch = batch;
    for (const [index, { high, low }] of batch.entries()) {
      ids[2 * index] = high;
      ids[2 * index + 1] = low;
    }
    Atomics.store(this.state, slot, BUSY);
    this.worker.postMessage({ slot, count: batch.length });
  }

  ready(slot: number): ReadyObjects {
    const { found, batch } = this.slots[slot]!;
    return { objects: batch, found, release: () => this.free(slot) };
  }

  private free(slot: number): void {
    this.slots[slot]!.batch = [];
    Atomics.store(this.state, slot, FREE);
  }

  wait(): void {
    const slot = this.find(BUSY);
    if (slot !== undefined) Atomics.wait(this.state, slot, BUSY, WAIT_MS);
  }

  async close(): Promise<void> {
    this.worker.removeAllListeners();
    this.worker.on('error', () => {});
    await this.worker.terminate();
  }

  private find(wanted: number): number | undefined {
    for (let slot = 0; slot < SLOTS; slot++) if (Atomics.load(this.state, slot) === wanted) return slot;
    return undefined;
  }

  /** What it had to do comes back as not looked at. */
  private fail(): void {
    this.failed = true;
    for (const [slot, { found }] of this.slots.entries()) {
      if (Atomics.load(this.state, slot) !== BUSY) continue;
      found.fill(0);
      Atomics.store(this.state, slot, READY);
    }
  }
}

/** Text, because a thread cannot be started from inside a bundle by a file name. */
const PROGRAM = `(${runThread})(require, ${referenceScanner}, ${objectExaminer});`;
