import type { FileStat } from '@holdfast/durable-fs';

/** One thing in a blob directory, as a manifest keeps it (docs/formats/blob-backups.md, "Manifest"). */
export type BlobEntry = BlobFile | BlobDirectory;

interface Common {
  /** Below the blob directory, `/` between the parts, without a leading one. */
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Milliseconds since 1970, whole. */
  readonly mtimeMs: number;
}

export interface BlobFile extends Common {
  readonly kind: 'file';
  readonly size: number;
  /** Of the content, base64; undefined where nobody has read the file yet. */
  readonly sha256: string | undefined;
}

export interface BlobDirectory extends Common {
  readonly kind: 'directory';
}

type Attributes = Pick<FileStat, 'mode' | 'uid' | 'gid' | 'mtimeMs'>;

/** @param path below the blob directory */
export function directoryEntry(path: string, { mode, uid, gid, mtimeMs }: Attributes): BlobDirectory {
  return { kind: 'directory', path, mode, uid, gid, mtimeMs: Math.floor(mtimeMs) };
}

/** As `directoryEntry`. */
export function fileEntry(
  path: string,
  { mode, uid, gid, mtimeMs, size }: Attributes & Pick<FileStat, 'size'>,
  sha256?: string,
): BlobFile {
  return { kind: 'file', path, mode, uid, gid, mtimeMs: Math.floor(mtimeMs), size, sha256 };
}
