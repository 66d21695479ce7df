import type { BlobCounts, ManifestHeader } from './blob-backup.js';
import type { BlobEntry } from './entry.js';
import { decodePath, encodePath } from './manifest-path.js';

/** One line of a manifest between the first and the last. `text` is the line itself, so that it can be written again unchanged. */
export type ManifestLine =
  | { readonly kind: 'entry'; readonly path: string; readonly entry: BlobEntry; readonly text: string }
  | { readonly kind: 'gone'; readonly path: string; readonly text: string };

/** What the last line says. */
export interface ManifestEnd extends BlobCounts {
  /** SHA-256 of all bytes before that line, base64. */
  readonly digest: string;
}

const MAGIC = 'holdfast-blobs ';

export function headerLine({ stamp, base, dataEnd, tid, excluded }: ManifestHeader): string {
  const fields = { version: 1, stamp, base: base ?? null, dataEnd: dataEnd ?? null, tid: tid ?? null };
  return `${MAGIC}${JSON.stringify(excluded === undefined ? fields : { ...fields, excluded })}`;
}

export function entryLine(entry: BlobEntry): string {
  const { mode, uid, gid, mtimeMs, path } = entry;
  const common = `${mode.toString(8)} ${uid} ${gid} ${mtimeMs}`;
  if (entry.kind === 'directory') return `d ${common} ${encodePath(path)}`;
  return `f ${common} ${entry.size} ${entry.sha256 ?? '-'} ${encodePath(path)}`;
}

export function goneLine(path: string): string {
  return `- ${encodePath(path)}`;
}

export function endLine({ files, bytes, digest }: ManifestEnd): string {
  return `end ${files} ${bytes} ${digest}`;
}

// Not \S: a name may hold spaces that only Unicode knows.
const DIRECTORY = /^d ([0-7]{1,4}) (\d{1,10}) (\d{1,10}) (-?\d{1,16}) ([^ ]+)$/;
const FILE = /^f ([0-7]{1,4}) (\d{1,10}) (\d{1,10}) (-?\d{1,16}) (\d{1,16}) (-|[A-Za-z0-9+/]{43}=) ([^ ]+)$/;
const GONE = /^- ([^ ]+)$/;
const END = /^end (\d{1,16}) (\d{1,16}) ([A-Za-z0-9+/]{43}=)$/;

/** Undefined for what is no such line, or names a path that no manifest may name. */
export function parseLine(text: string): ManifestLine | undefined {
  if (text.startsWith('f')) return parseFile(text);
  if (text.startsWith('d')) return parseDirectory(text);
  const path = decodePath(GONE.exec(text)?.[1] ?? '');
  return path === undefined ? undefined : { kind: 'gone', path, text };
}

function parseFile(text: string): ManifestLine | undefined {
  const match = FILE.exec(text);
  const path = match === null ? undefined : decodePath(match[7]!);
  if (match === null || path === undefined) return undefined;
  const sha256 = match[6] === '-' ? undefined : match[6];
  const entry = { kind: 'file', path, ...common(match), size: Number(match[5]), sha256 } as const;
  return { kind: 'entry', path, entry, text };
}

function parseDirectory(text: string): ManifestLine | undefined {
  const match = DIRECTORY.exec(text);
  const path = match === null ? undefined : decodePath(match[5]!);
  if (match === null || path === undefined) return undefined;
  return { kind: 'entry', path, entry: { kind: 'directory', path, ...common(match) }, text };
}

function common(match: RegExpExecArray) {
  return {
    mode: Number.parseInt(match[1]!, 8),
    uid: Number(match[2]),
    gid: Number(match[3]),
    mtimeMs: Number(match[4]),
  };
}

export function parseEnd(line: string): ManifestEnd | undefined {
  const match = END.exec(line);
  if (match === null) return undefined;
  return { files: Number(match[1]), bytes: Number(match[2]), digest: match[3]! };
}
