import type { StorageStatus } from '@holdfast/monitor';
import type { Point } from '../charts/point.js';
import { bytesInWords } from '../words/bytes.js';
import { storedBytesOf } from './chains.js';

export interface GrowthView {
  readonly id: 'data' | 'blobs' | 'backups';
  readonly title: string;
  /** Bytes over time. */
  readonly points: readonly Point[];
  /** What the last point says. */
  readonly now: string;
  readonly note: string;
  /** Instead of a chart. */
  readonly empty: string | undefined;
}

/** How the storage, its blobs and its backups grew, as far as the sets that are kept can tell. */
export function growthViews(status: StorageStatus): readonly GrowthView[] {
  const backupsOnly = status.sets.filter(({ dataBytes }) => dataBytes !== undefined);
  const data = backupsOnly.map((set) => ({ timeMs: set.timeMs, value: set.dataBytes! }));
  const live =
    status.source.bytes === undefined ? [] : [{ timeMs: status.readAtMs, value: status.source.bytes }];
  const blobs = status.sets.flatMap(({ timeMs, blobs: of }) =>
    of === undefined ? [] : [{ timeMs, value: of.bytes }],
  );
  const name = status.kind === 'filestorage' ? 'Data.fs' : 'Storage';
  const blobsEmpty =
    status.blobStorage === undefined ? 'This storage has no blobs.' : 'No backup of the blobs yet.';
  return [
    growth('data', name, [...data, ...live], 'at each backup, and now', 'Nothing is known of its size yet.'),
    growth('blobs', 'Blobs', blobs, 'at each backup', blobsEmpty),
    growth('backups', 'Backups', summed(status), 'all that are kept', 'No backup yet.'),
  ];
}

function growth(
  id: GrowthView['id'],
  title: string,
  points: readonly Point[],
  note: string,
  empty: string,
): GrowthView {
  const last = points.at(-1);
  if (last === undefined) return { id, title, points, now: '', note, empty };
  return { id, title, points, now: bytesInWords(last.value), note, empty: undefined };
}

function summed({ sets }: StorageStatus): readonly Point[] {
  let sum = 0;
  return sets.map((set) => {
    sum += storedBytesOf(set);
    return { timeMs: set.timeMs, value: sum };
  });
}
