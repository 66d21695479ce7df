import { type BulkReads, type Clock, type FileSystem, nodeBulkReads } from '@holdfast/durable-fs';
import { tidToHex, timeToTid } from '@holdfast/filestorage';
import { NO_TID, objectName, X_OID, X_PACKED, X_SERIAL } from '../names.js';
import { hexAt } from '../object-file.js';
import { openStorage, type StorageDirectory } from '../open-storage.js';
import { type CheckStatistics, Findings, type Problem, type ProblemKind } from './findings.js';
import { checkHistory, findMissingRevisions, type History } from './history-check.js';
import { IdBitmap } from './id-bitmap.js';
import { FallingIds, halves, idOf } from './id-list.js';
import { stepsOfWalk } from './inventory.js';
import { findUnlinked } from './leftovers.js';
import { type Expectations, ObjectChecker } from './object-check.js';
import { type CheckProgress, Pace } from './pace.js';
import { PairSum } from './pair-sum.js';
import { checkReachable } from './reachable.js';
import { type ReadAheadOptions, usualReadAhead } from './read-ahead.js';
import { StorageFiles } from './storage-files.js';

export interface CheckEngine {
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: CheckProgress) => void) | undefined;
  /** Default: the real files. */
  readonly bulk?: BulkReads | undefined;
  /** Default: as many as the machine has room for, on the real files. */
  readonly readAhead?: ReadAheadOptions | undefined;
}

export interface CheckReport {
  readonly storage: StorageDirectory;
  readonly sound: boolean;
  /** The first thousand that were found, by path. */
  readonly problems: readonly Problem[];
  readonly problemCount: number;
  /** How many of each kind. */
  readonly counts: Readonly<Partial<Record<ProblemKind, number>>>;
  readonly statistics: Readonly<CheckStatistics>;
  /** Tid of the last transaction, 16 hex digits. */
  readonly serial: string;
  /** Tid before which a pack may have removed history; zeros where there was none. */
  readonly lastPack: string;
}

/** Clocks of two machines may differ by so much. */
const CLOCK_SHEAR_MS = 60_000;

/**
 * Reads every file of `A` and checks it by itself and against the others (docs/formats/directorystorage.md, section 8).
 * The caller sees to it that the storage is frozen. Nothing is written.
 *
 * Memory: some bits an object and 8 bytes a transaction, whatever the layout and however much is wrong.
 *
 * @throws HoldfastError as `openStorage`, `cancelled`, or one of the `fs.` family; problems of the storage are no errors
 */
export async function checkStorage(engine: CheckEngine, directory: string): Promise<CheckReport> {
  const storage = await openStorage(engine.fs, directory);
  const findings = new Findings();
  const files = new StorageFiles(engine.bulk ?? nodeBulkReads(), storage, findings);
  const { statistics } = findings;
  const pace = new Pace(engine.clock, engine.signal, () =>
    engine.onProgress?.({
      files: statistics.objects + statistics.unreachableObjects,
      bytes: statistics.objectBytes,
    }),
  );
  const roots = readRoots(files, findings, engine.clock.now());
  const readAhead = engine.readAhead ?? (engine.bulk === undefined ? usualReadAhead() : NO_READ_AHEAD);
  if (roots !== undefined) await checkAll(files, findings, pace, { ...roots, readAhead });
  return {
    storage,
    sound: findings.problemCount === 0,
    problems: findings.problemsInOrder(),
    problemCount: findings.problemCount,
    counts: Object.fromEntries(findings.counts),
    statistics,
    serial: roots?.serial ?? NO_TID,
    lastPack: roots?.lastPack ?? NO_TID,
  };
}

interface Roots {
  readonly lastOid: string;
  readonly serial: string;
  readonly lastPack: string;
}

