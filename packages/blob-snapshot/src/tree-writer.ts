import { join } from 'node:path';
import { type BesideOutcome, copyLargeFile, type Owner } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { BlobEngine } from './engine.js';
import { type BlobDirectory, type BlobFile, fileEntry } from './entry.js';
import { parentPath, ROOT_PATH } from './manifest-path.js';
import { DirectoriesAhead } from './tree-ahead.js';
import { Digest, finishDirectory, keep, LARGE, ownerToSet } from './tree-copy.js';
import { TreeQueue } from './tree-queue.js';

export interface TreePlaces {
  /** The blob directory of the site. */
  readonly source: string;
  /** The inner directory of the tree that is made. */
  readonly target: string;
  /** The inner directory of the tree before; undefined: there is none. */
  readonly previous: string | undefined;
  /** Levels of directories, the root among them, above the one that holds the blobs of an object. */
  readonly depth: number;
  /** Which new files are linked to the source; undefined: none. */
  readonly linkNew: ((path: string) => boolean) | undefined;
}

/** What became of a file. `refused`: it was not made. */
export type Made =
  | { readonly how: 'linked' | 'copied'; readonly entry: BlobFile }
  | { readonly how: 'refused'; readonly reason: string; readonly unreadable: boolean };

type Wait = Promise<void> | undefined;
type WhenMade = (made: Made) => Wait;

interface OpenDirectory {
  readonly entry: BlobDirectory;
  /** The mode that it has while it is filled. */
  readonly mode: number;
  /** Made by the other thread, so that all in it must be too. */
  readonly beside: boolean;
}

/** Makes the directories and files of a tree, which must come in the order of a walk. */
export class TreeWriter {
  /** From the root down to where the last entry lies: their times are set when the walk has left them. */
  private readonly open: OpenDirectory[] = [];
  private readonly queue: TreeQueue | undefined;
  /** Directories that got another file after their times were set. */
  private readonly touched = new Set<string>();
  /** Whose new directories and files are: known when the root is made. */
  private ownerOfNew: Owner | undefined;
  readonly ahead: DirectoriesAhead;
  /** Why the first file was copied that should have been linked. */
  cannotLink: string | undefined;

  constructor(
    private readonly engine: Pick<BlobEngine, 'fs' | 'bulk' | 'signal'>,
    private readonly places: TreePlaces,
  ) {
    const { bulk } = engine;
    const { source: from, target: to } = places;
    const options = () => ({ ...keep(), from, to, ownerOfNew: this.ownerOfNew, largest: BESIDE });
    this.queue = bulk.beside === undefined ? undefined : new TreeQueue(bulk.beside, options);
    this.ahead = new DirectoriesAhead(bulk, places.target);
  }

  /** Whether new files need not be looked at before they come here. */
  get takesUnseen(): boolean {
    return this.queue !== undefined && this.places.linkNew === undefined;
  }

  /** The other thread has no directories to make ahead, but files to copy all the time. */
  private get copiesAll(): boolean {
    return this.places.previous === undefined && this.places.linkNew === undefined;
  }

  /** `done` is called when all entries before are made. */
  directory(entry: BlobDirectory, done: () => Wait): Wait {
    this.leaveFor(entry.path);
    const path = this.targetOf(entry.path);
    const ready = this.ahead.take(entry.path);
    // It must be open to us as long as it is filled.
    const mode = ready ? 0o700 : entry.mode | 0o700;
    const beside = !ready && this.isMadeBeside();
    if (beside) this.queue!.add({ kind: 'directory', path: entry.path, mode }, expectDone);
    else if (!ready) this.engine.bulk.makeDirectory(path, mode);
    // Files and directories below have the group of this one, or of this process: in either case as it has now.
    this.ownerOfNew ??= ownerOf(this.engine.bulk.lstat(path));
    this.open.push({ entry, mode, beside });
    return this.after(done);
  }

  /** Where all is copied, the thread that has less to do makes the directory. */
  private isMadeBeside(): boolean {
    const { queue, open, places } = this;
    if (queue === undefined || !this.copiesAll) return false;
    return open.at(-1)?.beside === true || (open.length >= places.depth && queue.hasRoom);
  }

  /** A file that the tree before has: linked to it, or copied from the source where that cannot be. */
  same(entry: BlobFile, done: WhenMade): Wait {
    const { previous } = this.places;
    if (previous === undefined || !this.link(previous, entry.path))
      return this.copy(entry.path, entry.size, done);
    return this.after(() => done({ how: 'linked', entry }));
  }

  /** A file that the tree before has not. */
  fresh(entry: BlobFile, done: WhenMade): Wait {
    if (this.places.linkNew?.(entry.path) !== true || !this.link(this.places.source, entry.path))
      return this.copy(entry.path, entry.size, done);
    return this.after(() => done({ how: 'linked', entry }));
  }

  /** A file that nobody has looked at; only where `takesUnseen`. */
  unseen(path: string, done: WhenMade): Wait {
    return this.copy(path, 0, done);
  }

  /** Sets what is left to set, when all is made. */
  async finish(): Promise<void> {
    while (this.open.length > 0) this.leave();
    await this.queue?.drain();
  }

