/** Which blobs the records of a `Data.fs` refer to (docs/formats/filestorage.md, section 7). */
import type { OpenFile } from '@holdfast/durable-fs';
import { isBlobData } from './blob-data.js';
import { BLOB_RECORD_PROBE_SIZE } from './blob-record.js';
import { BlobReferences } from './blob-reference-set.js';
import { HEADER_SIZE } from './format.js';
import { readRecordStart } from './record-data.js';
import type { RecordHeader } from './record-header.js';
import type { ScanVisitor } from './scan.js';
import { scanFile } from './scan-file.js';

/**
 * Finds the blob records among those that are scanned: data that are a blob's, and back pointers, also over several
 * steps, to such a record; an undo makes a file of its own under (oid, tid of the undo). Records whose object does not
 * exist any more are none. Back pointers to before the scanned range are left to `resolveBlobReferences`.
 */
export class BlobReferenceCollector implements ScanVisitor {
  /** What was found so far. */
  readonly references = new BlobReferences();
  /** Records whose back pointers lead before the range, or to another one of these; in the order of the file. */
  readonly unresolved: RecordHeader[] = [];
  /** Positions of the records in `references`, ascending. */
  #positions = new Float64Array(16);
  #count = 0;

  /** @param start where the scan begins: the position of a transaction */
  constructor(private readonly start: number = HEADER_SIZE) {}

  recordStart(record: RecordHeader, data: Uint8Array): void {
    if (isBlobData(data, record.dataLength)) this.add(record);
  }

  record(record: RecordHeader): void {
    const { backPointer } = record;
    if (backPointer === undefined || backPointer === 0) return;
    if (backPointer < this.start || findPosition(this.unresolved, backPointer) !== undefined)
      this.unresolved.push(record);
    else if (this.holds(backPointer)) this.add(record);
  }

  private add(record: RecordHeader): void {
    this.references.addRecord(record);
    if (this.#count === this.#positions.length) {
      const larger = new Float64Array(this.#count * 2);
      larger.set(this.#positions);
      this.#positions = larger;
    }
    this.#positions[this.#count++] = record.position;
  }

  private holds(position: number): boolean {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#positions[middle] as number) < position) low = middle + 1;
      else high = middle;
    }
    return low < this.#count && this.#positions[low] === position;
  }
}

/**
 * Follows the back pointers that lead before the scanned range through the file, and adds those that lead to a blob
 * to `references`. Only these records are read.
 *
 * @param file the same storage, with at least all that was scanned
 * @throws HoldfastError `filestorage.damaged`: a back pointer leads to no record of its object
 */
export async function resolveBlobReferences(
  file: OpenFile,
  { references, unresolved }: Pick<BlobReferenceCollector, 'references' | 'unresolved'>,
): Promise<void> {
  for (const record of unresolved) {
    // One byte more tells data that end with the probe from longer ones.
    const data = await readRecordStart(file, record, BLOB_RECORD_PROBE_SIZE + 1);
    if (data !== undefined && isBlobData(data, data.length)) references.addRecord(record);
  }
}

export interface BlobReferenceRange {
  /** Default `HEADER_SIZE`; else the position of any transaction. */
  readonly start?: number | undefined;
  /** Bytes of the file that count; default its size. */
  readonly limit?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The blobs that the whole transactions of a range of a `Data.fs` refer to. Errors: those of `scanFile` and `resolveBlobReferences`. */
export async function collectBlobReferences(
  file: OpenFile,
  range: BlobReferenceRange = {},
): Promise<BlobReferences> {
  const collector = new BlobReferenceCollector(range.start);
  await scanFile(file, { ...range, visitor: collector });
  await resolveBlobReferences(file, collector);
  return collector.references;
}

/** The record at a position, among records in the order of the file. */
function findPosition(records: readonly RecordHeader[], position: number): RecordHeader | undefined {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (records[middle]!.position < position) low = middle + 1;
    else high = middle;
  }
  return records[low]?.position === position ? records[low] : undefined;
}