/** Undefined where nothing can be held against them. */
function readRoots(files: StorageFiles, findings: Findings, now: number): Roots | undefined {
  const [lastOid, serial, lastPack] = [X_OID, X_SERIAL, X_PACKED].map((name) => {
    const bytes = files.read(name);
    if (bytes === 'unreadable') return undefined;
    if (bytes?.length === 8) return hexAt(bytes, 0);
    // A storage that was never packed may have no x.packed.
    if (bytes === undefined && name === X_PACKED) return NO_TID;
    findings.problem(bytes === undefined ? 'root-missing' : 'root-length', files.path(name));
    return undefined;
  });
  if (lastOid === undefined || serial === undefined || lastPack === undefined) return undefined;
  const latest = tidToHex(timeToTid(now + CLOCK_SHEAR_MS)).toUpperCase();
  if (serial > latest) findings.problem('future-serial', files.path(X_SERIAL));
  if (lastPack > latest) findings.problem('future-pack', files.path(X_PACKED));
  return { lastOid, serial, lastPack };
}

const NO_READ_AHEAD: ReadAheadOptions = { threads: 0, after: 0 };

async function checkAll(
  files: StorageFiles,
  findings: Findings,
  pace: Pace,
  { readAhead, ...roots }: Roots & { readonly readAhead: ReadAheadOptions },
): Promise<void> {
  const full = files.storage.settings.classname === 'Full';
  const history = full ? await checkHistory(files, findings, pace, roots) : NO_HISTORY;
  const expect: Expectations = { ...roots, history };
  const checker = new ObjectChecker(files, findings, expect);
  const threads = full ? readAhead : NO_READ_AHEAD;
  const seen = await countFiles(files, findings, pace, { ...expect, readAhead: threads }, checker);
  if (!full) return;
  const pairs = history.complete && !seen.recentPairs.equals(history.recentPairs);
  const mismatch = {
    revisions: seen.revisions !== checker.linkedRevisions,
    transactions: seen.transactions !== history.transactions.length,
    pairs,
  };
  if (pairs) await findMissingRevisions(files, findings, pace, roots);
  if (pairs || mismatch.revisions || mismatch.transactions)
    await findUnlinked(files, findings, pace, expect, mismatch);
}

function checkUnreachable(
  files: StorageFiles,
  findings: Findings,
  checker: ObjectChecker,
  high: number,
  low: number,
): void {
  findings.count('unreachableObjects');
  const { classname } = files.storage.settings;
  const dangling: string[] = [];
  checker.check(high, low, (toHigh, toLow) => dangling.push(idOf(toHigh, toLow)));
  for (const oid of dangling)
    if (!files.exists(objectName(classname, oid))) findings.count('danglingInGarbage');
}

const NO_HISTORY: History = {
  transactions: new FallingIds(),
  complete: false,
  recentPairs: new PairSum(),
};

interface Seen {
  readonly revisions: number;
  readonly transactions: number;
  /** Of the revisions since the last pack. */
  readonly recentPairs: PairSum;
}

/** What the root leads to, and all that is there; then what was not reached. */
async function countFiles(
  files: StorageFiles,
  findings: Findings,
  pace: Pace,
  { serial, lastPack, readAhead }: Expectations & { readonly readAhead: ReadAheadOptions },
  checker: ObjectChecker,
): Promise<Seen> {
  const there = new IdBitmap();
  const recentPairs = new PairSum();
  let revisions = 0;
  let transactions = 0;
  const { high: packHigh, low: packLow } = halves(lastPack);
  const walk = stepsOfWalk(files, findings, {
    transaction() {
      transactions += 1;
    },
    revision(oidHigh, oidLow, tidHigh, tidLow) {
      revisions += 1;
      if (tidHigh > packHigh || (tidHigh === packHigh && tidLow >= packLow))
        recentPairs.add(oidHigh, oidLow, tidHigh, tidLow);
    },
    object(high, low) {
      there.add(high, low);
    },
  });
  // A storage without a transaction has no root object.
  const done =
    serial === NO_TID
      ? new IdBitmap()
      : await checkReachable(checker, files, findings, pace, { readAhead, meanwhile: walk });
  await pace.run(walk);
  for (const { high, low } of there.notIn(done)) {
    if (pace.due) await pace.breathe();
    checkUnreachable(files, findings, checker, high, low);
  }
  return { revisions, transactions, recentPairs };
}
