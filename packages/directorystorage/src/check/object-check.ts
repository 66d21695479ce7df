import { hash } from 'node:crypto';
import { currentName, NO_TID, revisionName, transactionName } from '../names.js';
import {
  hasChecksum,
  OBJECT_HEADER_SIZE,
  objectData,
  objectFileFault,
  ownSerial,
  parseCurrent,
  previousSerial,
} from '../object-file.js';
import { BadPickle, findReferences, inflateData } from '../pickle/references.js';
import { type OnReference, referenceScanner } from '../pickle/scan.js';
import { type ExamineLimits, type ExamineObject, type ExamineTask, objectExaminer } from './examine.js';
import type { Findings } from './findings.js';
import type { History } from './history-check.js';
import { halves, idOf } from './id-list.js';
import type { StorageFiles } from './storage-files.js';

/** What the files of an object are held against. */
export interface Expectations {
  /** Tid of the last transaction. */
  readonly serial: string;
  /** The greatest oid that was given out. */
  readonly lastOid: string;
  readonly lastPack: string;
  readonly history: History;
}

function examineLimits({ serial, lastOid, lastPack }: Omit<Expectations, 'history'>): ExamineLimits {
  const pair = (id: string) => [halves(id).high, halves(id).low] as const;
  return { serial: pair(serial), lastOid: pair(lastOid), lastPack: pair(lastPack) };
}

/**
 * Transactions before this one may lack their place in the history: a version of DirectoryStorage before its first
 * release wrote them so.
 */
const FIRST_SURE_HISTORY = '034625A000000000';

/** Words for one object: it has room for a hundred thousand references. More are found by a closer look. */
const ROOM = 1 << 18;

/** Checks one object after the other, and names the objects that each refers to. */
export class ObjectChecker {
  /** Revisions that are linked to a current one: as many as there are files, in a sound storage. */
  linkedRevisions = 0;
  /** A transaction of the history: the next object is often of the same one. */
  private lastLinkedHigh = -1;
  private lastLinkedLow = -1;
  private readonly found = new Uint32Array(ROOM);
  /** What threads need to know to do the same. */
  readonly task: ExamineTask;
  private readonly examine: ExamineObject;

  constructor(
    private readonly files: StorageFiles,
    private readonly findings: Findings,
    private readonly expect: Expectations,
  ) {
    this.task = { limits: examineLimits(expect), places: files.places };
    this.examine = objectExaminer({
      ...this.task,
      scanner: referenceScanner(inflateData),
      md5: (bytes) => hash('md5', bytes, 'hex'),
      read: (path) => files.firstLook(path),
    });
  }

  /** False when the object is not there. */
  check(high: number, low: number, onReference: OnReference): boolean {
    if (this.files.storage.settings.classname !== 'Full')
      return this.checkMinimal(idOf(high, low), onReference);
    this.examine(high, low, this.found, 0, ROOM);
    if (this.found[0] === 0) return this.checkClosely(idOf(high, low), onReference);
    this.accept(high, low, this.found, 0, onReference);
    return true;
  }

  /** Takes over what `ExamineObject` wrote at `at` about a sound object; where that ends. */
  accept(high: number, low: number, found: Uint32Array, at: number, onReference: OnReference): number {
    const flags = found[at + 1]!;
    const revisions = found[at + 3]!;
    const { findings } = this;
    if ((flags & 1) !== 0) findings.count('oldCurrentFiles');
    if ((flags & 2) !== 0) findings.count('undoneObjects');
    findings.count('filesWithoutChecksum', flags >>> 2);
    findings.count('objectBytes', found[at + 2]!);
    findings.count('revisions', revisions);
    this.linkedRevisions += revisions;
    let next = at + 4;
    for (let revision = 0; revision < revisions; revision++) {
      this.checkTransaction(high, low, found[next]!, found[next + 1]!);
      const end = next + 3 + 2 * found[next + 2]!;
      for (next += 3; next < end; next += 2) onReference(found[next]!, found[next + 1]!);
    }
    return next;
  }

