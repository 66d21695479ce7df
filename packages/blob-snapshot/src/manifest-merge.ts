import type { BlobEntry } from './entry.js';
import { entryLine, type ManifestLine } from './manifest-line.js';
import { comparePaths } from './manifest-path.js';
import { type ManifestSource, readManifestLines } from './manifest-reader.js';

type LineBatches = AsyncIterable<readonly ManifestLine[]>;
/** A line that names something that is there. */
export type EntryLine = Extract<ManifestLine, { kind: 'entry' }>;

const BATCH = 512;

/**
 * The entries of a state: those of a manifest and of the deltas after it, in the order of `comparePaths`, in bounded
 * memory.
 *
 * @param paths of the manifests, the one that names everything first, then the deltas, oldest first
 * @throws HoldfastError `blobs.manifest`; what was given out before is then not to be believed
 */
export async function* readManifests(
  source: ManifestSource,
  paths: readonly string[],
): AsyncGenerator<BlobEntry> {
  for await (const lines of readStateLines(source, paths)) {
    for (const { entry } of lines) yield entry;
  }
}

/** As `readManifests`, line by line in batches. */
export async function* readStateLines(
  source: ManifestSource,
  paths: readonly string[],
): AsyncGenerator<readonly EntryLine[]> {
  const [first, ...deltas] = paths.map((path) => readManifestLines(source, path));
  if (first === undefined) return;
  const state = deltas.length === 0 ? first : overlay(first, mergeDeltas(deltas));
  for await (const lines of state) yield lines.filter((line) => line.kind === 'entry');
}

/** Halves, so that a line of the last of a hundred deltas passes seven merges and not a hundred. */
function mergeDeltas(deltas: readonly LineBatches[]): LineBatches {
  if (deltas.length === 1) return deltas[0]!;
  const middle = deltas.length >> 1;
  return overlay(mergeDeltas(deltas.slice(0, middle)), mergeDeltas(deltas.slice(middle)));
}

/** Both together; where both have a line for a path, that of `upper`. */
async function* overlay(lower: LineBatches, upper: LineBatches): AsyncGenerator<readonly ManifestLine[]> {
  const [below, above] = [new LineCursor(lower), new LineCursor(upper)];
  try {
    await below.fill();
    await above.fill();
    let batch: ManifestLine[] = [];
    for (;;) {
      const [one, other] = [below.current, above.current];
      if (one === undefined && other === undefined) break;
      const order = one === undefined ? 1 : other === undefined ? -1 : comparePaths(one.path, other.path);
      batch.push(order < 0 ? one! : other!);
      if (order <= 0 && !below.advance()) await below.fill();
      if (order >= 0 && !above.advance()) await above.fill();
      if (batch.length < BATCH) continue;
      yield batch;
      batch = [];
    }
    yield batch;
  } finally {
    await below.close();
    await above.close();
  }
}

/** One line after the other out of batches, without a promise for each. */
export class LineCursor<Line extends ManifestLine = ManifestLine> {
  private readonly batches: AsyncIterator<readonly Line[]>;
  private batch: readonly Line[] = [];
  private at = 0;

  constructor(batches: AsyncIterable<readonly Line[]>) {
    this.batches = batches[Symbol.asyncIterator]();
  }

  /** Undefined at the end, and before the first `fill`. */
  get current(): Line | undefined {
    return this.batch[this.at];
  }

  /** Goes on to the next line; false when `fill` must bring it. */
  advance(): boolean {
    this.at += 1;
    return this.at < this.batch.length;
  }

  async fill(): Promise<void> {
    do {
      const next = await this.batches.next();
      this.batch = next.done === true ? [] : next.value;
      this.at = 0;
      if (next.done === true) return;
    } while (this.batch.length === 0);
  }

  async close(): Promise<void> {
    await this.batches.return?.(undefined);
  }
}

/** Entries that come from elsewhere, as the lines of a manifest would say them. */
export async function* linesOf(entries: AsyncIterable<BlobEntry>): AsyncGenerator<readonly EntryLine[]> {
  let batch: EntryLine[] = [];
  for await (const entry of entries) {
    batch.push({ kind: 'entry', path: entry.path, entry, text: entryLine(entry) });
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}
