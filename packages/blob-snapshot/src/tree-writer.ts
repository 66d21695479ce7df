import { join } from 'node:path';
import { copyLargeFile } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { BlobEngine } from './engine.js';
import type { BlobDirectory, BlobFile } from './entry.js';
import { ROOT_PATH } from './manifest-path.js';
import { attributes } from './source-walk.js';
import { DirectoriesAhead } from './tree-ahead.js';
import { copied, Digest, finishDirectory, keep, LARGE } from './tree-copy.js';
import { TreeQueue } from './tree-queue.js';

export interface TreePlaces {
  /** The blob directory of the site. */
  readonly source: string;
  /** The inner directory of the tree that is made. */
  readonly target: string;
  /** The inner directory of the tree before; undefined: there is none. */
  readonly previous: string | undefined;
  /** Link new files to the source. */
  readonly linkNew: boolean;
}

/** What became of a file. `refused`: it was not made. */
export type Made =
  | { readonly how: 'linked' | 'copied'; readonly entry: BlobFile }
  | { readonly how: 'refused'; readonly reason: string; readonly unreadable: boolean };

type Wait = Promise<void> | undefined;
type WhenMade = (made: Made) => Wait;

interface OpenDirectory {
  readonly entry: BlobDirectory;
  readonly path: string;
  /** The mode that it has while it is filled. */
  readonly mode: number;
}

/** Makes the directories and files of a tree, which must come in the order of a walk. */
export class TreeWriter {
  /** From the root down to where the last entry lies: their times are set when the walk has left them. */
  private readonly open: OpenDirectory[] = [];
  private readonly queue: TreeQueue | undefined;
  readonly ahead: DirectoriesAhead;
  /** Why the first file was copied that should have been linked. */
  cannotLink: string | undefined;

  constructor(
    private readonly engine: Pick<BlobEngine, 'fs' | 'bulk' | 'signal'>,
    private readonly places: TreePlaces,
  ) {
    const { bulk } = engine;
    this.queue = bulk.beside === undefined ? undefined : new TreeQueue(bulk.beside);
    this.ahead = new DirectoriesAhead(bulk, places.target);
  }

  /** `done` is called when all entries before are made. */
  directory(entry: BlobDirectory, done: () => Wait): Wait {
    this.leaveFor(entry.path);
    const path = entry.path === ROOT_PATH ? this.places.target : `${this.places.target}/${entry.path}`;
    const ready = this.ahead.take(entry.path);
    // It must be open to us as long as it is filled.
    const mode = ready ? 0o700 : entry.mode | 0o700;
    if (!ready) this.engine.bulk.makeDirectory(path, mode);
    this.open.push({ entry, path, mode });
    return this.after(done);
  }

  /** A file that the tree before has: linked to it, or copied from the source where that cannot be. */
  same(entry: BlobFile, done: WhenMade): Wait {
    const { previous } = this.places;
    if (previous === undefined || !this.link(previous, entry.path)) return this.copy(entry, done);
    return this.after(() => done({ how: 'linked', entry }));
  }

  /** A file that the tree before has not. */
  fresh(entry: BlobFile, done: WhenMade): Wait {
    if (!this.places.linkNew || !this.link(this.places.source, entry.path)) return this.copy(entry, done);
    return this.after(() => done({ how: 'linked', entry }));
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
      this.engine.bulk.link(`${from}/${path}`, `${this.places.target}/${path}`);
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

  private copy(entry: BlobFile, done: WhenMade): Wait {
    const { path, size } = entry;
    this.leaveFor(path);
    this.ahead.clear(path);
    const [from, to] = [`${this.places.source}/${path}`, `${this.places.target}/${path}`];
    if (size > LARGE) return this.copyLarge(path, from, to, done);
    if (this.queue === undefined || size > BESIDE)
      return this.after(() => done(this.copyHere(path, from, to)));
    return this.queue.copy({ from, to }, (outcome) => {
      if ('error' in outcome) return done(notCopied(from, outcome.error));
      const { stat, sha256 } = outcome;
      return done({
        how: 'copied',
        entry: { kind: 'file', path, ...attributes(stat), size: stat.size, sha256 },
      });
    });
  }

  private copyHere(path: string, from: string, to: string): Made {
    const digest = new Digest();
    try {
      const stat = this.engine.bulk.copyFile(from, to, { ...keep(), onChunk: digest.take });
      return { how: 'copied', entry: copied(path, stat, digest) };
    } catch (error) {
      return notCopied(from, error);
    }
  }

  private async copyLarge(path: string, from: string, to: string, done: WhenMade): Promise<void> {
    await this.queue?.drain();
    const digest = new Digest();
    const options = { ...keep(), onChunk: digest.take, signal: this.engine.signal };
    await copyLargeFile(this.engine.fs, from, to, options).then(
      (stat) => done({ how: 'copied', entry: copied(path, stat, digest) }),
      (error) => done(notCopied(from, error)),
    );
  }

  private leaveFor(path: string): void {
    for (;;) {
      const last = this.open.at(-1);
      if (last === undefined || contains(last.entry.path, path)) return;
      this.leave();
    }
  }

  private leave(): void {
    const { entry, path, mode } = this.open.pop()!;
    this.ahead.leave(entry.path);
    const finish = () => finishDirectory(this.engine, path, entry, mode);
    if (this.queue === undefined) finish();
    else this.queue.afterNow(finish);
  }
}

/** Files up to this size are copied in the other thread, which reads each whole. */
const BESIDE = 1 << 18;

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
