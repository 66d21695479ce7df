import { CHUNK_SIZE } from '@holdfast/durable-fs';
import type { BlobEngine } from '../engine.js';
import { ByteSource } from './byte-source.js';
import { parseDumpdir } from './dumpdir.js';
import { memberPath, shownName } from './member-name.js';
import { type PaxRecords, parsePax, paxNumber } from './pax.js';
import { BLOCK, decodeHeader, paddingLength, type RawHeader } from './tar-header.js';

interface Attributes {
  /** Below the blob directory; `.` is that itself. */
  readonly path: string;
  /** Permission bits, without those that hand on an owner. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Milliseconds since 1970. */
  readonly mtimeMs: number;
  /** Where its header begins in the uncompressed archive. */
  readonly offset: number;
}

/** What GNU tar says of a directory in an incremental archive. */
export interface DirectoryList {
  /** Names of all that is in it now; what else is there goes. */
  readonly names: ReadonlySet<string>;
  /** To be done first, in this order: paths below the blob directory. */
  readonly renames: readonly { readonly from: string; readonly to: string }[];
}

/** GNU tar exchanges two directories by way of a temporary name, which stands in the archive as an empty one. */
const TEMPORARY_DIRECTORY = '.holdfast-tmp-rename';

export type TarMember =
  | (Attributes & { readonly kind: 'file'; readonly size: number; content(): AsyncGenerator<Buffer> })
  /** `list`: what is in it; undefined: the archive does not say. */
  | (Attributes & { readonly kind: 'directory'; readonly list: DirectoryList | undefined })
  /** Another name of a file of this archive. */
  | (Attributes & { readonly kind: 'link'; readonly target: string })
  /** What a blob directory does not hold, or a name that is no text. `path` is for people, and may be no path. */
  | { readonly kind: 'refused'; readonly path: string; readonly reason: string };

/** Names and pax records are short; a header that says otherwise is not believed. */
const LONGEST_EXTRA = 1 << 20;
/** The list of a directory with five million entries. */
const LONGEST_DUMPDIR = 1 << 27;

const REFUSED: Readonly<Record<string, string>> = {
  '2': 'a symbolic link',
  '3': 'a device',
  '4': 'a device',
  '6': 'a FIFO',
};

interface Extras {
  name?: Buffer;
  linkName?: Buffer;
  pax?: PaxRecords;
}

/**
 * The members of an archive, plain or gzipped, in bounded memory. The content of a file is read, or passed over, before
 * the next member comes.
 *
 * @throws HoldfastError `blobs.damaged` with the byte of the uncompressed archive: damaged, cut off, or names that lead
 *   out of the directory
 */
export async function* readTar(
  engine: Pick<BlobEngine, 'fs' | 'signal'>,
  path: string,
): AsyncGenerator<TarMember> {
  await using source = await ByteSource.open(engine, path);
  yield* new TarReader(source).members();
}

class TarReader {
  private extras: Extras = {};
  private global: PaxRecords = new Map();
  /** Where the content of the member ends that is being read. */
  private contentEnd = 0;

  constructor(private readonly source: ByteSource) {}

  async *members(): AsyncGenerator<TarMember> {
    const { source } = this;
    for (;;) {
      const offset = source.position;
      const raw = decodeHeader(await source.exactly(BLOCK), source.path, offset);
      if (raw === undefined) break;
      if (await this.takeExtra(raw, offset)) continue;
      const header = this.withExtras(raw, offset);
      this.contentEnd = source.position + header.size;
      yield await this.member(header, offset);
      await source.skip(this.contentEnd - source.position + paddingLength(header.size));
    }
    await source.drain();
  }

  /** Long names and pax records are members of their own before the member that they are about. */
  private async takeExtra({ type, size }: RawHeader, offset: number): Promise<boolean> {
    if (!'LKxgXVI'.includes(type)) return false;
    if (size > LONGEST_EXTRA) throw this.source.damaged(`a header of ${size} bytes is not believed`, offset);
    const bytes = Buffer.from(await this.source.exactly(size));
    await this.source.skip(paddingLength(size));
    if (type === 'L') this.extras.name = untilNul(bytes);
    else if (type === 'K') this.extras.linkName = untilNul(bytes);
    else if (type === 'x' || type === 'g') {
      const records = parsePax(bytes);
      if (records === undefined) throw this.source.damaged('an extended header cannot be read', offset);
      if (type === 'x') this.extras.pax = records;
      else this.global = new Map([...this.global, ...records]);
    }
    return true;
  }

