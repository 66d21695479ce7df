/** Owners and times that the fields of a ustar header have no room for: they go into a pax header before it. */
import type { FileStat } from '@holdfast/durable-fs';
import type { Header } from 'tar-stream';

type Metadata = Pick<FileStat, 'uid' | 'gid' | 'mtimeMs'>;

/** As `tar-stream` writes them: six octal digits, and 31 bits of seconds. */
const GREATEST_ID = 0o777777;
const GREATEST_TIME = 2 ** 31 - 1;

/** The fields of a header; `pax` holds what does not fit. */
export function headerFields({ uid, gid, mtimeMs }: Metadata) {
  const seconds = Math.floor(mtimeMs / 1000);
  const pax = {
    ...(uid > GREATEST_ID && { uid: String(uid) }),
    ...(gid > GREATEST_ID && { gid: String(gid) }),
    ...((seconds < 0 || seconds > GREATEST_TIME) && { mtime: String(seconds) }),
  };
  return {
    uid: Math.min(uid, GREATEST_ID),
    gid: Math.min(gid, GREATEST_ID),
    mtime: new Date(Math.min(Math.max(seconds, 0), GREATEST_TIME) * 1000),
    ...(Object.keys(pax).length > 0 && { pax }),
  };
}

/** What a header and the pax header before it say. */
export function metadata({ uid, gid, mtime, pax }: Header): Metadata {
  const told = (pax ?? {}) as Readonly<Record<string, string | undefined>>;
  return {
    uid: numberOf(told.uid) ?? uid,
    gid: numberOf(told.gid) ?? gid,
    mtimeMs: (numberOf(told.mtime) ?? mtime.getTime() / 1000) * 1000,
  };
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^-?\d{1,12}(\.\d+)?$/.test(text) ? Number(text) : undefined;
}
