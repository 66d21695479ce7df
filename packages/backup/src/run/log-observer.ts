import {
  BlobReferenceCollector,
  type RecordHeader,
  type ScanVisitor,
  type TransactionHeader,
} from '@holdfast/filestorage';

/** Collects the blobs that the transactions refer to which a backup copies, whatever position it begins at. */
export class LogObserver implements ScanVisitor {
  #collector: BlobReferenceCollector | undefined;
  #start: number | undefined;

  transaction(header: TransactionHeader): void {
    if (this.#collector !== undefined) return;
    this.#start = header.position;
    this.#collector = new BlobReferenceCollector(header.position);
  }

  record(record: RecordHeader): void {
    this.#collector?.record(record);
  }

  recordStart(record: RecordHeader, data: Uint8Array): void {
    this.#collector?.recordStart(record, data);
  }

  /** What was seen, where that began at `start` exactly. */
  from(start: number): BlobReferenceCollector | undefined {
    return this.#start === start ? this.#collector : undefined;
  }
}
