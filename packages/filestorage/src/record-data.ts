import { CHUNK_SIZE, type OpenFile, readFully } from '@holdfast/durable-fs';
import { damaged, shortRead } from './damage.js';
import { BACK_POINTER_SIZE, RECORD_FIELD, RECORD_HEADER_SIZE, readNumber, viewOf } from './format.js';
import { type RecordHeader, readBackPointer, readRecordHeader } from './record-header.js';

/**
 * The record that has the data of `record`: itself, or the one that its back pointers lead to
 * (docs/formats/filestorage.md, section 4); undefined where they lead to 0, so that the object does not exist.
 * `filestorage.damaged` when a back pointer leads to no record of the same object.
 */
export async function resolveRecord(file: OpenFile, record: RecordHeader): Promise<RecordHeader | undefined> {
  let current = record;
  // Each step leads backward, or it is damage; so this ends.
  while (current.backPointer !== undefined) {
    if (current.backPointer === 0) return undefined;
    current = await readTarget(file, current.backPointer, current);
  }
  return current;
}

/**
 * The data of a record, in chunks of at most 1 MiB, those it points back to where it has a back pointer; nothing when
 * the object does not exist. A chunk is valid until the next one is asked for.
 */
export async function* readRecordData(file: OpenFile, record: RecordHeader): AsyncGenerator<Buffer> {
  const holder = await resolveRecord(file, record);
  if (holder === undefined) return;
  const buffer = Buffer.allocUnsafe(Math.min(CHUNK_SIZE, holder.dataLength));
  const start = holder.position + RECORD_HEADER_SIZE;
  let done = 0;
  while (done < holder.dataLength) {
    const chunk = buffer.subarray(0, Math.min(buffer.length, holder.dataLength - done));
    const count = await readFully(file, chunk, start + done);
    if (count < chunk.length) throw shortRead(file.path, start + done + count, start + holder.dataLength);
    yield chunk;
    done += count;
  }
}

/** The first bytes of a record's data, at most `limit`; undefined when the object does not exist. */
export async function readRecordStart(
  file: OpenFile,
  record: RecordHeader,
  limit: number,
): Promise<Buffer | undefined> {
  const holder = await resolveRecord(file, record);
  if (holder === undefined) return undefined;
  const bytes = Buffer.alloc(Math.min(limit, holder.dataLength));
  return bytes.subarray(0, await readFully(file, bytes, holder.position + RECORD_HEADER_SIZE));
}

async function readTarget(file: OpenFile, position: number, from: RecordHeader): Promise<RecordHeader> {
  const wrong = (what: string) =>
    damaged(file.path, from.position + RECORD_HEADER_SIZE, from.transaction, what);
  const bytes = Buffer.alloc(RECORD_HEADER_SIZE + BACK_POINTER_SIZE);
  const count = await readFully(file, bytes, position);
  if (count < bytes.length) throw shortRead(file.path, position + count, position + bytes.length);
  const view = viewOf(bytes);
  const transaction = readNumber(view, RECORD_FIELD.transaction);
  if (transaction >= position) throw wrong(`the back pointer leads to ${position}, where no record is`);
  // The end of that transaction is not known here; a record cannot lead beyond the one that points to it.
  const place = { path: file.path, transaction, end: from.position };
  const record = readRecordHeader(view, 0, position, place);
  if (record.oidPrefix !== from.oidPrefix || record.oidSuffix !== from.oidSuffix)
    throw wrong(`the back pointer leads to ${position}, a record of another object`);
  if (record.dataLength === 0)
    record.backPointer = readBackPointer(view, RECORD_HEADER_SIZE, record, file.path);
  return record;
}
