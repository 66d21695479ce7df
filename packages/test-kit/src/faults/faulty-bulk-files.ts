import { chmodSync, lstatSync, truncateSync, utimesSync } from 'node:fs';
import type { BulkFiles } from '@holdfast/durable-fs';
import type { Method } from './call.js';
import type { FaultPlan } from './fault-plan.js';

/** Hands every bulk call to the plan of a `FaultyFileSystem`. */
export function faultyBulkFiles(inner: BulkFiles, plan: FaultPlan): BulkFiles {
  const pass = <T>(method: Method, path: string, perform: () => T): T =>
    plan.runNow({ method, path }, perform);
  const passTo = <T>(method: Method, from: string, path: string, perform: () => T): T =>
    plan.runNow({ method, path, from }, perform);
  return {
    readDirectory: (path) => pass('readDirectory', path, () => inner.readDirectory(path)),
    lstat: (path) => pass('lstat', path, () => inner.lstat(path)),
    makeDirectory: (path, mode) => pass('makeDirectory', path, () => inner.makeDirectory(path, mode)),
    link: (from, to) => passTo('link', from, to, () => inner.link(from, to)),
    unlink: (path) => pass('unlink', path, () => inner.unlink(path)),
    removeDirectory: (path) => pass('removeDirectory', path, () => inner.removeDirectory(path)),
    rename: (from, to) => passTo('rename', from, to, () => inner.rename(from, to)),
    copyFile: (from, to, options) => passTo('copyFile', from, to, () => inner.copyFile(from, to, options)),
    utimes: (path, atimeMs, mtimeMs) => pass('utimes', path, () => inner.utimes(path, atimeMs, mtimeMs)),
    chown: (path, uid, gid) => pass('chown', path, () => inner.chown(path, uid, gid)),
    chmod: (path, mode) => pass('chmod', path, () => inner.chmod(path, mode)),
    sync: (path) => pass('sync', path, () => inner.sync(path)),
    syncTree: (path) => plan.run({ method: 'syncTree', path }, () => inner.syncTree(path)),
  };
}

/** What a process that dies in the middle of a copy leaves: half of the bytes, mode and times not yet set. */
export function tearCopy(path: string): void {
  const { size, mode } = lstatSync(path);
  chmodSync(path, mode | 0o200);
  truncateSync(path, Math.floor(size / 2));
  utimesSync(path, new Date(), new Date());
}
