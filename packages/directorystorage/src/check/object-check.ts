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
import { BadPickle, findReferences, type OnReference } from '../pickle/references.js';
import type { Findings } from './findings.js';
import type { History } from './history-check.js';
import { halves } from './id-list.js';
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

/**
 * Transactions before this one may lack their place in the history: a version of DirectoryStorage before its first
 * release wrote them so.
 */
const FIRST_SURE_HISTORY = '034625A000000000';

/** Checks one object after the other, and names the objects that each refers to. */
export class ObjectChecker {
  /** Revisions that are linked to a current one: as many as there are files, in a sound storage. */
  linkedRevisions = 0;
  /** A transaction of the history: the next object is often of the same one. */
  private lastLinked: string | undefined;

  constructor(
    private readonly files: StorageFiles,
    private readonly findings: Findings,
    private readonly expect: Expectations,
  ) {}

  /** False when the object is not there. */
  check(oid: string, onReference: OnReference): boolean {
    return this.files.storage.settings.classname === 'Full'
      ? this.checkFull(oid, onReference)
      : this.checkMinimal(oid, onReference);
  }

  private checkFull(oid: string, onReference: OnReference): boolean {
    const name = currentName(oid);
    const bytes = this.files.readOf(oid, 'c');
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
    for (let tid = current; tid !== NO_TID; ) {
      const name = revisionName(oid, tid);
      const bytes = this.files.readOf(oid, tid);
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
      this.checkTransactionOf(tid, name);
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
    const known = tid === undefined ? undefined : this.files.md5Of(tid);
    const fault = objectFileFault(bytes, { oid, tid }, known);
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

  private checkTransactionOf(tid: string, name: string): void {
    const { history, lastPack } = this.expect;
    if (tid === this.lastLinked || !history.complete) return;
    const { high, low } = halves(tid);
    if (history.transactions.has(high, low)) {
      this.lastLinked = tid;
      return;
    }
    const transaction = transactionName(tid);
    if (this.files.exists(transaction)) {
      if (tid >= FIRST_SURE_HISTORY)
        this.findings.problem('revision-transaction-unlinked', this.files.path(name));
    } else if (tid >= lastPack) {
      this.findings.problem('revision-transaction-missing', this.files.path(name));
    } else {
      this.findings.count('revisionsWithoutTransaction');
    }
  }
}
