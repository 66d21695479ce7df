/**
 * Extended headers of POSIX (`pax`): records `LENGTH KEY=VALUE\n`, LENGTH that of the whole record in bytes. Values may
 * hold any byte.
 */
export type PaxRecords = ReadonlyMap<string, Buffer>;

/** Undefined where the bytes are no such records. */
export function parsePax(bytes: Buffer): PaxRecords | undefined {
  const records = new Map<string, Buffer>();
  for (let at = 0; at < bytes.length; ) {
    const blank = bytes.indexOf(0x20, at);
    const digits = blank === -1 || blank - at > 10 ? '' : bytes.toString('latin1', at, blank);
    const end = at + Number(digits);
    const equals = bytes.indexOf(0x3d, blank);
    if (!/^[1-9]\d*$/.test(digits) || end > bytes.length || equals === -1 || equals >= end) return undefined;
    if (equals < blank || bytes[end - 1] !== 0x0a) return undefined;
    records.set(bytes.toString('utf8', blank + 1, equals), Buffer.from(bytes.subarray(equals + 1, end - 1)));
    at = end;
  }
  return records;
}

/** A number of a record; undefined: there is no such record; NaN: it is no number. */
export function paxNumber(records: PaxRecords, key: string): number | undefined {
  const value = records.get(key)?.toString('latin1');
  if (value === undefined) return undefined;
  return /^-?\d{1,15}(?:\.\d*)?$/.test(value) ? Number(value) : Number.NaN;
}
