import type { BulkFiles } from '@holdfast/durable-fs';
import type { EntryLine } from './manifest-merge.js';
import { parentPath, ROOT_PATH } from './manifest-path.js';

/**
 * Makes the directories of a tree in another thread, one batch of lines ahead of the walk: most directories of the state
 * before are still there. Those that are not are removed again when the walk has passed them.
 */
export class DirectoriesAhead {
  /** Made and not yet reached, by the path of their parent. */
  private readonly made = new Map<string, Set<string>>();
  private making: Promise<void> = Promise.resolve();

  constructor(
    private readonly bulk: BulkFiles,
    private readonly target: string,
  ) {}

  /** The same batches, each when its directories are there. */
  async *before(lines: AsyncIterable<readonly EntryLine[]>): AsyncGenerator<readonly EntryLine[]> {
    const { beside } = this.bulk;
    if (beside === undefined) return yield* lines;
    let waiting: { readonly batch: readonly EntryLine[]; readonly made: Promise<void> } | undefined;
    for await (const batch of lines) {
      const paths = batch.filter(({ entry }) => entry.kind === 'directory').map(({ path }) => path);
      const made = beside
        .makeDirectories(paths.map((path) => this.pathOf(path)))
        .then(() => this.note(paths));
      made.catch(() => {});
      this.making = made;
      if (waiting !== undefined) {
        await waiting.made;
        yield waiting.batch;
      }
      waiting = { batch, made };
    }
    if (waiting === undefined) return;
    await waiting.made;
    yield waiting.batch;
  }

  /** Waits until the other thread makes no more of them. */
  async settle(): Promise<void> {
    await this.making.catch(() => {});
  }

  /** Whether the directory was made ahead; from now on it is the walk's. */
  take(path: string): boolean {
    if (this.made.size === 0) return false;
    const parent = parentPath(path) ?? '';
    const siblings = this.made.get(parent);
    if (siblings?.delete(path) !== true) return false;
    if (siblings.size === 0) this.made.delete(parent);
    return true;
  }

  /** Removes what is in the way of a file. */
  clear(path: string): void {
    if (this.take(path)) this.remove(path);
  }

  /** Removes what was made in a directory and is not part of it any more. */
  leave(path: string): void {
    const left = this.made.get(path);
    if (left === undefined) return;
    this.made.delete(path);
    for (const child of left) this.remove(child);
  }

  private remove(path: string): void {
    this.leave(path);
    this.bulk.removeDirectory(this.pathOf(path));
  }

  private note(paths: readonly string[]): void {
    for (const path of paths) {
      const parent = parentPath(path) ?? '';
      const siblings = this.made.get(parent);
      if (siblings === undefined) this.made.set(parent, new Set([path]));
      else siblings.add(path);
    }
  }

  private pathOf(path: string): string {
    return path === ROOT_PATH ? this.target : `${this.target}/${path}`;
  }
}
