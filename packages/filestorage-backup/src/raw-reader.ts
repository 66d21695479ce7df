import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { throwIfCancelled } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import { gunzipStream, MEMBER_SIZE, parseMemberHeader } from '@holdfast/gzip-members';
import { BufferPool } from './buffer-pool.js';
import { digesterFor, sha256 } from './digest.js';
import type { Engine } from './engine.js';
import { ordered } from './ordered.js';
import type { Segment } from './record.js';
import type { StoredReader } from './store.js';

/**
 * Reads the uncompressed bytes of a data file, in order, several members at a time on all cores, and believes none
 * of them unchecked: with segments the SHA-256 of the stored bytes is compared before they are used, without them
 * the MD5 of the `.dat` when the file is through. A chunk is valid until the next one is asked for.
 */

/** A data file as far as reading needs it; `md5` and `rawSize` undefined where nothing is known of it yet. */
export interface RawFile {
  readonly name: string;
  readonly gzip: boolean;
  readonly segments: readonly Segment[] | undefined;
  readonly md5: string | undefined;
  readonly rawSize: number | undefined;
}

export interface ReadOptions {
  /** Compare digests. Sizes and gzip's own checksum are always compared. Default true. */
  readonly check?: boolean;
  /** Compare the MD5 also where segments were compared. Default false. */
  readonly md5?: boolean;
  /** Called with the digest of each stretch of stored bytes, where there are no segments yet. */
  readonly onSegment?: (segment: Segment) => void;
}

/** Members in work at one time: two for the cores, one on its way in, one on its way out. */
const WIDTH = 4;
/** More than this a member may not claim to hold; larger ones are decompressed as a stream. */
const LARGEST_MEMBER = 64 << 20;
/** Enough for any header that a gzip program writes; a longer file name is read as a stream. */
const HEADER_PEEK = 1 << 10;

export async function* readRaw(
  engine: Engine,
  file: RawFile,
  options: ReadOptions = {},
): AsyncGenerator<Uint8Array> {
  const { check = true } = options;
  const reader = await engine.store.open(file.name);
  const bySegments = file.segments !== undefined && sizesFit(file.segments, reader.size);
  const wantMd5 = check && file.md5 !== undefined && (!bySegments || options.md5 === true);
  const md5 = wantMd5 ? createHash('md5') : undefined;
  let rawSize = 0;
  try {
    if (file.segments !== undefined && !bySegments) {
      throw damaged(engine, file.name, `has ${reader.size} bytes, not what was recorded`);
    }
    for await (const chunk of contents(engine, file, reader, bySegments && check, options.onSegment)) {
      throwIfCancelled(engine.signal);
      md5?.update(chunk);
      rawSize += chunk.length;
      yield chunk;
    }
  } catch (error) {
    if (!isHoldfastError(error, 'gzip.damaged') && !isHoldfastError(error, 'fs.short-read')) throw error;
    throw damaged(engine, file.name, error.message, error);
  } finally {
    await reader.close();
  }
  if (file.rawSize !== undefined && rawSize !== file.rawSize) {
    throw damaged(engine, file.name, `holds ${rawSize} bytes uncompressed, not ${file.rawSize}`);
  }
  const digest = md5?.digest('hex');
  if (digest !== undefined && digest !== file.md5) {
    throw damaged(engine, file.name, `has checksum ${digest} instead of ${file.md5}`);
  }
}

/** Compares the stored bytes of a file with the digests in its segments, without decompressing. */
export async function checkStored(
  engine: Engine,
  name: string,
  segments: readonly Segment[],
  onChecked: (rawBytes: number) => void = () => {},
): Promise<void> {
  const reader = await engine.store.open(name);
  try {
    if (!sizesFit(segments, reader.size))
      throw damaged(engine, name, `has ${reader.size} bytes, not what was recorded`);
    const digester = digesterFor(reader.size, 2);
    try {
      const pool = new BufferPool(digester.allocate);
      const checks = ordered(placed(segments), WIDTH, async (at) => {
        const stored = await readSegment(reader, at, pool);
        checkSegment(engine, reader, at, await digester.sha256(stored));
        pool.give(stored);
        onChecked(at.segment.rawSize);
      });
      for await (const _ of checks) throwIfCancelled(engine.signal);
    } finally {
      await digester.close();
    }
  } finally {
    await reader.close();
  }
}

function contents(
  engine: Engine,
  file: RawFile,
  reader: StoredReader,
  check: boolean,
  onSegment: ReadOptions['onSegment'],
): AsyncGenerator<Uint8Array> {
  if (file.segments === undefined)
    return file.gzip ? unknownGzip(engine, reader, onSegment) : plain(reader, onSegment);
  return recorded(engine, { ...file, segments: file.segments }, reader, check);
}

