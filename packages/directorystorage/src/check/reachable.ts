import { objectName, ROOT_OID } from '../names.js';
import type { Findings } from './findings.js';
import { IdBitmap } from './id-bitmap.js';
import { idOf, type PendingObject, PendingObjects } from './id-list.js';
import type { ObjectChecker } from './object-check.js';
import type { Pace } from './pace.js';
import { ReadAhead, type ReadAheadOptions } from './read-ahead.js';
import type { StorageFiles } from './storage-files.js';

/** Entries of the list of pending objects: 16 MiB. What does not fit is found again in the bitmaps. */
const MOST_PENDING = 1 << 20;
/** Below so many pending objects the oldest come first, which makes more: enough to give away. Then the newest do, which makes few. */
const BREADTH = 2048;
/** Of the pending objects a thread gets so many at the least: fewer are read sooner than given away. */
const WORTH_GIVING = 32;
/** Objects looked at here before the threads are seen to again. */
const AT_ONCE = 4;

export interface ReachableOptions {
  readonly mostPending?: number;
  readonly readAhead?: ReadAheadOptions;
  /** Steps of something else that has to be done, some of which may be taken on the way. */
  readonly meanwhile?: Iterator<void>;
}

/**
 * Checks every object that the root leads to, each once.
 *
 * Memory: two bits an object, and the list of pending objects, whose size is fixed. When it is full, objects are only
 * marked as reached; once it is empty, those that are reached and not done are taken up, without the one that referred.
 *
 * @returns the objects that were looked at
 */
export async function checkReachable(
  checker: ObjectChecker,
  files: StorageFiles,
  findings: Findings,
  pace: Pace,
  options: ReachableOptions = {},
): Promise<IdBitmap> {
  const search = new Search(checker, files, findings, pace, options);
  try {
    return await search.run();
  } finally {
    await search.close();
  }
}

class Search {
  private readonly reached = new IdBitmap();
  private readonly done = new IdBitmap();
  private readonly pending: PendingObjects;
  private ahead: ReadAhead | undefined;
  /** The object that is looked at. */
  private high = 0;
  private low = 0;
  private readonly onReference = (high: number, low: number): void => {
    if (this.reached.add(high, low)) this.pending.push(high, low, this.high, this.low);
  };

  constructor(
    private readonly checker: ObjectChecker,
    private readonly files: StorageFiles,
    private readonly findings: Findings,
    private readonly pace: Pace,
    private readonly options: ReachableOptions,
  ) {
    this.pending = new PendingObjects(options.mostPending ?? MOST_PENDING);
  }

  async run(): Promise<IdBitmap> {
    this.reached.add(0, 0);
    this.pending.push(0, 0);
    for (;;) {
      this.giveAway();
      if (this.takeReady() || this.doMeanwhile() || this.lookAtSome()) {
        if (this.pace.due) await this.pace.breathe();
      } else if (this.ahead?.isWorking === true) {
        this.ahead.wait();
        await this.pace.breathe();
      } else if (!this.takeUpRest()) return this.done;
    }
  }

  /** While threads work, what else there is to do comes first: objects can be shared with them, that cannot. */
  private doMeanwhile(): boolean {
    return this.ahead?.isWorking === true && this.options.meanwhile?.next().done === false;
  }

  /** False when there are none. */
  private lookAtSome(): boolean {
    for (let count = 0; count < AT_ONCE; count++) {
      const next = this.next();
      if (next === undefined) return count > 0;
      this.look(next);
    }
    return true;
  }

  private next(): PendingObject | undefined {
    return this.pending.length < BREADTH ? this.pending.shift() : this.pending.pop();
  }

  async close(): Promise<void> {
    await this.ahead?.close();
  }

  /** Half of what is pending goes to the threads, half stays to be looked at here. */
  private giveAway(): void {
    this.ahead ??= this.startThreads();
    while (this.ahead?.hasRoom === true && this.pending.length >= 2 * WORTH_GIVING)
      this.ahead.give(() => this.next(), this.pending.length >> 1);
  }

  private startThreads(): ReadAhead | undefined {
    const { readAhead } = this.options;
    if (readAhead === undefined || readAhead.threads <= 0) return undefined;
    if (this.findings.statistics.objects < readAhead.after) return undefined;
    return new ReadAhead(readAhead.threads, this.checker.task);
  }

  private takeReady(): boolean {
    const ready = this.ahead?.ready();
    if (ready === undefined) return false;
    let at = 0;
    for (const object of ready.objects) {
      if (ready.found[at] === 0) {
        this.look(object);
        at += 1;
        continue;
      }
      this.begin(object);
      at = this.checker.accept(object.high, object.low, ready.found, at, this.onReference);
      this.findings.count('objects');
    }
    ready.release();
    return true;
  }

  private look(object: PendingObject): void {
    this.begin(object);
    if (this.checker.check(object.high, object.low, this.onReference)) this.findings.count('objects');
    else reportMissing(this.files, this.findings, object);
  }

  private begin({ high, low }: PendingObject): void {
    this.done.add(high, low);
    this.high = high;
    this.low = low;
  }

  /** Objects for which the list had no room; false when there are none. */
  private takeUpRest(): boolean {
    for (const { high, low } of this.reached.notIn(this.done)) if (!this.pending.push(high, low)) break;
    return this.pending.length > 0;
  }
}

function reportMissing(
  files: StorageFiles,
  findings: Findings,
  { high, low, referrer }: PendingObject,
): void {
  const oid = idOf(high, low);
  const by = referrer && `referred to by ${objectPath(files, idOf(referrer.high, referrer.low))}`;
  findings.problem('dangling-reference', objectPath(files, oid), oid === ROOT_OID ? 'the root object' : by);
}

function objectPath(files: StorageFiles, oid: string): string {
  return files.path(objectName(files.storage.settings.classname, oid));
}