  /** After an error: waits until nothing more is made beside. */
  async settle(): Promise<void> {
    await this.queue?.settle();
    await this.ahead.settle();
  }

  private after(step: () => Wait): Wait {
    return this.queue === undefined ? step() : this.queue.after(step);
  }

  private link(from: string, path: string): boolean {
    this.leaveFor(path);
    this.ahead.clear(path);
    try {
      this.engine.bulk.link(`${from}/${path}`, this.targetOf(path));
      return true;
    } catch (error) {
      if (isHoldfastError(error, 'fs.not-found')) {
        this.cannotLink ??= `${join(from, path)} is not there`;
      } else if (isHoldfastError(error, 'fs.cannot-link') || isHoldfastError(error, 'fs.permission')) {
        this.cannotLink ??= error.message;
      } else throw error;
      return false;
    }
  }

  private copy(path: string, size: number, done: WhenMade): Wait {
    this.leaveFor(path);
    this.ahead.clear(path);
    if (this.queue === undefined) return this.copyHere(path, size, done);
    if (size > BESIDE) return this.queue.drain().then(() => this.copyHere(path, size, done));
    this.queue.add({ kind: 'copy', path }, (outcome) => this.copiedBeside(path, outcome, done));
    return this.queue.goOn();
  }

  private copiedBeside(path: string, outcome: BesideOutcome, done: WhenMade): Wait {
    switch (outcome.kind) {
      case 'copied': {
        const { stat, sha256 } = outcome;
        return done({ how: 'copied', entry: fileEntry(path, stat, sha256) });
      }
      case 'too-large':
        this.touched.add(parentPath(path)!);
        return this.copyHere(path, outcome.size, done);
      case 'failed':
        return done(notCopied(this.sourceOf(path), outcome.error));
      case 'done':
        return undefined;
    }
  }

  private copyHere(path: string, size: number, done: WhenMade): Wait {
    if (size > LARGE) return this.copyLarge(path, done);
    const from = this.sourceOf(path);
    const digest = new Digest();
    let made: Made;
    try {
      const stat = this.engine.bulk.copyFile(from, this.targetOf(path), { ...keep(), onChunk: digest.take });
      made = { how: 'copied', entry: fileEntry(path, stat, digest.base64) };
    } catch (error) {
      made = notCopied(from, error);
    }
    return done(made);
  }

  private async copyLarge(path: string, done: WhenMade): Promise<void> {
    const from = this.sourceOf(path);
    const digest = new Digest();
    const options = { ...keep(), onChunk: digest.take, signal: this.engine.signal };
    await copyLargeFile(this.engine.fs, from, this.targetOf(path), options).then(
      (stat) => done({ how: 'copied', entry: fileEntry(path, stat, digest.base64) }),
      (error) => done(notCopied(from, error)),
    );
  }

  private sourceOf(path: string): string {
    return `${this.places.source}/${path}`;
  }

  private targetOf(path: string): string {
    return path === ROOT_PATH ? this.places.target : `${this.places.target}/${path}`;
  }

  private leaveFor(path: string): void {
    for (;;) {
      const last = this.open.at(-1);
      if (last === undefined || contains(last.entry.path, path)) return;
      this.leave();
    }
  }

  private leave(): void {
    const directory = this.open.pop()!;
    const { entry, mode } = directory;
    this.ahead.leave(entry.path);
    const { queue } = this;
    if (queue === undefined || queue.isIdle) this.finishHere(directory);
    else if (mode !== entry.mode || !this.copiesAll) queue.addStep(() => this.finishHere(directory));
    else this.finishBeside(queue, directory);
  }

  private finishHere({ entry, mode }: OpenDirectory): undefined {
    finishDirectory(this.engine, this.targetOf(entry.path), entry, { ...this.ownerOfNew!, mode });
  }

  private finishBeside(queue: TreeQueue, directory: OpenDirectory): void {
    const { path, mtimeMs } = directory.entry;
    const owner = ownerToSet(directory.entry, this.ownerOfNew!);
    queue.add({ kind: 'finish', path, owner, mtimeMs }, (outcome) => {
      if (this.touched.delete(path)) this.finishHere(directory);
      return expectDone(outcome);
    });
  }
}

/** Files up to this size are copied in the other thread, which reads each whole. */
const BESIDE = 1 << 18;

function ownerOf({ uid, gid }: Owner): Owner {
  return { uid, gid };
}

function expectDone(outcome: BesideOutcome): undefined {
  if (outcome.kind === 'failed') throw outcome.error;
}

function contains(directory: string, path: string): boolean {
  if (directory === ROOT_PATH) return true;
  return path.length > directory.length && path.startsWith(directory) && path[directory.length] === '/';
}

function notCopied(path: string, error: unknown): Made {
  if (!isHoldfastError(error) || error.path !== path) throw error;
  if (error.code === 'fs.permission')
    return { how: 'refused', reason: 'it cannot be read', unreadable: true };
  if (error.code === 'fs.not-a-regular-file')
    return { how: 'refused', reason: 'not a regular file', unreadable: false };
  if (error.code === 'fs.not-found') {
    const message = `${path} went away while it was backed up`;
    throw new HoldfastError('blobs.vanished', message, { path, cause: error });
  }
  throw error;
}
