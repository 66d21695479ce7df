import {
  type BulkFiles,
  type DirectoryEntry,
  type FileStat,
  type FileSystem,
  nodeBulkFiles,
  nodeFileSystem,
  type OpenFile,
  type OpenOptions,
} from '@holdfast/durable-fs';
import type { Call, Method } from './call.js';
import { FaultPlan, failNow, failWith, mutating, of, type Which } from './fault-plan.js';
import { faultyBulkFiles, tearCopy } from './faulty-bulk-files.js';
import { FaultyFile } from './faulty-file.js';

/**
 * A file system in front of another one, in which chosen calls fail, fall short, or are the last ones of the process.
 *
 *     const fs = new FaultyFileSystem();
 *     fs.fail('sync', 'EIO', { nth: 2, path: /\.fsz$/ });
 *     await expect(backup(fs)).rejects.toMatchObject({ code: 'fs.io' });
 *
 * Calls are counted from the moment a rule is made. After a crash every call throws `SimulatedCrash`, and the files
 * that were open are closed without a word, which also frees their locks: like kill -9, nothing more reaches the disk.
 */
export class FaultyFileSystem implements FileSystem {
  private readonly open = new Set<OpenFile>();
  private readonly plan = new FaultPlan(() => this.closeAll());

  constructor(private readonly inner: FileSystem = nodeFileSystem) {}

  /** All calls so far, in the order in which they were made; the refused ones after a crash are not among them. */
  get calls(): readonly Call[] {
    return this.plan.calls;
  }

  get crashed(): boolean {
    return this.plan.crashed;
  }

  /** Files that were opened and not closed. */
  get openFiles(): readonly string[] {
    return [...this.open].map(({ path }) => path);
  }

  /** The call does nothing and fails with a system error (`EIO`, `ENOSPC`, …); a failing `close` still closes. */
  fail(method: Method, error: string, which: Which = {}): this {
    this.plan.add(of(method), which, failWith(error), failNow(error));
    return this;
  }

  /** The nth call that changes the disk, whichever it is, fails. */
  failMutation(error: string, which: Which = {}): this {
    this.plan.add(mutating, which, failWith(error), failNow(error));
    return this;
  }

  /** The write accepts at most so many bytes; 0 is what a full disk may say. */
  shortWrite(bytes: number, which: Which = {}): this {
    const accept = bytes === 0 ? async () => 0 : (_: Call, next: (limit: number) => unknown) => next(bytes);
    this.plan.add(of('write'), which, async (call, next) => accept(call, next));
    return this;
  }

  /** The read gives at most so many bytes; 0 is the end of the file. */
  shortRead(bytes: number, which: Which = {}): this {
    const give = bytes === 0 ? async () => 0 : (_: Call, next: (limit: number) => unknown) => next(bytes);
    this.plan.add(of('read'), which, async (call, next) => give(call, next));
    return this;
  }

  /** Does something else first: somebody truncates the source, packs it, takes the name. */
  before(method: Method, action: (call: Call) => Promise<void> | void, which: Which = {}): this {
    this.plan.add(
      of(method),
      which,
      async (call, next) => {
        await action(call);
        return next();
      },
      (call, next) => {
        const doing = action(call);
        if (doing instanceof Promise)
          throw new Error(`before a bulk ${method} only synchronous actions can be done`);
        return next();
      },
    );
    return this;
  }

  /** The process dies instead of making the call. */
  crashBefore(method: Method, which: Which = {}): this {
    this.plan.add(
      of(method),
      which,
      (call) => this.die(call),
      (call) => this.dieNow(call),
    );
    return this;
  }

  /** The process dies when the call is done. */
  crashAfter(method: Method, which: Which = {}): this {
    this.plan.add(
      of(method),
      which,
      async (call, next) => {
        await next();
        return this.die(call);
      },
      (call, next) => {
        next();
        return this.dieNow(call);
      },
    );
    return this;
  }

  /**
   * The process dies at the nth call that changes the disk: `before` it, `after` it, or in the middle (`torn`: half of
   * a write or of a bulk copy reaches the file; other calls are done whole).
   */
  crashAtMutation(nth: number, moment: 'before' | 'torn' | 'after' = 'before'): this {
    this.plan.add(
      mutating,
      { nth },
      async (call, next) => {
        if (moment === 'after') await next();
        if (moment === 'torn') await next(call.length === undefined ? undefined : Math.ceil(call.length / 2));
        return this.die(call);
      },
      (call, next) => {
        if (moment !== 'before') next();
        if (moment === 'torn' && call.method === 'copyFile') tearCopy(call.path);
        return this.dieNow(call);
      },
    );
    return this;
  }

