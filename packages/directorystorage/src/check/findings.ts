/** What a check found: problems by kind, with the first of them in full; and figures. */

/** Every kind of problem, and what it means. docs/json.md and the messages use the kinds. */
export const PROBLEM_TEXT = {
  'root-missing': 'a file that every storage has is missing',
  'root-length': 'a root file has not 8 bytes',
  'future-serial': 'the last transaction is in the future',
  'future-pack': 'the last pack is in the future',
  unreadable: 'a file cannot be read',
  'not-a-file': 'a link, pipe or device stands where only files and directories may be',
  'history-broken': 'a transaction of the history is missing, and no pack can have removed it',
  'transaction-short': 'a transaction file is shorter than its header',
  'transaction-magic': 'a transaction file does not begin with its magic number',
  'transaction-tid': 'a transaction file has the id of another transaction',
  'transaction-length': 'a transaction file does not have the length that it says',
  'transaction-reserved': 'a transaction file has something in its reserved bytes',
  'transaction-md5': 'a transaction file does not match its checksum',
  'transaction-blocks': 'the blocks of a transaction file do not add up to its length',
  'transaction-pointer': 'a transaction file names a later one as the one before it',
  'transaction-unlinked': 'a transaction later than the last pack is not linked into the history',
  'transaction-without-revision': 'a transaction names a revision that is not there',
  'revision-not-in-transaction': 'a revision is not named by its transaction',
  'revision-transaction-unlinked': 'the transaction of a revision is not linked into the history',
  'revision-transaction-missing': 'the transaction of a revision later than the last pack is missing',
  'dangling-reference': 'an object is referred to that is not there',
  'current-length': 'a file that names the current revision has neither 8 nor 12 bytes',
  'current-magic': 'a file that names the current revision has 12 bytes without their magic number',
  'current-missing': 'an object has revisions, but no file names the current one',
  'revision-missing': 'a revision is missing, and no pack can have removed it',
  'revision-unlinked': 'a revision later than the last pack is not linked to the current one of its object',
  'object-short': 'an object file is shorter than its header',
  'object-magic': 'an object file does not begin with its magic number',
  'object-length': 'an object file does not have the length that it says',
  'object-oid': 'an object file has the oid of another object',
  'object-undo-pointer': 'an object file says it was copied from a later revision',
  'object-reserved': 'an object file has something in its reserved bytes',
  'object-md5': 'an object file does not match its checksum',
  'object-serial': 'an object file has the serial of another revision',
  'revision-pointer': 'an object file names a later revision as the one before it',
  'bad-pickle': 'the data of a current revision cannot be a pickle of an object',
  'bad-old-pickle': 'the data of an older revision cannot be a pickle of an object',
  'serial-beyond-last': 'a revision is later than the last transaction',
  'oid-beyond-last': 'an oid is greater than the last one that was given out',
} as const;

export type ProblemKind = keyof typeof PROBLEM_TEXT;

export interface Problem {
  readonly kind: ProblemKind;
  /** The file, below the storage's directory. */
  readonly path: string;
  /** More that is known, such as who refers to a missing object. */
  readonly detail?: string;
}

/** Figures of a storage; none of them is a problem. */
export interface CheckStatistics {
  /** Objects that the root leads to. */
  objects: number;
  /** Objects that nothing leads to: what the next pack removes. */
  unreachableObjects: number;
  /** Objects whose creation was undone. */
  undoneObjects: number;
  revisions: number;
  transactions: number;
  objectBytes: number;
  transactionBytes: number;
  /** Files of the old form that names the current revision in 12 bytes. */
  oldCurrentFiles: number;
  filesWithoutChecksum: number;
  /** Revisions older than the last pack whose transaction file is gone. */
  revisionsWithoutTransaction: number;
  /** References from unreachable objects to objects that are not there. */
  danglingInGarbage: number;
  /** Files that an interrupted pack left: revisions and transactions older than it that nothing links to. */
  leftovers: number;
  /** Files that a pack removed and that wait to be deleted. */
  deletedFiles: number;
  marks: number;
  /** Files that are none of the storage's. */
  foreignFiles: number;
}

export type Counter = keyof CheckStatistics;

/** Problems that are kept in full; of the others only the number. */
const KEPT = 1000;

export class Findings {
  readonly statistics: CheckStatistics = {
    objects: 0,
    unreachableObjects: 0,
    undoneObjects: 0,
    revisions: 0,
    transactions: 0,
    objectBytes: 0,
    transactionBytes: 0,
    oldCurrentFiles: 0,
    filesWithoutChecksum: 0,
    revisionsWithoutTransaction: 0,
    danglingInGarbage: 0,
    leftovers: 0,
    deletedFiles: 0,
    marks: 0,
    foreignFiles: 0,
  };
  readonly problems: Problem[] = [];
  readonly counts = new Map<ProblemKind, number>();

  count(counter: Counter, by = 1): void {
    this.statistics[counter] += by;
  }

  problem(kind: ProblemKind, path: string, detail?: string): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    if (this.problems.length < KEPT)
      this.problems.push({ kind, path, ...(detail === undefined ? {} : { detail }) });
  }

  /** By path: which was found first depends on the threads. */
  problemsInOrder(): readonly Problem[] {
    const key = ({ path, kind, detail = '' }: Problem) => `${path}\0${kind}\0${detail}`;
    return this.problems.toSorted((one, other) => (key(one) < key(other) ? -1 : 1));
  }

  get problemCount(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }
}
