import type { ReferenceScanner } from '../pickle/scan.js';

/** What the files of an object are held against; each id as its two halves. */
export interface ExamineLimits {
  readonly serial: readonly [high: number, low: number];
  readonly lastOid: readonly [high: number, low: number];
  readonly lastPack: readonly [high: number, low: number];
}

/** Where the files of an object lie: the digits of its oid cut into directories. */
export interface ObjectPlaces {
  /** The path before the digits. */
  readonly before: string;
  /** Numbers of digits before which there is a `/`, rising. */
  readonly cuts: readonly number[];
  /** Between the digits and `c` or the tid. */
  readonly end: string;
}

export interface ExamineTask {
  readonly limits: ExamineLimits;
  readonly places: ObjectPlaces;
}

export interface ExaminerParts extends ExamineTask {
  readonly scanner: ReferenceScanner;
  /** 32 hex digits. */
  readonly md5: (bytes: Uint8Array) => string;
  /** The whole file, valid until the next call; undefined where there is none, `failed` when that cannot be said. */
  readonly read: (path: string) => Buffer | 'failed' | undefined;
}

/**
 * Looks at an object of a Full storage, and writes what it is at `at` of `into`:
 *
 * - 0: not known to be sound. Whoever looks closer finds out why.
 * - 1, flags, length of its revisions, their number, and for each revision, newest first: the halves of its tid, the number of its
 *   references, and the halves of each.
 *
 * Flags: 1 its current file has the old form; 2 its creation was undone. From bit 2 on: revisions without a checksum.
 *
 * @param limit where the room ends: after `at`, so that the word of the shortest fits
 * @returns where the next one is written
 */
export type ExamineObject = (
  high: number,
  low: number,
  into: Uint32Array,
  at: number,
  limit: number,
) => number;

/**
 * What is sound is found so by this alone, and fast; all else is left to `ObjectChecker`, which finds out what is wrong.
 *
 * The function stands by itself, because threads run its text: nothing outside of it may be used.
 */
export function objectExaminer(parts: ExaminerParts): ExamineObject {
  const { limits, places, scanner, md5, read } = parts;
  const [serialHigh, serialLow] = limits.serial;
  const [lastOidHigh, lastOidLow] = limits.lastOid;
  const [lastPackHigh, lastPackLow] = limits.lastPack;
  const HEAD = 4;
  const REVISION_HEAD = 3;
  const HEADER_SIZE = 72;
  const MOST_BYTES = 0x7fffffff;
  const UPPER = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0').toUpperCase());

  const hexOf = (word: number): string =>
    UPPER[word >>> 24]! + UPPER[(word >>> 16) & 255]! + UPPER[(word >>> 8) & 255]! + UPPER[word & 255]!;
  const isLater = (aHigh: number, aLow: number, bHigh: number, bLow: number): boolean =>
    aHigh > bHigh || (aHigh === bHigh && aLow > bLow);

  function prefixOf(high: number, low: number): string {
    const digits = hexOf(high) + hexOf(low);
    let prefix = places.before;
    let from = 0;
    for (const cut of places.cuts) {
      prefix += `${digits.slice(from, cut)}/`;
      from = cut;
    }
    return prefix + digits.slice(from) + places.end;
  }

  const isZero = (bytes: Buffer, from: number, to: number): boolean => {
    for (let at = from; at < to; at++) if (bytes[at] !== 0) return false;
    return true;
  };

  /** As `objectFileFault`, but that it only says whether there is one. */
  function isSound(bytes: Buffer, high: number, low: number, tidHigh: number, tidLow: number): boolean {
    if (bytes.length < HEADER_SIZE || bytes.readUInt32BE(0) !== 0xbdb82a71) return false;
    if (bytes.readUInt32BE(4) !== bytes.length) return false;
    if (bytes.readUInt32BE(8) !== high || bytes.readUInt32BE(12) !== low) return false;
    if (bytes.readUInt32BE(64) !== tidHigh || bytes.readUInt32BE(68) !== tidLow) return false;
    const isCopy = !isZero(bytes, 16, 24);
    if (isCopy && !isLater(tidHigh, tidLow, bytes.readUInt32BE(16), bytes.readUInt32BE(20))) return false;
    if (!isZero(bytes, 24, 40)) return false;
    return isZero(bytes, 40, 56) || md5(bytes.subarray(56)) === bytes.toString('hex', 40, 56);
  }

  let into: Uint32Array = new Uint32Array(0);
  let limit = 0;
  let end = 0;
  let hasRoom = true;
  const onReference = (high: number, low: number): void => {
    if (end + 2 > limit) {
      hasRoom = false;
      return;
    }
    into[end] = high;
    into[end + 1] = low;
    end += 2;
  };

  /** From `end` on; false when it is not known to be sound. */
  function revisionInto(bytes: Buffer, tidHigh: number, tidLow: number): boolean {
    const head = end;
    hasRoom = head + REVISION_HEAD <= limit;
    if (!hasRoom) return false;
    end += REVISION_HEAD;
    if (bytes.length > HEADER_SIZE && scanner.scan(bytes, HEADER_SIZE, onReference) !== undefined)
      return false;
    into[head] = tidHigh;
    into[head + 1] = tidLow;
    into[head + 2] = (end - head - REVISION_HEAD) / 2;
    return hasRoom;
  }

  /** What is written at `head`, and the revisions from `end` on; false when it is not known to be sound. */
  function follow(prefix: string, high: number, low: number, current: Buffer, head: number): boolean {
    const isOld = current.length === 12;
    if (isOld ? current.readUInt32BE(0) !== 0x0bfee8ec : current.length !== 8) return false;
    let tidHigh = current.readUInt32BE(isOld ? 4 : 0);
    let tidLow = current.readUInt32BE(isOld ? 8 : 4);
    if (isLater(tidHigh, tidLow, serialHigh, serialLow)) return false;
    let flags = isOld ? 1 : 0;
    let length = 0;
    let revisions = 0;
    while (tidHigh !== 0 || tidLow !== 0) {
      const bytes = read(prefix + hexOf(tidHigh) + hexOf(tidLow));
      if (bytes === 'failed') return false;
      if (bytes === undefined) {
        // A pack may have removed an older one.
        if (revisions === 0 || !isLater(lastPackHigh, lastPackLow, tidHigh, tidLow)) return false;
        break;
      }
      if (!isSound(bytes, high, low, tidHigh, tidLow)) return false;
      const previousHigh = bytes.readUInt32BE(56);
      const previousLow = bytes.readUInt32BE(60);
      if (!isLater(tidHigh, tidLow, previousHigh, previousLow)) return false;
      if (isZero(bytes, 40, 56)) flags += 4;
      if (revisions === 0 && bytes.length === HEADER_SIZE) flags += 2;
      revisions += 1;
      length += bytes.length;
      if (length > MOST_BYTES || !revisionInto(bytes, tidHigh, tidLow)) return false;
      tidHigh = previousHigh;
      tidLow = previousLow;
    }
    into[head] = 1;
    into[head + 1] = flags;
    into[head + 2] = length;
    into[head + 3] = revisions;
    return true;
  }

  return (high, low, target, at, most) => {
    into = target;
    limit = most;
    end = at + HEAD;
    if (end <= limit && !isLater(high, low, lastOidHigh, lastOidLow)) {
      const prefix = prefixOf(high, low);
      const current = read(`${prefix}c`);
      if (current !== undefined && current !== 'failed' && follow(prefix, high, low, current, at)) return end;
    }
    into[at] = 0;
    return at + 1;
  };
}
