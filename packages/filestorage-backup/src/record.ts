/**
 * The record of a chain, `<stamp of the full>.holdfast`: what Holdfast knows of it beyond repozo's files
 * (docs/formats/repository.md, "Record"). It is an addition: lost, torn or out of date, it is made again from
 * the data files. It is one JSON object; numbers are bytes and offsets, tids and oids 16 hex digits.
 */

/** A stretch of a stored file: for a gzipped file one member, for a plain one up to the same number of bytes. */
export interface Segment {
  readonly storedSize: number;
  readonly rawSize: number;
  /** SHA-256 of the stored bytes, base64. */
  readonly sha256: string;
}

/** A transaction of the source by which the backed-up part is recognised later without reading all of it. */
export interface Checkpoint {
  readonly position: number;
  /** First byte after the transaction. */
  readonly end: number;
  readonly tid: string;
  /** SHA-256, base64, of the transaction's bytes (of its first and last half MiB where it is larger than one MiB). */
  readonly sha256: string;
}

export interface LastTransaction {
  readonly tid: string;
  /** The last transaction that wrote data, where that is an earlier one: this one only deleted objects. */
  readonly wrote?: string;
  /** The first of the objects that were written there. */
  readonly oids: readonly string[];
}

/** Where the bytes of a source lay when they were last backed up: changed means "read the prefix again". */
export interface SourceIdentity {
  readonly dev: string;
  readonly ino: string;
  readonly birthtimeMs: number;
}

export interface FileRecord {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** MD5 of the uncompressed bytes, as in the `.dat`. */
  readonly md5: string;
  readonly storedSize: number;
  readonly transactions: number;
  readonly last: LastTransaction | undefined;
  /** Some of its tids, ascending: by these a source is recognised as the same history after a pack. */
  readonly landmarks: readonly string[];
  readonly checkpoints: readonly Checkpoint[];
  readonly segments: readonly Segment[];
}

export interface ChainRecord {
  /** Random id, inherited from chain to chain while the source's history goes on. */
  readonly lineage: string;
  readonly source: SourceIdentity | undefined;
  readonly files: readonly FileRecord[];
}

const FORMAT = 'holdfast-chain';
const VERSION = 1;

export function printRecord(record: ChainRecord): string {
  const { lineage, source, files } = record;
  const rows = files.map((file) => {
    const segments = file.segments.map((s) => [s.storedSize, s.rawSize, s.sha256]);
    const checkpoints = file.checkpoints.map((c) => [c.position, c.end, c.tid, c.sha256]);
    return JSON.stringify({ ...file, last: file.last ?? null, checkpoints, segments });
  });
  const head = JSON.stringify({ format: FORMAT, version: VERSION, lineage, source: source ?? null }).slice(
    0,
    -1,
  );
  return `${head},"files":[\n${rows.join(',\n')}\n]}\n`;
}

/** Reads a record; undefined where the text is not a whole record of a version that is known here. */
export function parseRecord(text: string): ChainRecord | undefined {
  try {
    return readRecord(JSON.parse(text));
  } catch {
    return undefined;
  }
}

class Mismatch extends Error {}

function readRecord(value: unknown): ChainRecord {
  const record = object(value);
  if (record.format !== FORMAT || record.version !== VERSION) throw new Mismatch();
  return {
    lineage: string(record.lineage),
    source: record.source === null ? undefined : readIdentity(object(record.source)),
    files: array(record.files).map((file) => readFile(object(file))),
  };
}

function readIdentity(value: Fields): SourceIdentity {
  return { dev: string(value.dev), ino: string(value.ino), birthtimeMs: number(value.birthtimeMs) };
}

function readFile(value: Fields): FileRecord {
  return {
    name: string(value.name),
    start: size(value.start),
    end: size(value.end),
    md5: string(value.md5),
    storedSize: size(value.storedSize),
    transactions: size(value.transactions),
    last: value.last === null ? undefined : readLast(object(value.last)),
    landmarks: array(value.landmarks).map(tid),
    checkpoints: array(value.checkpoints).map((row) => {
      const [position, end, id, sha256] = array(row);
      return { position: size(position), end: size(end), tid: tid(id), sha256: string(sha256) };
    }),
    segments: array(value.segments).map((row) => {
      const [storedSize, rawSize, sha256] = array(row);
      return { storedSize: size(storedSize), rawSize: size(rawSize), sha256: string(sha256) };
    }),
  };
}

function readLast(value: Fields): LastTransaction {
  const wrote = value.wrote === undefined ? {} : { wrote: tid(value.wrote) };
  return { tid: tid(value.tid), oids: array(value.oids).map(tid), ...wrote };
}

type Fields = Readonly<Record<string, unknown>>;

function object(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Mismatch();
  return value as Fields;
}

function array(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Mismatch();
  return value;
}

function string(value: unknown): string {
  if (typeof value !== 'string') throw new Mismatch();
  return value;
}

function number(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Mismatch();
  return value;
}

function size(value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new Mismatch();
  return value as number;
}

function tid(value: unknown): string {
  const text = string(value);
  if (!/^[0-9a-f]{16}$/.test(text)) throw new Mismatch();
  return text;
}
