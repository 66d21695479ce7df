import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { hexAt, MD5_SIZE } from '../object-file.js';
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

/** What a thread read of one object; what it did not is read again by who needs it, and found out there. */
export interface ReadObject {
  readonly pending: PendingObject;
  /** The file that names the current revision. */
  readonly current: Buffer | undefined;
  /** The tid in it. */
  readonly tid: string | undefined;
  /** The file of that revision, and the MD5 of what follows its checksum, 32 hex digits. */
  readonly revision: Buffer | undefined;
  readonly md5: string | undefined;
}

/** Objects given to a thread at once, and room for their files. */
const BATCH = 128;
const ROOM = 1 << 20;
const SLOTS = 2;
const FIELDS = 4;
/** Not so long that the event loop would miss it. */
const WAIT_MS = 5;

const FREE = 0;
const BUSY = 1;
const READY = 2;

/**
 * Threads that read the files of objects while others are looked at. It only saves time: nothing is decided here, and
 * a thread that fails costs nothing but its help.
 */
export class ReadAhead {
  private readonly threads: Thread[] = [];

  /** @param pathOf the path of an object's files without the ends of their names */
  constructor(
    count: number,
    private readonly pathOf: (pending: PendingObject) => string,
  ) {
    for (let thread = 0; thread < count; thread++) this.threads.push(new Thread());
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
    thread.start(slot, batch, batch.map(this.pathOf));
  }

  /** Objects that were read; undefined when none are ready. They are valid until `release`. */
  ready(): { readonly objects: Iterable<ReadObject>; release(): void } | undefined {
    for (const thread of this.threads) {
      const slot = thread.readySlot;
      if (slot !== undefined) return { objects: thread.objects(slot), release: () => thread.free(slot) };
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
  readonly bytes: Buffer;
  readonly fields: Int32Array;
  batch: readonly PendingObject[];
}

class Thread {
  private readonly state = new Int32Array(new SharedArrayBuffer(4 * SLOTS));
  private readonly slots: readonly Slot[];
  private readonly worker: Worker;
  private failed = false;

  constructor() {
    const memory = Array.from({ length: SLOTS }, () => ({
      bytes: new SharedArrayBuffer(ROOM),
      fields: new SharedArrayBuffer(4 * FIELDS * BATCH),
    }));
    this.slots = memory.map(({ bytes, fields }) => ({
      bytes: Buffer.from(bytes),
      fields: new Int32Array(fields),
      batch: [],
    }));
    this.worker = new Worker(PROGRAM, { eval: true, workerData: { state: this.state, memory } });
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

  start(slot: number, batch: readonly PendingObject[], paths: readonly string[]): void {
    this.slots[slot]!.batch = batch;
    Atomics.store(this.state, slot, BUSY);
    this.worker.postMessage({ slot, paths });
  }

  *objects(slot: number): Generator<ReadObject> {
    const { bytes, fields, batch } = this.slots[slot]!;
    const part = (at: number, length: number) => bytes.subarray(at, at + length);
    for (const [index, pending] of batch.entries()) {
      const [currentAt = 0, currentLength = -1, at = 0, length = -1] = fields.subarray(
        FIELDS * index,
        FIELDS * (index + 1),
      );
      const current = currentLength < 0 ? undefined : part(currentAt, currentLength);
      const revision = length < 0 ? undefined : part(at, length);
      const md5 = length < 0 ? undefined : part(at + length, MD5_SIZE).toString('hex');
      const tid = revision === undefined ? undefined : hexAt(current!, current!.length - 8);
      yield { pending, current, tid, revision, md5 };
    }
  }

  free(slot: number): void {
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

  /** What it had to do comes back unread. */
  private fail(): void {
    this.failed = true;
    for (const [slot, { fields }] of this.slots.entries()) {
      if (Atomics.load(this.state, slot) !== BUSY) continue;
      fields.fill(-1);
      Atomics.store(this.state, slot, READY);
    }
  }
}

/** Plain text, because a thread cannot be started from inside a bundle by a file name. */
const PROGRAM = `
const { closeSync, constants, openSync, readSync } = require('node:fs');
const { hash } = require('node:crypto');
const { parentPort, workerData } = require('node:worker_threads');
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const { state, memory } = workerData;
const slots = memory.map(({ bytes, fields }) => ({ bytes: Buffer.from(bytes), fields: new Int32Array(fields) }));

function read(path, bytes, at) {
  let descriptor;
  try {
    descriptor = openSync(path, FLAGS);
    let end = at;
    for (;;) {
      const room = bytes.length - ${MD5_SIZE} - end;
      if (room <= 0) return -1;
      const count = readSync(descriptor, bytes, end, room, end - at);
      if (count === 0) return end - at;
      end += count;
    }
  } catch {
    return -1;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

parentPort.on('message', ({ slot, paths }) => {
  const { bytes, fields } = slots[slot];
  let at = 0;
  for (let index = 0; index < paths.length; index++) {
    const field = ${FIELDS} * index;
    fields.fill(-1, field, field + ${FIELDS});
    const currentLength = read(paths[index] + 'c', bytes, at);
    fields[field] = at;
    fields[field + 1] = currentLength;
    if (currentLength !== 8 && currentLength !== 12) {
      at += Math.max(0, currentLength);
      continue;
    }
    at += currentLength;
    const tid = bytes.toString('hex', at - 8, at).toUpperCase();
    const length = read(paths[index] + tid, bytes, at);
    fields[field + 2] = at;
    fields[field + 3] = length;
    if (length < 0) continue;
    const md5 = hash('md5', Buffer.from(bytes.subarray(Math.min(at + 56, at + length), at + length)), 'buffer');
    at += length;
    bytes.set(md5, at);
    at += ${MD5_SIZE};
  }
  Atomics.store(state, slot, ${READY});
  Atomics.notify(state, slot);
});
`;
