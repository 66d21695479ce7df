import { createHash } from 'node:crypto';
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type FileSystem, nodeFileSystem } from '@holdfast/durable-fs';
import { blobRecordPickle, FileStorageWriter, type Tid, tidToHex, tidToTime } from '@holdfast/filestorage';
import { mappingRecord, Reference } from './pickle.js';

const INTERVAL = 60_000;
const BLOB = 'ZODB.blob Blob';

export interface SampleBlobs {
  /** Path of a `Data.fs` that `sampleStorage` made. */
  readonly datafs: string;
  /** The blob directory; made, with layout bushy, when it is missing. */
  readonly blobs: string;
  /** New blobs, each its own object, all in one transaction. */
  readonly count: number;
  /** Bytes of each; default 1000. */
  readonly size?: number;
  readonly fs?: FileSystem;
}

export interface SampleBlob {
  /** 16 hex digits. */
  readonly oid: string;
  readonly tid: string;
  /** Below the blob directory. */
  readonly path: string;
  readonly content: Buffer;
}

/** Commits new blobs to a sample storage as ZODB does it: the files first, then the records. A folder of their own refers to them. */
export async function commitBlobs({
  datafs,
  blobs,
  count,
  size = 1000,
  fs = nodeFileSystem,
}: SampleBlobs): Promise<readonly SampleBlob[]> {
  const writer = await FileStorageWriter.open(fs, datafs, { sync: false });
  try {
    const timeMs =
      writer.lastTid === undefined ? undefined : Math.round(tidToTime(writer.lastTid)) + INTERVAL;
    const folder = BigInt(writer.index.size);
    const oids = Array.from({ length: count }, (_, number) => folder + 1n + BigInt(number));
    const description = `${count} files were uploaded`;
    const transaction = writer.begin({
      user: ' admin',
      description,
      ...(timeMs !== undefined && { timeMs }),
    });
    for (const oid of oids) await transaction.store(oid, blobRecordPickle());
    const references = oids.map((oid): [string, Reference] => [`file-${oid}`, new Reference(oid, BLOB)]);
    await transaction.store(folder, mappingRecord(Object.fromEntries(references)));
    const tid = await transaction.commit();
    return oids.map((oid) => writeBlob(blobs, oid, tid, size));
  } finally {
    await writer.close();
  }
}

/** The path of a blob in a blob directory of layout bushy (docs/formats/blob-backups.md). */
export function bushyPath(oid: bigint, tid: Tid): string {
  const levels = oid
    .toString(16)
    .padStart(16, '0')
    .match(/../g)!
    .map((byte) => `0x${byte}`);
  return `${levels.join('/')}/0x${tidToHex(tid)}.blob`;
}

function writeBlob(blobs: string, oid: bigint, tid: Tid, size: number): SampleBlob {
  const path = bushyPath(oid, tid);
  const content = contentOf(`${oid}.${tid}`, size);
  const file = join(blobs, path);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(join(blobs, '.layout'), 'bushy', { mode: 0o600 });
  writeFileSync(file, content, { mode: 0o400 });
  const seconds = tidToTime(tid) / 1000;
  utimesSync(file, seconds, seconds);
  return { oid: oid.toString(16).padStart(16, '0'), tid: tidToHex(tid), path, content };
}

/** Bytes that differ from blob to blob and do not compress. */
function contentOf(name: string, size: number): Buffer {
  const parts: Buffer[] = [];
  for (let done = 0, part = 0; done < size; done += 32, part += 1) {
    parts.push(createHash('sha256').update(`${name}.${part}`).digest());
  }
  return Buffer.concat(parts).subarray(0, size);
}
