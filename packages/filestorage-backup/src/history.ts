import { type RecordHeader, type ScanVisitor, type TransactionHeader, tidToHex } from '@holdfast/filestorage';
import type { LastTransaction } from './record.js';

/**
 * Whether a source is the storage that a chain holds, gone on since (design decision 4). Asked when the source no
 * longer begins with the backed-up bytes: after a pack that is right, but two storages that were swapped, or
 * yesterday's file put in place, look the same from the outside.
 *
 * What a pack keeps true: a transaction that remains keeps its tid; one that vanished had all its objects written
 * again later (or they are gone as garbage); everything up to the pack's time carries the status `p`.
 */

const LANDMARKS = 24;
const OIDS = 32;

/** What is recorded of a chain's history. */
export interface KnownHistory {
  readonly landmarks: readonly string[];
  readonly last: LastTransaction | undefined;
}

/** What a scan of the whole source showed of it. */
export interface ObservedHistory {
  readonly landmarksSeen: number;
  readonly lastSeen: boolean;
  /** The newest transaction that is older than the recorded last one. */
  readonly before: { readonly packed: boolean } | undefined;
  /** The first transaction that is newer than it. */
  readonly after: { readonly packed: boolean } | undefined;
  /** An object of the recorded last transaction whose newest revision in the source is older than that. */
  readonly olderObject: string | undefined;
}

export type Verdict = { readonly kind: 'same' } | { readonly kind: 'other'; readonly reason: string };

export function judgeHistory(known: KnownHistory, seen: ObservedHistory): Verdict {
  const { last } = known;
  if (last === undefined || seen.lastSeen) return { kind: 'same' };
  if (seen.landmarksSeen === 0) return other('it has no transaction in common with the backups');
  if (seen.olderObject !== undefined) {
    return other(`object 0x${seen.olderObject} is older in it than in the last backup`);
  }
  if (packedAway(seen)) return { kind: 'same' };
  return other(
    seen.after === undefined
      ? `it ends before the last backed-up transaction 0x${last.tid}`
      : `it went on without the last backed-up transaction 0x${last.tid}`,
  );
}

/**
 * Whether a pack can have removed the last backed-up transaction. What was written again or unlinked before the pack
 * was so by a later transaction that the pack kept and marked.
 */
function packedAway({ before, after }: ObservedHistory): boolean {
  return before?.packed !== false && after?.packed === true;
}

function other(reason: string): Verdict {
  return { kind: 'other', reason };
}

/** Watches a scan of the whole source for what `judgeHistory` asks. */
export class HistoryObserver implements ScanVisitor {
  readonly #landmarks: ReadonlySet<bigint>;
  readonly #last: bigint | undefined;
  /** By oid: whether the newest revision seen so far is older than the recorded last transaction. */
  readonly #objects: Map<bigint, boolean>;
  #landmarksSeen = 0;
  #lastSeen = false;
  #before: { packed: boolean } | undefined;
  #after: { packed: boolean } | undefined;

  constructor({ landmarks, last }: KnownHistory) {
    this.#landmarks = new Set(landmarks.map(fromHex));
    this.#last = last === undefined ? undefined : fromHex(last.tid);
    this.#objects = new Map((last?.oids ?? []).map((oid) => [fromHex(oid), false]));
  }

  transaction({ tid, status }: TransactionHeader): void {
    if (this.#landmarks.has(tid)) this.#landmarksSeen += 1;
    if (this.#last === undefined) return;
    if (tid === this.#last) this.#lastSeen = true;
    if (tid < this.#last) this.#before = { packed: status === 'packed' };
    if (tid > this.#last) this.#after ??= { packed: status === 'packed' };
  }

  record(record: RecordHeader, transaction: TransactionHeader): void {
    if (this.#objects.size === 0 || transaction.status === 'undone') return;
    const oid = oidOf(record);
    if (this.#objects.has(oid)) this.#objects.set(oid, transaction.tid < this.#last!);
  }

  observed(): ObservedHistory {
    const older = [...this.#objects].find(([, isOlder]) => isOlder)?.[0];
    return {
      landmarksSeen: this.#landmarksSeen,
      lastSeen: this.#lastSeen,
      before: this.#before,
      after: this.#after,
      olderObject: older === undefined ? undefined : tidToHex(older),
    };
  }
}

/** Collects what a chain's record keeps of the history it holds. */
export class HistoryCollector implements ScanVisitor {
  readonly #tids: bigint[] = [];
  #stride = 1;
  #count = 0;
  #tid: bigint | undefined;
  /** The last transaction that wrote data, and its objects: deletions vanish in the next pack without a trace. */
  #wrote: bigint | undefined;
  #oids: RecordHeader[] = [];

  transaction({ tid }: TransactionHeader): void {
    this.#tid = tid;
    if (this.#count % this.#stride === 0) this.#tids.push(tid);
    this.#count += 1;
    if (this.#tids.length < 2 * LANDMARKS) return;
    this.#stride *= 2;
    const kept = this.#tids.filter((_, index) => index % 2 === 0);
    this.#tids.splice(0, this.#tids.length, ...kept);
  }

  record(record: RecordHeader): void {
    if (record.dataLength === 0 && record.backPointer === 0) return;
    if (this.#wrote !== this.#tid) this.#oids = [];
    this.#wrote = this.#tid;
    if (this.#oids.length < OIDS) this.#oids.push(record);
  }

  get transactions(): number {
    return this.#count;
  }

  get landmarks(): readonly string[] {
    const tids =
      this.#tid === undefined || this.#tids.at(-1) === this.#tid ? this.#tids : [...this.#tids, this.#tid];
    return tids.map(tidToHex);
  }

  get last(): LastTransaction | undefined {
    if (this.#tid === undefined) return undefined;
    const oids = this.#oids.map((record) => tidToHex(oidOf(record)));
    const wrote =
      this.#wrote === undefined || this.#wrote === this.#tid ? {} : { wrote: tidToHex(this.#wrote) };
    return { tid: tidToHex(this.#tid), oids, ...wrote };
  }
}

function oidOf({ oidPrefix, oidSuffix }: RecordHeader): bigint {
  return (BigInt(oidPrefix) << 16n) | BigInt(oidSuffix);
}

function fromHex(text: string): bigint {
  return BigInt(`0x${text}`);
}
