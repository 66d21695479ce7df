import { parseDataName, stampTime } from '@holdfast/filestorage-backup';
import type { SetKind } from '../config.js';
import type { BlobPart, FilestoragePart, MissingBlob, SetPart, SetRecord } from '../set-record.js';
import {
  array,
  count,
  FieldError,
  type Fields,
  matching,
  object,
  oneOf,
  optional,
  readJson,
  text,
} from './json-fields.js';

/** The text of a set record, and back (docs/formats/sets.md, "Record"). */

const FORMAT = 'holdfast-set';
const VERSION = 1;
const KINDS: readonly SetKind[] = ['backup', 'snapshot', 'zip'];
const TID = /^[0-9a-f]{16}$/;
const MD5 = /^[0-9a-f]{32}$/;
/** A name in a directory, never a way out of it. */
const BLOB_ID = /^(?!\.{1,2}$)[^/\0]+$/;

export type ParsedSetRecord =
  | { readonly value: SetRecord }
  | {
      readonly value: undefined;
      /** What is wrong with the text, in words. */
      readonly reason: string;
    };

export function printSetRecord(record: SetRecord): string {
  const { id, kind, startedMs, finishedMs, parts } = record;
  const head = { format: FORMAT, version: VERSION, id, kind, startedMs, finishedMs };
  const rows = parts.map((part) => JSON.stringify(printable(part)));
  return `${JSON.stringify(head).slice(0, -1)},"parts":[\n${rows.join(',\n')}\n]}\n`;
}

/** JSON has no undefined: null says that there is none. */
function printable({ storage, filestorage, blobs }: SetPart) {
  return {
    storage,
    filestorage:
      filestorage === undefined
        ? null
        : { ...filestorage, tid: filestorage.tid ?? null, lineage: filestorage.lineage ?? null },
    blobs: blobs ?? null,
  };
}

/** Strict where it knows a member, deaf to those it does not know. A torn text, or a later version, has a reason. */
export function parseSetRecord(content: string): ParsedSetRecord {
  return readJson(content, readRecord);
}

function readRecord(fields: Fields): SetRecord {
  if (fields.format !== FORMAT) throw new FieldError('it is not the record of a set');
  if (fields.version !== VERSION)
    throw new FieldError(`its version is ${String(fields.version)}, not ${VERSION}`);
  const parts = array(fields.parts, 'parts').map((part, index) => readPart(part, `parts[${index}]`));
  const names = parts.map(({ storage }) => storage);
  if (new Set(names).size < names.length) throw new FieldError('a storage has two parts');
  return {
    version: VERSION,
    id: stamp(fields.id, 'id'),
    kind: oneOf(fields.kind, KINDS, 'kind'),
    startedMs: count(fields.startedMs, 'startedMs'),
    finishedMs: count(fields.finishedMs, 'finishedMs'),
    parts,
  };
}

function readPart(value: unknown, what: string): SetPart {
  const part = object(value, what);
  return {
    storage: text(part.storage, `${what}.storage`),
    filestorage: optional(part.filestorage, (found) => readFilestorage(found, `${what}.filestorage`)),
    blobs: optional(part.blobs, (found) => readBlobs(found, `${what}.blobs`)),
  };
}

function readFilestorage(value: unknown, what: string): FilestoragePart {
  const part = object(value, what);
  const name = text(part.name, `${what}.name`);
  const start = count(part.start, `${what}.start`);
  const end = count(part.end, `${what}.end`);
  const parsed = parseDataName(name);
  if (parsed === undefined) throw new FieldError(`${what}.name is no name of a data file`);
  if (end < start) throw new FieldError(`${what}.end is before its start`);
  return {
    name,
    chain: stamp(part.chain, `${what}.chain`),
    kind: parsed.kind,
    start,
    end,
    storedSize: count(part.storedSize, `${what}.storedSize`),
    transactions: count(part.transactions, `${what}.transactions`),
    tid: optional(part.tid, (tid) => matching(tid, TID, `${what}.tid`)),
    lineage: optional(part.lineage, (lineage) => text(lineage, `${what}.lineage`)),
    md5: matching(part.md5, MD5, `${what}.md5`),
  };
}

function readBlobs(value: unknown, what: string): BlobPart {
  const part = object(value, what);
  return {
    id: matching(part.id, BLOB_ID, `${what}.id`),
    style: oneOf(part.style, ['tree', 'pool', 'archive', 'delta'], `${what}.style`),
    files: count(part.files, `${what}.files`),
    bytes: count(part.bytes, `${what}.bytes`),
    addedFiles: count(part.addedFiles, `${what}.addedFiles`),
    addedBytes: count(part.addedBytes, `${what}.addedBytes`),
    missing: count(part.missing, `${what}.missing`),
    missingBlobs: readMissing(part.missingBlobs, `${what}.missingBlobs`),
    manifestSha256: text(part.manifestSha256, `${what}.manifestSha256`),
  };
}

/** Records of before there were any of these have none. */
function readMissing(value: unknown, what: string): readonly MissingBlob[] {
  const rows = optional(value, (found) => array(found, what)) ?? [];
  return rows.map((row, index) => {
    const { oid, tid } = object(row, `${what}[${index}]`);
    return {
      oid: matching(oid, TID, `${what}[${index}].oid`),
      tid: matching(tid, TID, `${what}[${index}].tid`),
    };
  });
}

function stamp(value: unknown, what: string): string {
  const found = text(value, what);
  if (stampTime(found) === undefined) throw new FieldError(`${what} is no time stamp`);
  return found;
}
