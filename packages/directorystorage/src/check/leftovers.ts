import { currentName, NO_TID, revisionName, transactionName } from '../names.js';
import { OBJECT_HEADER_SIZE, parseCurrent, previousSerial } from '../object-file.js';
import { transactionFileFault, transactionOids } from '../transaction-file.js';
import type { Findings } from './findings.js';
import { halves, idOf } from './id-list.js';
import { walkAgain } from './inventory.js';
import type { Expectations } from './object-check.js';
import type { Pace } from './pace.js';
import type { StorageFiles } from './storage-files.js';

/** Which of the sums did not come out. */
export interface Mismatch {
  /** More revisions than are linked to current ones. */
  readonly revisions: boolean;
  /** More transactions than are in the history. */
  readonly transactions: boolean;
  /** The revisions since the last pack are not those that the transactions name. */
  readonly pairs: boolean;
}

/**
 * Names the files that nothing links to. This round reads the storage a second time and is made only when the sums of
 * the first did not come out, so that the first needs no list of what it saw.
 */
export async function findUnlinked(
  files: StorageFiles,
  findings: Findings,
  pace: Pace,
  expect: Expectations,
  mismatch: Mismatch,
): Promise<void> {
  const unlinked = new Unlinked(files, findings, expect);
  await walkAgain(files, pace, {
    transaction(tidHigh, tidLow) {
      if (mismatch.transactions) unlinked.transaction(idOf(tidHigh, tidLow));
    },
    revision(oidHigh, oidLow, tidHigh, tidLow) {
      const oid = idOf(oidHigh, oidLow);
      const tid = idOf(tidHigh, tidLow);
      if (mismatch.revisions) unlinked.revision(oid, tid);
      if (mismatch.pairs) unlinked.pair(oid, tid);
    },
    object() {},
  });
}

class Unlinked {
  constructor(
    private readonly files: StorageFiles,
    private readonly findings: Findings,
    private readonly expect: Expectations,
  ) {}

  revision(oid: string, tid: string): void {
    const current = this.files.read(currentName(oid));
    if (current === 'unreadable') return;
    if (current === undefined) {
      this.found(tid, 'current-missing', revisionName(oid, tid));
    } else {
      const parsed = parseCurrent(current);
      if ('serial' in parsed && this.isMissed(oid, parsed.serial, tid))
        this.found(tid, 'revision-unlinked', revisionName(oid, tid));
    }
  }

  transaction(tid: string): void {
    const { high, low } = halves(tid);
    if (this.expect.history.transactions.has(high, low)) return;
    if (this.expect.history.complete) this.found(tid, 'transaction-unlinked', transactionName(tid));
  }

  /** A revision since the last pack whose transaction is there and does not name it. */
  pair(oid: string, tid: string): void {
    if (tid < this.expect.lastPack) return;
    const bytes = this.files.read(transactionName(tid));
    if (bytes === undefined || bytes === 'unreadable' || transactionFileFault(bytes, tid) !== undefined)
      return;
    for (const named of transactionOids(bytes)) if (named === oid) return;
    this.findings.problem('revision-not-in-transaction', this.files.path(revisionName(oid, tid)));
  }

  /** Whether the links from the current revision pass `tid` by; not so where they cannot be followed so far. */
  private isMissed(oid: string, current: string, wanted: string): boolean {
    for (let tid = current; tid > wanted; ) {
      const bytes = this.files.read(revisionName(oid, tid));
      if (bytes === undefined) return tid < this.expect.lastPack;
      if (bytes === 'unreadable' || bytes.length < OBJECT_HEADER_SIZE) return false;
      const previous = previousSerial(bytes);
      if (previous >= tid) return false;
      if (previous < wanted) return true;
      tid = previous;
    }
    return current < wanted || current === NO_TID;
  }

  private found(
    tid: string,
    kind: 'current-missing' | 'revision-unlinked' | 'transaction-unlinked',
    name: string,
  ): void {
    if (tid >= this.expect.lastPack) this.findings.problem(kind, this.files.path(name));
    else this.findings.count('leftovers');
  }
}
