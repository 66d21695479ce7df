import type { World } from '@holdfast/backup';
import { type OpenFile, statIfThere } from '@holdfast/durable-fs';
import { errorLine, isHoldfastError } from '@holdfast/errors';
import { HEADER_SIZE, tidFromHex, tidToTime } from '@holdfast/filestorage';
import type { SetSummary, SourceStatus, Uncovered } from '../status.js';
import { findStorageEnd, type StorageEnd, transactionBefore } from './storage-end.js';

/** What was found of a `Data.fs`. */
export interface SourceReading {
  readonly source: SourceStatus;
  readonly uncovered: Uncovered | undefined;
  readonly problems: readonly string[];
}

type Outside = Pick<World, 'fs' | 'clock'>;

/** Reads a `Data.fs`: its end, and what is there at the end of the newest set. Some hundred bytes, whatever its size. */
export async function readSource(
  world: Outside,
  path: string,
  newest: SetSummary | undefined,
): Promise<SourceReading> {
  try {
    const stat = await statIfThere(world.fs, path);
    if (stat === undefined) return { source: absent(path), uncovered: undefined, problems: [] };
    const file = await world.fs.openRead(path, { followSymlinks: true });
    try {
      return await readOpen(world, { path, size: stat.size, file, newest });
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    return { source: { ...absent(path), present: true }, uncovered: undefined, problems: [errorLine(error)] };
  }
}

export function absent(path: string): SourceStatus {
  return { path, present: false, bytes: undefined, tid: undefined, committedMs: undefined };
}

interface Open {
  readonly path: string;
  readonly size: number;
  readonly file: OpenFile;
  readonly newest: SetSummary | undefined;
}

async function readOpen({ clock }: Outside, { path, size, file, newest }: Open): Promise<SourceReading> {
  const found = await findStorageEnd(file, clock);
  const tid = found?.tid;
  const growing = found === undefined && (await file.stat()).size !== size;
  const source = { path, present: true, bytes: size, growing, tid, committedMs: tidMs(tid) };
  if (newest === undefined) return { source, uncovered: undefined, problems: [] };
  const bytes = found === undefined ? undefined : await newBytes(file, found, newest);
  return { source, uncovered: { bytes, sinceMs: sinceMs(newest) }, problems: [] };
}

/** Bytes behind the end of the set; undefined where its last transaction is not there: the file was packed or replaced. */
async function newBytes(
  file: OpenFile,
  { end }: StorageEnd,
  { dataBytes, tid }: SetSummary,
): Promise<number | undefined> {
  if (dataBytes === undefined || dataBytes > end) return undefined;
  if (dataBytes === HEADER_SIZE) return end - dataBytes;
  const last = await transactionBefore(file, dataBytes);
  // Of a peer's set the last transaction is not known: that one ends there has to do.
  if (last === undefined || (tid !== undefined && last.tid !== tid)) return undefined;
  return end - dataBytes;
}

/** Milliseconds since 1970. */
export function tidMs(tid: string | undefined): number | undefined {
  const value = tid === undefined ? undefined : tidFromHex(tid);
  return value === undefined ? undefined : tidToTime(value);
}

export function sinceMs({ tid, timeMs }: SetSummary): number {
  return tidMs(tid) ?? timeMs;
}
