import type { RecordHeader, ScanVisitor, TransactionHeader } from '@holdfast/filestorage';
import { MarkPicker, makeCheckpoints, type ReadRanges } from './checkpoint.js';
import { HistoryCollector } from './history.js';
import type { FileRecord } from './record.js';

/** Collects, while a range is scanned, what its file's record says of the transactions in it. */
export class RangeFacts implements ScanVisitor {
  readonly #history = new HistoryCollector();
  readonly #marks: MarkPicker;

  constructor(start: number, end: number) {
    this.#marks = new MarkPicker(start, end);
  }

  transaction(header: TransactionHeader): void {
    this.#history.transaction(header);
    this.#marks.transaction(header);
  }

  record(record: RecordHeader): void {
    this.#history.record(record);
  }

  async facts(
    read: ReadRanges,
  ): Promise<Pick<FileRecord, 'transactions' | 'last' | 'landmarks' | 'checkpoints'>> {
    const { transactions, last, landmarks } = this.#history;
    return { transactions, last, landmarks, checkpoints: await makeCheckpoints(read, this.#marks.marks()) };
  }
}

/** Several visitors as one. */
export function together(...visitors: readonly (ScanVisitor | undefined)[]): ScanVisitor {
  const present = visitors.filter((visitor) => visitor !== undefined);
  const records = present.filter((visitor) => visitor.record !== undefined);
  const starts = present.filter((visitor) => visitor.recordStart !== undefined);
  return {
    transaction: (header) => {
      for (const visitor of present) visitor.transaction?.(header);
    },
    ...(records.length === 0
      ? {}
      : {
          record: (record: RecordHeader, header: TransactionHeader) => {
            for (const visitor of records) visitor.record!(record, header);
          },
        }),
    // Only where somebody looks at data: the scan is the slower for it.
    ...(starts.length === 0
      ? {}
      : {
          recordStart: (record: RecordHeader, start: Uint8Array, header: TransactionHeader) => {
            for (const visitor of starts) visitor.recordStart!(record, start, header);
          },
        }),
    transactionEnd: (header) => {
      for (const visitor of present) visitor.transactionEnd?.(header);
    },
  };
}
