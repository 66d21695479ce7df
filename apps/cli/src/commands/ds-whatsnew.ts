import { setImmediate as nextTurn } from 'node:timers/promises';
import { changedFiles, openStorage } from '@holdfast/directorystorage';
import { nodeBulkReads, nodeFileSystem, throwIfCancelled } from '@holdfast/durable-fs';
import type { Context } from '../context.js';
import { type FrozenOptions, frozen } from './ds-storage.js';
import { parseTid } from './ds-tid.js';

/** So many paths, and signals are heard again. */
const TURN = 1024;

/** `holdfast ds whatsnew`: the paths go to standard output, one a line, as they are found. */
export async function dsWhatsnewCommand(
  context: Context,
  since: string,
  options: FrozenOptions,
): Promise<void> {
  const { output, signal } = context;
  const tid = parseTid(since);
  const found = await frozen(context, options, async ({ directory }) => {
    const storage = await openStorage(nodeFileSystem, directory);
    const files: string[] = [];
    let count = 0;
    for (const path of changedFiles(nodeBulkReads(), storage, tid)) {
      if (++count % TURN === 0) await nextTurn();
      throwIfCancelled(signal);
      if (output.json) files.push(path);
      else output.line(path);
    }
    return { storage: directory, since: tid, files };
  });
  output.result('ds whatsnew', found);
}
