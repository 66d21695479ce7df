import { HEADER_SIZE, joinOid, type RecordHeader, type TransactionHeader } from '../../src/index.js';

interface SampleRecord {
  readonly oid: bigint;
  /** Data, or a back pointer. */
  readonly content: Uint8Array | number;
}

export interface SampleTransaction {
  readonly tid: bigint;
  readonly status?: ' ' | 'p' | 'u' | 'c';
  readonly user?: string;
  readonly description?: string;
  readonly extension?: string;
  readonly records?: readonly SampleRecord[];
}

/** The bytes of a Data.fs, laid out here by hand from docs/formats/filestorage.md and not by the code under test. */
export function sampleStorage(transactions: readonly SampleTransaction[]): Buffer {
  const parts: Buffer[] = [Buffer.from('FS30')];
  const current = new Map<bigint, number>();
  let position = HEADER_SIZE;
  for (const transaction of transactions) {
    const bytes = sampleTransaction(transaction, position, current);
    parts.push(bytes);
    position += bytes.length;
  }
  return Buffer.concat(parts);
}

function sampleTransaction(transaction: SampleTransaction, position: number, current: Map<bigint, number>) {
  const { tid, status = ' ', user = '', description = '', extension = '', records = [] } = transaction;
  const text = [user, description, extension].map((part) => Buffer.from(part));
  const header = Buffer.concat([Buffer.alloc(23), ...text]);
  header.writeBigUInt64BE(tid);
  header.write(status, 16, 'latin1');
  text.forEach((part, i) => {
    header.writeUInt16BE(part.length, 17 + 2 * i);
  });
  const parts: Buffer[] = [header];
  let at = position + header.length;
  const found = new Map<bigint, number>();
  for (const record of records) {
    const bytes = sampleRecord(record, {
      tid,
      transaction: position,
      previous: current.get(record.oid) ?? 0,
    });
    parts.push(bytes);
    found.set(record.oid, at);
    at += bytes.length;
  }
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(at - position));
  length.copy(header, 8);
  if (status !== 'u') for (const [oid, where] of found) current.set(oid, where);
  return Buffer.concat([...parts, length]);
}

function sampleRecord(
  { oid, content }: SampleRecord,
  fields: { readonly tid: bigint; readonly transaction: number; readonly previous: number },
): Buffer {
  const header = Buffer.alloc(42);
  header.writeBigUInt64BE(oid);
  header.writeBigUInt64BE(fields.tid, 8);
  header.writeBigUInt64BE(BigInt(fields.previous), 16);
  header.writeBigUInt64BE(BigInt(fields.transaction), 24);
  if (typeof content !== 'number') {
    header.writeBigUInt64BE(BigInt(content.length), 34);
    return Buffer.concat([header, content]);
  }
  const back = Buffer.alloc(8);
  back.writeBigUInt64BE(BigInt(content));
  return Buffer.concat([header, back]);
}

/** A record as plain data, for comparisons. */
function plainRecord(record: RecordHeader) {
  const { tid, position, previous, transaction, dataLength, backPointer } = record;
  const oid = joinOid(record.oidPrefix, record.oidSuffix);
  return { oid, tid, position, previous, transaction, dataLength, backPointer };
}

type PlainRecord = ReturnType<typeof plainRecord>;

/** A visitor that writes down all it is told. */
export function recorder() {
  const events: (
    | { readonly event: 'transaction' | 'end'; readonly header: TransactionHeader }
    | { readonly event: 'record'; readonly record: PlainRecord; readonly transaction: number }
  )[] = [];
  return {
    events,
    visitor: {
      transaction: (header: TransactionHeader) => void events.push({ event: 'transaction', header }),
      record: (record: RecordHeader, { position }: TransactionHeader) =>
        void events.push({ event: 'record', record: plainRecord(record), transaction: position }),
      transactionEnd: (header: TransactionHeader) => void events.push({ event: 'end', header }),
    },
  };
}
