import type { BulkFiles, BulkStat, DirectoryEntry } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import { Breather } from './breathe.js';
import { type BlobDirectory, type BlobFile, directoryEntry, fileEntry } from './entry.js';
import { type BlobLayout, isBlobPath } from './layout.js';
import type { EntryLine } from './manifest-merge.js';
import { LineCursor } from './manifest-merge.js';
import { childPath, comparePaths, ROOT_PATH } from './manifest-path.js';
import type { Exclude } from './source-exclude.js';

/** What the walk finds, in the order of `comparePaths`. */
export type WalkItem =
  /** `base`: its line in the state before. */
  | { readonly kind: 'directory'; readonly entry: BlobDirectory; readonly base: EntryLine | undefined }
  /** `same`: the file of the state before, known by its name, or by size and time; `entry` is then of that state. */
  | {
      readonly kind: 'file';
      readonly entry: BlobFile;
      readonly base: EntryLine | undefined;
      readonly same: boolean;
    }
  | { readonly kind: 'gone'; readonly path: string; readonly base: EntryLine }
  | { readonly kind: 'excluded'; readonly path: string }
  | {
      readonly kind: 'refused';
      readonly path: string;
      readonly reason: string;
      readonly unreadable: boolean;
    };

/** A promise only where something takes time: there are too many entries for one each. */
type Wait = Promise<void> | undefined;

/** Takes one item; where it must do something that takes time, the walk waits for its promise. */
export type Visit = (item: WalkItem) => Wait;

export interface SourceWalk {
  readonly bulk: BulkFiles;
  readonly signal?: AbortSignal | undefined;
  /** Full path of the blob directory. */
  readonly root: string;
  readonly layout: BlobLayout;
  readonly exclude: Exclude;
  /** The state before: what has a blob's name and is in it, is not looked at. */
  readonly base?: WalkBase | undefined;
  readonly onPause?: () => void;
  /** Takes a blob that the state before has not by its name alone. Undefined: each is looked at, and goes to `Visit`. */
  readonly unseen?: ((path: string) => Wait) | undefined;
}

export interface WalkBase {
  readonly lines: AsyncIterable<readonly EntryLine[]>;
  /**
   * Milliseconds since 1970: a directory whose inode has not changed since, and whose time of modification is that of
   * the line, holds what the lines say and is not listed. Undefined: the lines are not from a manifest; every directory
   * is listed, and every file compared by size and time.
   */
  readonly knownMs: number | undefined;
}

/** Clocks of file systems lag behind the system's by their tick, and the stamp is cut to seconds. */
const MARGIN = 2000;

/**
 * Walks a blob directory beside the state before. A file with a blob's name that is in both is the same; only
 * directories, new files and unknown files are looked at.
 */
export async function walkSource(walk: SourceWalk, visit: Visit): Promise<void> {
  const cursor = new LineCursor(walk.base?.lines ?? nothing());
  try {
    await cursor.fill();
    await new Walker(walk, cursor, visit).run();
  } finally {
    await cursor.close();
  }
}

async function* nothing(): AsyncGenerator<readonly EntryLine[]> {}

/** A directory that the walk is in. */
interface Frame {
  readonly path: string;
  /** Sorted. Undefined: it was not touched since the state before, whose lines say what it holds. */
  readonly children: readonly DirectoryEntry[] | undefined;
  /** Number of the next child. */
  at: number;
  /** It could not be listed: what the state before has in it is not known to be gone. */
  readonly unreadable: boolean;
}

/** A loop over a stack of directories; a promise only where something has to be waited for. */
class Walker {
  private readonly frames: Frame[] = [];
  private readonly breathe: () => Wait;
  /** Goes on to the next line of the state before. */
  private readonly next = (): Wait => (this.cursor.advance() ? undefined : this.cursor.fill());

  constructor(
    private readonly walk: SourceWalk,
    private readonly cursor: LineCursor<EntryLine>,
    private readonly visit: Visit,
  ) {
    const breather = new Breather(walk.signal, walk.onPause);
    this.breathe = () => breather.breathe();
  }

  async run(): Promise<void> {
    const stat = this.walk.bulk.lstat(this.walk.root);
    const line = this.cursor.current;
    await this.directory(ROOT_PATH, stat, line?.path === ROOT_PATH ? line : undefined);
    while (this.frames.length > 0) {
      const wait = this.step(this.frames.at(-1)!);
      if (wait !== undefined) await wait;
    }
    // Nothing should be left: what comes after the root is below it.
    while (this.cursor.current !== undefined) await this.gone();
  }

  private directory(path: string, stat: BulkStat, line: EntryLine | undefined): Wait {
    const wait = line === undefined ? undefined : this.next();
    return wait === undefined ? this.enter(path, stat, line) : wait.then(() => this.enter(path, stat, line));
  }

  private enter(path: string, stat: BulkStat, line: EntryLine | undefined): Wait {
    const base = line?.entry.kind === 'directory' ? line : undefined;
    const known = base !== undefined && this.isUntouched(stat, base);
    const children = known ? undefined : this.list(path);
    const unreadable = !known && children === undefined;
    this.frames.push({ path, children: unreadable ? [] : children, at: 0, unreadable });
    const visited = this.visit({ kind: 'directory', entry: directoryEntry(path, stat), base });
    if (!unreadable) return visited;
    const reason = 'the directory cannot be read';
    return both(visited, () => this.visit({ kind: 'refused', path, reason, unreadable }));
  }