  /** As `check`, of a Full storage: slowly, and with all that is wrong. */
  checkClosely(oid: string, onReference: OnReference): boolean {
    const name = currentName(oid);
    const bytes = this.files.read(name);
    if (bytes === undefined) return false;
    if (bytes === 'unreadable') return true;
    const current = parseCurrent(bytes);
    if ('fault' in current) {
      this.findings.problem(`current-${current.fault}`, this.files.path(name));
      return true;
    }
    if (current.old) this.findings.count('oldCurrentFiles');
    this.checkOid(oid, name);
    if (current.serial > this.expect.serial)
      this.findings.problem('serial-beyond-last', this.files.path(name));
    this.followRevisions(oid, current.serial, onReference);
    return true;
  }

  private followRevisions(oid: string, current: string, onReference: OnReference): void {
    const { high, low } = halves(oid);
    for (let tid = current; tid !== NO_TID; ) {
      const name = revisionName(oid, tid);
      const bytes = this.files.read(name);
      if (bytes === undefined) {
        if (tid === current || tid >= this.expect.lastPack)
          this.findings.problem('revision-missing', this.files.path(name));
        return;
      }
      if (bytes === 'unreadable') return;
      this.linkedRevisions += 1;
      if (!this.checkRevision(oid, tid, name, bytes)) return;
      const previous = previousSerial(bytes);
      this.scan(bytes, name, tid === current, onReference);
      this.checkTransaction(high, low, halves(tid).high, halves(tid).low);
      if (previous >= tid) {
        this.findings.problem('revision-pointer', this.files.path(name));
        return;
      }
      tid = previous;
    }
  }

  private checkMinimal(oid: string, onReference: OnReference): boolean {
    const name = `o${oid}`;
    const bytes = this.files.read(name);
    if (bytes === undefined) return false;
    if (bytes === 'unreadable' || !this.checkRevision(oid, undefined, name, bytes)) return true;
    this.checkOid(oid, name);
    if (ownSerial(bytes) > this.expect.serial)
      this.findings.problem('serial-beyond-last', this.files.path(name));
    this.scan(bytes, name, true, onReference);
    return true;
  }

  private checkOid(oid: string, name: string): void {
    if (oid > this.expect.lastOid) this.findings.problem('oid-beyond-last', this.files.path(name));
  }

  /** Whether the file is sound by itself. */
  private checkRevision(oid: string, tid: string | undefined, name: string, bytes: Buffer): boolean {
    this.findings.count('revisions');
    this.findings.count('objectBytes', bytes.length);
    const fault = objectFileFault(bytes, { oid, tid });
    if (fault !== undefined) {
      this.findings.problem(`object-${fault}`, this.files.path(name));
      return false;
    }
    if (!hasChecksum(bytes)) this.findings.count('filesWithoutChecksum');
    return true;
  }

  private scan(bytes: Buffer, name: string, current: boolean, onReference: OnReference): void {
    if (bytes.length === OBJECT_HEADER_SIZE) {
      if (current) this.findings.count('undoneObjects');
      return;
    }
    try {
      findReferences(objectData(bytes), onReference);
    } catch (error) {
      if (!(error instanceof BadPickle)) throw error;
      const detail = `${error.message}, at byte ${OBJECT_HEADER_SIZE + error.offset}`;
      this.findings.problem(current ? 'bad-pickle' : 'bad-old-pickle', this.files.path(name), detail);
    }
  }

  /** The transaction that wrote a revision; both by their halves. */
  private checkTransaction(oidHigh: number, oidLow: number, high: number, low: number): void {
    const { history } = this.expect;
    if ((low === this.lastLinkedLow && high === this.lastLinkedHigh) || !history.complete) return;
    if (!history.transactions.has(high, low)) {
      this.findUnlinkedTransaction(idOf(oidHigh, oidLow), idOf(high, low));
      return;
    }
    this.lastLinkedHigh = high;
    this.lastLinkedLow = low;
  }

  private findUnlinkedTransaction(oid: string, tid: string): void {
    const path = this.files.path(revisionName(oid, tid));
    if (this.files.exists(transactionName(tid))) {
      if (tid >= FIRST_SURE_HISTORY) this.findings.problem('revision-transaction-unlinked', path);
    } else if (tid >= this.expect.lastPack) {
      this.findings.problem('revision-transaction-missing', path);
    } else {
      this.findings.count('revisionsWithoutTransaction');
    }
  }
}