  private withExtras(raw: RawHeader, offset: number): RawHeader & { readonly pax: PaxRecords } {
    const { name, linkName, pax: own = new Map<string, Buffer>() } = this.extras;
    this.extras = {};
    const pax: PaxRecords = new Map([...this.global, ...own]);
    if ([...pax.keys()].some((key) => key.startsWith('GNU.sparse.')) || raw.type === 'S')
      throw this.source.damaged(`${shownName(raw.name)} is a sparse member, which is not supported`, offset);
    const number = (key: string, otherwise: number) => {
      const value = paxNumber(pax, key) ?? otherwise;
      if (Number.isNaN(value)) throw this.source.damaged(`an extended header has no valid ${key}`, offset);
      return value;
    };
    const size = number('size', raw.size);
    if (!Number.isSafeInteger(size) || size < 0)
      throw this.source.damaged('a header has no valid size', offset);
    return {
      type: raw.type,
      mode: raw.mode,
      name: pax.get('path') ?? name ?? raw.name,
      linkName: pax.get('linkpath') ?? linkName ?? raw.linkName,
      size,
      uid: number('uid', raw.uid),
      gid: number('gid', raw.gid),
      mtime: number('mtime', raw.mtime),
      pax,
    };
  }

  private async member(header: RawHeader & { readonly pax: PaxRecords }, offset: number): Promise<TarMember> {
    const { name, type, size } = header;
    const path = this.pathOf(name, offset);
    if (path === undefined)
      return { kind: 'refused', path: shownName(name), reason: 'its name is not UTF-8' };
    const reason = REFUSED[type];
    if (reason !== undefined) return { kind: 'refused', path, reason };
    const { uid, gid } = header;
    const attributes: Attributes = {
      path,
      mode: header.mode & 0o7777,
      uid: Math.max(uid, 0),
      gid: Math.max(gid, 0),
      // A decimal fraction of a second is seldom exact: .076 may be 75.9999 ms.
      mtimeMs: Math.floor(header.mtime * 1000 + 0.001),
      offset,
    };
    if (type === '5' || type === 'D')
      return { ...attributes, kind: 'directory', list: await this.listOf(header, offset) };
    if (type === '1') {
      const target = this.pathOf(header.linkName, offset);
      if (target === undefined)
        return { kind: 'refused', path, reason: 'a link to a name that is not UTF-8' };
      return { ...attributes, kind: 'link', target };
    }
    // Archives from before POSIX say it by the name alone.
    if (type === '0' && name.at(-1) === 0x2f) return { ...attributes, kind: 'directory', list: undefined };
    if (type !== '0')
      throw this.source.damaged(`${shownName(name)} is of the unknown type ${JSON.stringify(type)}`, offset);
    return { ...attributes, kind: 'file', size, content: () => this.content() };
  }

  private async *content(): AsyncGenerator<Buffer> {
    while (this.source.position < this.contentEnd) {
      const chunk = await this.source.some(Math.min(CHUNK_SIZE, this.contentEnd - this.source.position));
      if (chunk.length === 0) throw this.source.cutOff();
      yield chunk;
    }
  }

  private async listOf(
    { type, size, pax, name }: RawHeader & { readonly pax: PaxRecords },
    offset: number,
  ): Promise<DirectoryList | undefined> {
    const posix = pax.get('GNU.dumpdir');
    if (type === '5' && posix === undefined) return undefined;
    if (size > LONGEST_DUMPDIR)
      throw this.source.damaged(`a directory list of ${size} bytes is not believed`, offset);
    const dumpdir = parseDumpdir(posix ?? (await this.source.exactly(size)));
    if (dumpdir === undefined)
      throw this.source.damaged(`the list of the directory ${shownName(name)} cannot be read`, offset);
    const renamed = (bytes: Buffer) =>
      bytes.length === 0 ? TEMPORARY_DIRECTORY : this.pathOf(bytes, offset);
    const renames: { from: string; to: string }[] = [];
    for (const pair of dumpdir.renames) {
      const [from, to] = [renamed(pair.from), renamed(pair.to)];
      if (from !== undefined && to !== undefined) renames.push({ from, to });
    }
    return { names: dumpdir.names, renames };
  }

  /** Undefined: not UTF-8. */
  private pathOf(name: Buffer, offset: number): string | undefined {
    const result = memberPath(name);
    if ('path' in result) return result.path;
    if (result.hostile) throw this.source.damaged(`${shownName(name)} is refused: ${result.reason}`, offset);
    return undefined;
  }
}

function untilNul(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0);
  return end === -1 ? bytes : bytes.subarray(0, end);
}
