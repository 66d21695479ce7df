import { type FileSystem, readFully } from '@holdfast/durable-fs';
import type { ManifestHeader } from './blob-backup.js';
import { stampTime } from './names.js';

const MARK = 'holdfast-blobs ';
/** A header is a few hundred bytes. */
const LONGEST_HEADER = 1 << 12;

/** The first line of a manifest; undefined where it is none, or is cut off. Errors are those of opening and reading. */
export async function readManifestHeader(fs: FileSystem, path: string): Promise<ManifestHeader | undefined> {
  const file = await fs.openRead(path);
  try {
    const buffer = Buffer.alloc(LONGEST_HEADER);
    const bytes = buffer.subarray(0, await readFully(file, buffer, 0));
    const end = bytes.indexOf(0x0a);
    return end === -1 ? undefined : parseManifestHeader(bytes.toString('utf8', 0, end));
  } finally {
    await file.close();
  }
}

/** The first line of a manifest, without its end; undefined where it is none. */
export function parseManifestHeader(line: string): ManifestHeader | undefined {
  if (!line.startsWith(MARK)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(line.slice(MARK.length));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { version, stamp, base, dataEnd, tid, excluded } = value as Record<string, unknown>;
  if (version !== 1 || typeof stamp !== 'string' || stampTime(stamp) === undefined) return undefined;
  if (!(base == null || (typeof base === 'string' && stampTime(base) !== undefined))) return undefined;
  if (!(dataEnd == null || (Number.isSafeInteger(dataEnd) && (dataEnd as number) >= 0))) return undefined;
  if (!(tid == null || (typeof tid === 'string' && /^[0-9a-f]{16}$/.test(tid)))) return undefined;
  if (!(excluded == null || typeof excluded === 'string')) return undefined;
  return {
    version,
    stamp,
    base: (base as string | null) ?? undefined,
    dataEnd: (dataEnd as number | null) ?? undefined,
    tid: (tid as string | null) ?? undefined,
    excluded: excluded ?? undefined,
  };
}