  /** One step in the directory that the walk is in: its next child, what is gone before that, or its end. */
  private step(frame: Frame): Wait {
    const { path, children, at } = frame;
    const line = this.cursor.current;
    const child = children?.[at];
    if (child === undefined) {
      if (!this.isBelow(path)) {
        this.frames.pop();
        return undefined;
      }
      if (children === undefined) return this.child(line!.path, line!.entry.kind, line!);
      // A directory that cannot be listed has not lost its files.
      return frame.unreadable ? this.next() : this.gone();
    }
    const below = childPath(path, child.name);
    const order = line === undefined ? 1 : comparePaths(line.path, below);
    if (order < 0) return this.gone();
    frame.at += 1;
    return this.child(below, child.kind, order === 0 ? line : undefined);
  }

  private isUntouched(stat: BulkStat, { entry }: EntryLine): boolean {
    const knownMs = this.walk.base?.knownMs;
    return (
      knownMs !== undefined && Math.floor(stat.mtimeMs) === entry.mtimeMs && stat.changedMs < knownMs - MARGIN
    );
  }

  /** Sorted; undefined: it cannot be read. */
  private list(path: string): readonly DirectoryEntry[] | undefined {
    try {
      const entries = this.walk.bulk.readDirectory(`${this.walk.root}/${path}`);
      return entries.length < 2 ? entries : [...entries].sort((a, b) => comparePaths(a.name, b.name));
    } catch (error) {
      if (isHoldfastError(error, 'fs.not-found')) return [];
      if (!isHoldfastError(error, 'fs.permission')) throw error;
      return undefined;
    }
  }

  private child(path: string, kind: DirectoryEntry['kind'], line: EntryLine | undefined): Wait {
    if (this.walk.exclude(path, kind === 'directory')) return this.leaveOut(path);
    if (kind === 'file' && line?.entry.kind === 'file' && this.isKnownByName(path)) {
      return this.pass(this.visit({ kind: 'file', entry: line.entry, base: line, same: true }));
    }
    const { unseen, layout } = this.walk;
    if (kind === 'file' && line === undefined && unseen !== undefined && isBlobPath(layout, path))
      return both(unseen(path), this.breathe);
    return this.lookAt(path, line);
  }

  private isKnownByName(path: string): boolean {
    return this.walk.base?.knownMs !== undefined && isBlobPath(this.walk.layout, path);
  }

  /** Goes on to the next line when the item is done. */
  private pass(wait: Wait): Wait {
    return both(both(wait, this.breathe), this.next);
  }

  private lookAt(path: string, line: EntryLine | undefined): Wait {
    const pause = this.breathe();
    return pause === undefined ? this.take(path, line) : pause.then(() => this.take(path, line));
  }

  private take(path: string, line: EntryLine | undefined): Wait {
    const stat = this.statOf(path);
    if (stat === 'unreadable') return this.refuse(path, 'its directory cannot be searched', true);
    if (stat === undefined) {
      // Gone since it was listed, or a name whose bytes are no text.
      if (line !== undefined) return this.goneWith(path);
      return path.includes('\ufffd') ? this.refuse(path, 'its name is not UTF-8', false) : undefined;
    }
    if (stat.kind === 'directory') return this.directory(path, stat, line);
    if (stat.kind === 'file') return this.file(path, stat, line);
    return this.refuse(path, REASONS[stat.kind], false);
  }

  private async file(path: string, stat: BulkStat, line: EntryLine | undefined): Promise<void> {
    const found = fileEntry(path, stat);
    const before = line?.entry.kind === 'file' ? line.entry : undefined;
    const same = before !== undefined && isSame(before, found);
    const item = { kind: 'file', entry: same ? before : found, base: line, same } as const;
    await this.visit(item);
    if (line !== undefined) await this.next();
    while (this.isBelow(path)) await this.gone();
  }

  private statOf(path: string): BulkStat | 'unreadable' | undefined {
    try {
      return this.walk.bulk.lstat(`${this.walk.root}/${path}`);
    } catch (error) {
      if (isHoldfastError(error, 'fs.not-found')) return undefined;
      if (isHoldfastError(error, 'fs.permission')) return 'unreadable';
      throw error;
    }
  }

  private async leaveOut(path: string): Promise<void> {
    await this.visit({ kind: 'excluded', path });
    await this.goneWith(path);
  }

  private async refuse(path: string, reason: string, unreadable: boolean): Promise<void> {
    await this.visit({ kind: 'refused', path, reason, unreadable });
    await this.goneWith(path);
  }

  /** The line of a path, and those below it. */
  private async goneWith(path: string): Promise<void> {
    if (this.cursor.current?.path === path) await this.gone();
    while (path !== ROOT_PATH && this.isBelow(path)) await this.gone();
  }

  private gone(): Wait {
    const line = this.cursor.current!;
    return both(this.visit({ kind: 'gone', path: line.path, base: line }), this.next);
  }

  private isBelow(path: string): boolean {
    const line = this.cursor.current;
    if (line === undefined || path === ROOT_PATH) return line !== undefined;
    return line.path.length > path.length && line.path.startsWith(path) && line.path[path.length] === '/';
  }
}

const REASONS = {
  symlink: 'a symbolic link',
  other: 'a FIFO, a socket or a device',
} as const;

function both(first: Wait, second: () => Wait): Wait {
  return first === undefined ? second() : first.then(second);
}

function isSame(before: BlobFile, found: BlobFile): boolean {
  return before.size === found.size && before.mtimeMs === found.mtimeMs;
}