  /** The same files by synchronous calls, under the same rules, in the same log; they die together. */
  bulk(inner: BulkFiles = nodeBulkFiles): BulkFiles {
    return faultyBulkFiles(inner, this.plan);
  }

  /** The process dies now, for a reason that is not a call (a failpoint). */
  async crash(where = 'asked for'): Promise<never> {
    throw await this.plan.crashNow(where);
  }

  /** Forgets all rules; a crash stays. */
  clearFaults(): void {
    this.plan.clear();
  }

  openRead(path: string, options?: OpenOptions): Promise<OpenFile> {
    return this.opened('openRead', path, () => this.inner.openRead(path, options));
  }

  create(path: string, mode: number): Promise<OpenFile> {
    return this.opened('create', path, () => this.inner.create(path, mode));
  }

  openWrite(path: string): Promise<OpenFile> {
    return this.opened('openWrite', path, () => this.inner.openWrite(path));
  }

  lstat(path: string): Promise<FileStat> {
    return this.plan.run({ method: 'lstat', path }, () => this.inner.lstat(path));
  }

  stat(path: string): Promise<FileStat> {
    return this.plan.run({ method: 'stat', path }, () => this.inner.stat(path));
  }

  readDirectory(path: string): Promise<readonly DirectoryEntry[]> {
    return this.plan.run({ method: 'readDirectory', path }, () => this.inner.readDirectory(path));
  }

  readLink(path: string): Promise<string> {
    return this.plan.run({ method: 'readLink', path }, () => this.inner.readLink(path));
  }

  realPath(path: string): Promise<string> {
    return this.plan.run({ method: 'realPath', path }, () => this.inner.realPath(path));
  }

  expectWritable(path: string): Promise<void> {
    return this.plan.run({ method: 'expectWritable', path }, () => this.inner.expectWritable(path));
  }

  rename(from: string, to: string): Promise<void> {
    return this.plan.run({ method: 'rename', path: to, from }, () => this.inner.rename(from, to));
  }

  link(from: string, to: string): Promise<void> {
    return this.plan.run({ method: 'link', path: to, from }, () => this.inner.link(from, to));
  }

  symlink(target: string, path: string): Promise<void> {
    return this.plan.run({ method: 'symlink', path }, () => this.inner.symlink(target, path));
  }

  unlink(path: string): Promise<void> {
    return this.plan.run({ method: 'unlink', path }, () => this.inner.unlink(path));
  }

  makeDirectory(path: string, mode: number): Promise<void> {
    return this.plan.run({ method: 'makeDirectory', path }, () => this.inner.makeDirectory(path, mode));
  }

  removeDirectory(path: string): Promise<void> {
    return this.plan.run({ method: 'removeDirectory', path }, () => this.inner.removeDirectory(path));
  }

  syncDirectory(path: string): Promise<void> {
    return this.plan.run({ method: 'syncDirectory', path }, () => this.inner.syncDirectory(path));
  }

  freeSpace(path: string): Promise<{ readonly freeBytes: number }> {
    return this.plan.run({ method: 'freeSpace', path }, () => this.inner.freeSpace(path));
  }

  private opened(method: Method, path: string, open: () => Promise<OpenFile>): Promise<OpenFile> {
    return this.plan.run({ method, path }, async () => {
      const file = await open();
      this.open.add(file);
      if (this.crashed) await this.closeAll();
      return new FaultyFile(
        file,
        (call, perform) => this.plan.run(call, perform),
        async () => {
          if (this.open.delete(file)) await file.close();
        },
      );
    });
  }

  private async die(call: Call): Promise<never> {
    return this.crash(`${call.method} ${call.path}`);
  }

  private dieNow(call: Call): never {
    throw this.plan.crashAtOnce(`${call.method} ${call.path}`);
  }

  private async closeAll(): Promise<void> {
    const files = [...this.open];
    this.open.clear();
    await Promise.allSettled(files.map((file) => file.close()));
  }
}
