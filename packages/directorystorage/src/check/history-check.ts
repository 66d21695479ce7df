import { NO_TID, revisionName, transactionName } from '../names.js';
import {
  forEachOid,
  hasTransactionChecksum,
  previousTransaction,
  type TransactionFileFault,
  transactionFileFault,
  transactionOids,
} from '../transaction-file.js';
import type { Findings } from './findings.js';
import { FallingIds, halves } from './id-list.js';
import type { Pace } from './pace.js';
import { PairSum } from './pair-sum.js';
import type { StorageFiles } from './storage-files.js';

/** The transactions that `x.serial` leads to. */
export interface History {
  readonly transactions: FallingIds;
  /** Whether it goes back to the first transaction, or to the last pack; otherwise a problem was found. */
  readonly complete: boolean;
  /** Of the transactions since the last pack: each oid with the tid that wrote it. */
  readonly recentPairs: PairSum;
}

export interface HistoryRequest {
  readonly serial: string;
  readonly lastPack: string;
}

/** Faults that do not touch the pointer to the transaction before. */
const GOES_ON: readonly (TransactionFileFault | undefined)[] = [
  undefined,
  'length',
  'reserved',
  'md5',
  'blocks',
];

/** Follows the history back from the last transaction, and checks every file of it. */
export async function checkHistory(
  files: StorageFiles,
  findings: Findings,
  pace: Pace,
  { serial, lastPack }: HistoryRequest,
): Promise<History> {
  const transactions = new FallingIds();
  const recentPairs = new PairSum();
  const end = (complete: boolean): History => ({ transactions, complete, recentPairs });
  for (let tid = serial; tid !== NO_TID; ) {
    if (pace.due) await pace.breathe();
    const bytes = files.read(transactionName(tid));
    const path = files.path(transactionName(tid));
    if (bytes === 'unreadable') return end(false);
    if (bytes === undefined) {
      if (tid >= lastPack) findings.problem('history-broken', path);
      return end(tid < lastPack);
    }
    count(findings, bytes);
    const { high, low } = halves(tid);
    transactions.append(high, low);
    const fault = transactionFileFault(bytes, tid);
    if (fault !== undefined) findings.problem(`transaction-${fault}`, path);
    if (!GOES_ON.includes(fault)) return end(false);
    if (fault === undefined && tid >= lastPack)
      forEachOid(bytes, (oidHigh, oidLow) => recentPairs.add(oidHigh, oidLow, high, low));
    const previous = previousTransaction(bytes);
    if (previous >= tid) {
      findings.problem('transaction-pointer', path);
      return end(false);
    }
    tid = previous;
  }
  return end(true);
}

function count(findings: Findings, bytes: Buffer): void {
  findings.count('transactions');
  findings.count('transactionBytes', bytes.length);
  if (bytes.length >= 60 && !hasTransactionChecksum(bytes)) findings.count('filesWithoutChecksum');
}

/** Names the revisions that transactions since the last pack wrote and that are not there. */
export async function findMissingRevisions(
  files: StorageFiles,
  findings: Findings,
  pace: Pace,
  { serial, lastPack }: HistoryRequest,
): Promise<void> {
  for (let tid = serial; tid !== NO_TID && tid >= lastPack; ) {
    const bytes = files.read(transactionName(tid));
    if (bytes === undefined || bytes === 'unreadable' || bytes.length < 60) return;
    const sound = transactionFileFault(bytes, tid) === undefined;
    const oids = sound ? [...transactionOids(bytes)] : [];
    const previous = previousTransaction(bytes);
    for (const oid of oids) {
      if (pace.due) await pace.breathe();
      const name = revisionName(oid, tid);
      if (files.exists(name)) continue;
      findings.problem('transaction-without-revision', files.path(transactionName(tid)), files.path(name));
    }
    if (previous >= tid) return;
    tid = previous;
  }
}