/** A file whose segments are known: each is read, checked and decompressed on its own. A chunk lives until the next. */
async function* recorded(
  engine: Engine,
  file: RawFile & { readonly segments: readonly Segment[] },
  reader: StoredReader,
  check: boolean,
): AsyncGenerator<Uint8Array> {
  const size = file.gzip ? 0 : reader.size;
  const digester = digesterFor(check ? size : 0, 1);
  const pool = new BufferPool(digester.allocate);
  const chunks = ordered(placed(file.segments), WIDTH, async (at) => {
    const stored = await readSegment(reader, at, pool);
    if (check) checkSegment(engine, reader, at, await digester.sha256(stored));
    if (!file.gzip) return stored;
    const { rawSize } = at.segment;
    const raw = await engine.codec().decompress(stored, rawSize, pool.take(rawSize));
    pool.give(stored);
    return raw;
  });
  try {
    for await (const chunk of chunks) {
      yield chunk;
      pool.give(chunk);
    }
  } finally {
    await digester.close();
  }
}

interface Placed {
  readonly segment: Segment;
  readonly offset: number;
}

function* placed(segments: readonly Segment[]): Generator<Placed> {
  let offset = 0;
  for (const segment of segments) {
    yield { segment, offset };
    offset += segment.storedSize;
  }
}

async function readSegment(
  reader: StoredReader,
  { segment, offset }: Placed,
  pool: BufferPool,
): Promise<Uint8Array> {
  const stored = pool.take(segment.storedSize);
  await reader.read(stored, offset);
  return stored;
}

function checkSegment(
  engine: Engine,
  reader: StoredReader,
  { segment, offset }: Placed,
  digest: string,
): void {
  if (digest === segment.sha256) return;
  const end = offset + segment.storedSize;
  throw damaged(engine, reader.name, `was changed between its bytes ${offset} and ${end}`);
}

async function* plain(reader: StoredReader, onSegment: ReadOptions['onSegment']): AsyncGenerator<Uint8Array> {
  const read = ordered(stretches(reader.size), WIDTH, async ({ offset, length }) => {
    const bytes = await readAt(reader, offset, length);
    return { bytes, segment: { storedSize: length, rawSize: length, sha256: sha256(bytes) } };
  });
  yield* reporting(read, onSegment);
}

/** Tells of the segments in their order, not in that in which their digests were ready. */
async function* reporting(
  read: AsyncIterable<{ readonly bytes: Uint8Array; readonly segment: Segment }>,
  onSegment: ReadOptions['onSegment'],
): AsyncGenerator<Uint8Array> {
  for await (const { bytes, segment } of read) {
    onSegment?.(segment);
    yield bytes;
  }
}

function* stretches(size: number): Generator<{ readonly offset: number; readonly length: number }> {
  for (let offset = 0; offset < size; offset += MEMBER_SIZE)
    yield { offset, length: Math.min(MEMBER_SIZE, size - offset) };
}

/** A gzipped file of which nothing is recorded: by members where they say their size, else as one stream. */
async function* unknownGzip(
  engine: Engine,
  reader: StoredReader,
  onSegment: ReadOptions['onSegment'],
): AsyncGenerator<Uint8Array> {
  const members = await findMembers(reader);
  if (members === undefined) {
    const stored = ordered(stretches(reader.size), 2, ({ offset, length }) => readAt(reader, offset, length));
    yield* gunzipStream(stored);
    return;
  }
  const read = ordered(members, WIDTH, async ({ offset, storedSize, rawSize }) => {
    const stored = await readAt(reader, offset, storedSize);
    const segment = { storedSize, rawSize, sha256: sha256(stored) };
    return { bytes: await engine.codec().decompress(stored, rawSize), segment };
  });
  yield* reporting(read, onSegment);
}

interface Member {
  readonly offset: number;
  readonly storedSize: number;
  readonly rawSize: number;
}

/** The members of a file that Holdfast wrote, from their own headers; undefined for any other gzip. */
async function findMembers(reader: StoredReader): Promise<readonly Member[] | undefined> {
  const members: Member[] = [];
  for (let offset = 0; offset < reader.size; ) {
    const header = await readAt(reader, offset, Math.min(HEADER_PEEK, reader.size - offset));
    const storedSize = memberSize(header);
    if (storedSize === undefined || storedSize < 18 || offset + storedSize > reader.size) return undefined;
    const trailer = Buffer.from(await readAt(reader, offset + storedSize - 4, 4));
    const rawSize = trailer.readUInt32LE(0);
    if (rawSize > LARGEST_MEMBER || storedSize > 2 * LARGEST_MEMBER) return undefined;
    members.push({ offset, storedSize, rawSize });
    offset += storedSize;
  }
  return members;
}

function memberSize(header: Uint8Array): number | undefined {
  try {
    return parseMemberHeader(header).memberSize;
  } catch (error) {
    if (isHoldfastError(error, 'gzip.damaged')) return undefined;
    throw error;
  }
}

async function readAt(reader: StoredReader, offset: number, length: number): Promise<Uint8Array> {
  const target = Buffer.allocUnsafeSlow(length);
  await reader.read(target, offset);
  return target;
}

function sizesFit(segments: readonly Segment[], size: number): boolean {
  return segments.reduce((sum, { storedSize }) => sum + storedSize, 0) === size;
}

export function damaged(engine: Engine, name: string, what: string, cause?: unknown): HoldfastError {
  const path = join(engine.store.location, name);
  return new HoldfastError('repository.damaged', `${path} ${what}`, { path, cause });
}
