import { createHash } from 'node:crypto';
import {
  type FileSystem,
  type OpenFile,
  readExactly,
  readFully,
  throwIfCancelled,
} from '@holdfast/durable-fs';
import { parseManifestHeader } from './manifest-header.js';
import { type ManifestEnd, type ManifestLine, parseEnd, parseLine } from './manifest-line.js';
import { comparePaths, damagedManifest } from './manifest-path.js';

export interface ManifestSource {
  readonly fs: FileSystem;
  readonly signal?: AbortSignal | undefined;
}

const CHUNK = 1 << 18;
const LINE_FEED = 0x0a;

/**
 * The lines of a manifest between its first and its last, in bounded memory. What was given out is to be believed only
 * when the end has come without an error: then the digest and the order were right.
 *
 * @throws HoldfastError `blobs.manifest` when a line is none, out of order, or the end is missing or does not match
 */
export async function* readManifestLines(
  { fs, signal }: ManifestSource,
  path: string,
): AsyncGenerator<readonly ManifestLine[]> {
  const file = await fs.openRead(path);
  try {
    const check = new LineCheck(path);
    for await (const { bytes, text } of chunksOfLines(file)) {
      throwIfCancelled(signal);
      const lines = check.take(bytes, text);
      if (lines.length > 0) yield lines;
    }
    check.finish();
  } finally {
    await file.close();
  }
}

/** The last line alone; undefined where it is missing: the manifest is not whole. */
export async function readManifestEnd(
  { fs }: ManifestSource,
  path: string,
): Promise<ManifestEnd | undefined> {
  const file = await fs.openRead(path);
  try {
    const { size } = await file.stat();
    const length = Math.min(size, 256);
    const tail = (await readExactly(file, size - length, length)).toString('latin1');
    return tail.endsWith('\n')
      ? parseEnd(tail.slice(tail.lastIndexOf('\n', tail.length - 2) + 1, -1))
      : undefined;
  } finally {
    await file.close();
  }
}

interface Chunk {
  /** Whole lines. */
  readonly bytes: Buffer;
  readonly text: string;
}

async function* chunksOfLines(file: OpenFile): AsyncGenerator<Chunk> {
  const buffer = Buffer.allocUnsafe(CHUNK);
  let position = 0;
  for (;;) {
    const count = await readFully(file, buffer, position);
    if (count === 0) return;
    const last = buffer.lastIndexOf(LINE_FEED, count - 1);
    if (last < 0 || last >= count)
      throw damagedManifest(file.path, 'it ends in the middle of a line', position);
    const bytes = buffer.subarray(0, last + 1);
    yield { bytes, text: bytes.toString('utf8', 0, last) };
    position += last + 1;
  }
}

/** Parses the lines and holds them to the format: the header first, the order, the end with the digest. */
class LineCheck {
  private readonly hash = createHash('sha256');
  private line = 0;
  private before: string | undefined;
  private delta = false;
  private ended = false;

  constructor(private readonly path: string) {}

  take(bytes: Buffer, text: string): readonly ManifestLine[] {
    const lines = text.split('\n');
    const endsHere = lines.at(-1)!.startsWith('end ');
    this.hash.update(
      endsHere ? bytes.subarray(0, bytes.lastIndexOf(LINE_FEED, bytes.length - 2) + 1) : bytes,
    );
    const found: ManifestLine[] = [];
    for (const line of lines) {
      this.line += 1;
      if (this.ended) throw this.damaged('lines follow the last one');
      if (this.line === 1) this.takeHeader(line);
      else if (line.startsWith('end ')) this.takeEnd(line);
      else found.push(this.takeEntry(line));
    }
    return found;
  }

  private takeHeader(line: string): void {
    const header = parseManifestHeader(line);
    if (header === undefined) throw this.damaged('this is not the first line of a manifest');
    this.delta = header.base !== undefined;
  }

  private takeEntry(text: string): ManifestLine {
    const line = parseLine(text);
    if (line === undefined || (line.kind === 'gone' && !this.delta))
      throw this.damaged(`there is no such line: ${JSON.stringify(text.slice(0, 80))}`);
    if (this.before !== undefined && comparePaths(this.before, line.path) >= 0)
      throw this.damaged(`${JSON.stringify(line.path)} is out of order`);
    this.before = line.path;
    return line;
  }

  private takeEnd(line: string): void {
    const end = parseEnd(line);
    if (end === undefined) throw this.damaged('the last line is not whole');
    this.ended = true;
    if (end.digest !== this.hash.digest('base64')) throw this.damaged('its digest does not match');
  }

  finish(): void {
    if (!this.ended) throw damagedManifest(this.path, 'its last line is missing');
  }

  private damaged(what: string) {
    return damagedManifest(this.path, `line ${this.line}: ${what}`);
  }
}
