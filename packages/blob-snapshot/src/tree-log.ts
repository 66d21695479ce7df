import { join } from 'node:path';
import type { BulkFiles } from '@holdfast/durable-fs';
import { Breather } from './breathe.js';
import type { BlobEngine } from './engine.js';
import { type BlobDirectory, type BlobEntry, directoryEntry, fileEntry } from './entry.js';
import { type BlobLayout, blobPath, readLayout } from './layout.js';
import { type EntryLine, LineCursor } from './manifest-merge.js';
import { comparePaths, parentPath } from './manifest-path.js';
import type { BlobReference } from './request.js';
import type { Visit } from './source-walk.js';
import { statOf } from './tree-copy.js';

export interface LogChanges {
  /** New blobs, and the directories above them as they are now; in the order of `comparePaths`. */
  readonly entries: readonly BlobEntry[];
  readonly missing: readonly BlobReference[];
}

/** Looks at the blobs that the log names, and at nothing else in the source. */
export async function readChanges(
  { bulk, signal }: { readonly bulk: BulkFiles; readonly signal?: AbortSignal | undefined },
  source: string,
  layout: BlobLayout,
  made: readonly BlobReference[],
): Promise<LogChanges> {
  const breather = new Breather(signal);
  const found = new Map<string, BlobEntry>();
  const missing: BlobReference[] = [];
  for (const reference of made) {
    await breather.breathe();
    const path = blobPath(layout, reference);
    const stat = statOf(bulk, join(source, path));
    const above = stat?.kind === 'file' ? directoriesAbove(bulk, source, path, found) : undefined;
    if (stat === undefined || above === undefined) {
      missing.push(reference);
      continue;
    }
    found.set(path, fileEntry(path, stat));
    for (const directory of above) found.set(directory.path, directory);
  }
  const entries = [...found.values()].sort((a, b) => comparePaths(a.path, b.path));
  return { entries, missing };
}

/** How many of the blobs a blob directory has, as a backup would find them. @param source the blob directory */
export async function countPresent(
  engine: Pick<BlobEngine, 'fs' | 'bulk' | 'signal'>,
  source: string,
  blobs: readonly BlobReference[],
): Promise<number> {
  if (blobs.length === 0) return 0;
  const root = await engine.fs.realPath(source);
  const { missing } = await readChanges(engine, root, await readLayout(engine.fs, root), blobs);
  return blobs.length - missing.length;
}

/** Those that are not known yet; undefined: one is a link, which a walk would not follow either. */
function directoriesAbove(
  bulk: BulkFiles,
  source: string,
  path: string,
  known: ReadonlyMap<string, BlobEntry>,
): readonly BlobDirectory[] | undefined {
  const found: BlobDirectory[] = [];
  for (let above = parentPath(path); above !== undefined && !known.has(above); above = parentPath(above)) {
    const stat = bulk.lstat(join(source, above));
    if (stat.kind !== 'directory') return undefined;
    found.push(directoryEntry(above, stat));
  }
  return found;
}

/** The state before with the changes in it, as a walk of the source would give it. */
export async function walkLog(
  { signal, onPause }: { readonly signal?: AbortSignal | undefined; readonly onPause?: () => void },
  lines: AsyncIterable<readonly EntryLine[]>,
  entries: readonly BlobEntry[],
  visit: Visit,
): Promise<void> {
  const breather = new Breather(signal, onPause);
  const cursor = new LineCursor(lines);
  let at = 0;
  try {
    await cursor.fill();
    for (;;) {
      const [line, entry] = [cursor.current, entries[at]];
      if (line === undefined && entry === undefined) return;
      const order = line === undefined ? 1 : entry === undefined ? -1 : comparePaths(line.path, entry.path);
      const wait =
        order < 0 ? visitLine(visit, line!) : visitEntry(visit, entry!, order === 0 ? line : undefined);
      if (wait !== undefined) await wait;
      if (order >= 0) at += 1;
      if (order <= 0 && !cursor.advance()) await cursor.fill();
      const pause = breather.breathe();
      if (pause !== undefined) await pause;
    }
  } finally {
    await cursor.close();
  }
}

function visitLine(visit: Visit, base: EntryLine): Promise<void> | undefined {
  const { entry } = base;
  return entry.kind === 'file'
    ? visit({ kind: 'file', entry, base, same: true })
    : visit({ kind: 'directory', entry, base });
}

function visitEntry(visit: Visit, entry: BlobEntry, base: EntryLine | undefined): Promise<void> | undefined {
  if (entry.kind === 'directory') return visit({ kind: 'directory', entry, base });
  // A blob that the state before has already: equal name, equal content.
  if (base?.entry.kind === 'file') return visit({ kind: 'file', entry: base.entry, base, same: true });
  return visit({ kind: 'file', entry, base, same: false });
}
