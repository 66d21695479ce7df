import {
  BlobReferenceCollector,
  BlobReferences,
  HEADER_SIZE,
  TransactionScanner,
} from '@holdfast/filestorage';
import { type Engine, type Moment, restoreToSink } from '@holdfast/filestorage-backup';

/** The blobs that backed-up states of one chain refer to, by the end of the state, bytes. */
export type ReferencesByEnd = ReadonlyMap<number, BlobReferences>;

/**
 * Reads a chain once and gives for each of the wanted states the blobs that it refers to: a state of a chain is the
 * beginning of every later one.
 *
 * @param moment the last of them
 * @param ends of the states, bytes
 */
export async function referencesOfChain(
  engine: Engine,
  moment: Moment,
  ends: ReadonlySet<number>,
): Promise<ReferencesByEnd> {
  const path = moment.file.name;
  const collector = new BlobReferenceCollector();
  const limit = moment.file.end;
  const scanner = new TransactionScanner({ path, start: HEADER_SIZE, limit, visitor: collector });
  const counts = new Map<number, number>();
  let position = 0;
  await restoreToSink(engine, { moment, check: false }, async (chunk) => {
    const skip = Math.max(0, Math.min(chunk.length, HEADER_SIZE - position));
    if (!scanner.stopped) scanner.push(chunk.subarray(skip));
    position += chunk.length;
    if (ends.has(position)) counts.set(position, collector.references.size);
  });
  return new Map([...counts].map(([end, count]) => [end, firstOf(collector.references, count)]));
}

function firstOf(all: BlobReferences, count: number): BlobReferences {
  if (count === all.size) return all;
  const some = new BlobReferences();
  for (let index = 0; index < count; index += 1) some.add(all.at(index));
  return some;
}
