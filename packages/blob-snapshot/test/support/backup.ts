import { readdirSync } from 'node:fs';
import type { BlobEngine } from '../../src/engine.js';
import { prepareBlobs } from '../../src/prepare.js';
import type { BlobBackupRequest, BlobBackupSummary, BlobItem } from '../../src/request.js';
import { engine, sampleReference } from './scene.js';

export type Some = Partial<BlobBackupRequest> & Pick<BlobBackupRequest, 'source' | 'location' | 'stamp'>;

export const TREE = { kind: 'tree', rotated: false } as const;
export const ROTATED = { kind: 'tree', rotated: true } as const;
export const POOL = { kind: 'pool' } as const;

/** The state of the `Data.fs` that goes with a stamp: any number, the same for the same stamp. */
export function dataOf(stamp: string) {
  return { end: Number(stamp.replace(/\D/g, '').slice(4)), tid: undefined };
}

/** Prepares and publishes. */
export async function backUp(
  request: Some,
  { on = engine }: { on?: BlobEngine } = {},
): Promise<BlobBackupSummary> {
  await using prepared = await prepareBlobs(on, { style: TREE, data: dataOf(request.stamp), ...request });
  await prepared.publish();
  return prepared.summary;
}

/** As `backUp`, with what `onItem` was told: `copied 0x00/…`. */
export async function backUpItems(request: Some) {
  const items: string[] = [];
  const onItem = ({ action, entry, reason }: BlobItem) => {
    items.push(reason === undefined ? `${action} ${entry.path}` : `${action} ${entry.path}: ${reason}`);
  };
  return { summary: await backUp({ ...request, onItem }), items };
}

/** The changes of the log: these blobs, since that backup. */
export function changesSince(stamp: string, numbers: readonly number[]) {
  return {
    since: { stamp, end: dataOf(stamp).end },
    made: numbers.map((number) => sampleReference(number)),
  };
}

export function namesIn(directory: string): string[] {
  return readdirSync(directory).sort();
}
