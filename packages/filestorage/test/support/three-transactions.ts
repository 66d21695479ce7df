import { HEADER_SIZE, type ScanVisitor, TransactionScanner } from '../../src/index.js';
import { recorder, sampleStorage } from './sample.js';

export const path = 'Data.fs';
export const data = Buffer.from('some data');

/** Transactions at 4, 122 and 210; records at 27 (oid 1), 149 (oid 1, back pointer to 27), 233 (oid 2). */
export const storage = sampleStorage([
  { tid: 10n, records: [{ oid: 1n, content: data }], user: '', extension: 'e'.repeat(36) },
  { tid: 11n, status: 'p', records: [{ oid: 1n, content: 63 }], description: 'dd' },
  { tid: 12n, records: [{ oid: 2n, content: data }] },
]);

export function scan(bytes: Uint8Array, limit = bytes.length, visitor: ScanVisitor = {}) {
  const scanner = new TransactionScanner({ path, start: HEADER_SIZE, limit, visitor });
  scanner.push(bytes.subarray(HEADER_SIZE));
  return scanner.finish();
}

export function patched(position: number, ...values: number[]): Buffer {
  const bytes = Buffer.from(storage);
  bytes.set(values, position);
  return bytes;
}

/** Positions in `storage`, taken from a scan. */
function positions() {
  const { events, visitor } = recorder();
  scan(storage, storage.length, visitor);
  return {
    transactions: events.flatMap((e) => (e.event === 'transaction' ? [e.header] : [])),
    records: events.flatMap((e) => (e.event === 'record' ? [e.record] : [])),
  };
}

export const { transactions, records } = positions();
export const [first, second, last] = transactions.map(({ position }) => position) as [number, number, number];
export const [one, two, three] = records.map(({ position }) => position) as [number, number, number];

/** A position as the 8 bytes of a field. */
export function fieldOf(position: number): Buffer {
  return Buffer.from(position.toString(16).padStart(16, '0'), 'hex');
}
