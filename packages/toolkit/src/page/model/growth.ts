import { type StorageStatus, storedOf } from '@holdfast/monitor';
import type { Point } from '../charts/point.js';
import { bytesInWords } from '../words/bytes.js';

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
  const data = status.sets.flatMap(({ timeMs, dataBytes }) =>
    dataBytes === undefined ? [] : [{ timeMs, value: dataBytes }],
  );
  const live =
    status.source.bytes === undefined ? [] : [{ timeMs: status.readAtMs, value: status.source.bytes }];
  const blobs = status.sets.flatMap(({ timeMs, blobs: of }) =>
    of === undefined ? [] : [{ timeMs, value: of.bytes }],
  );
  const name = status.kind === 'filestorage' ? 'Data.fs' : 'Storage';
  return [
    growth('data', name, [...data, ...live], 'at each backup, and now', 'Nothing is known of its size yet.'),
    growth('blobs', 'Blobs', blobs, 'at each backup', withoutBlobs(status)),
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

function withoutBlobs({ blobStorage, sets }: StorageStatus): string {
  if (blobStorage === undefined) return 'This storage has no blobs.';
  return sets.length === 0
    ? 'No backup of the blobs yet.'
    : 'No backup that is kept tells the size of its blobs.';
}

function summed({ sets }: StorageStatus): readonly Point[] {
  let sum = 0;
  return [...storedOf(sets)].map(([{ timeMs }, { data, blobs }]) => {
    sum += data + blobs;
    return { timeMs, value: sum };
  });
}
