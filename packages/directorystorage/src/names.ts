/** Names in the database (docs/formats/directorystorage.md, section 2). Oids and tids are 16 upper-case hex digits. */

export type DatabaseName =
  /** `o<OID>.c`: which revision is current. */
  | { readonly kind: 'current'; readonly oid: string }
  /** `o<OID>.<TID>`. */
  | { readonly kind: 'revision'; readonly oid: string; readonly tid: string }
  /** `o<OID>` of a Minimal storage. */
  | { readonly kind: 'object'; readonly oid: string }
  | { readonly kind: 'transaction'; readonly tid: string }
  /** `x.oid`, `x.serial`, `x.packed`. */
  | { readonly kind: 'root'; readonly field: string };

export const ROOT_OID = '0000000000000000';
export const NO_TID = '0000000000000000';

export const X_OID = 'x.oid';
export const X_SERIAL = 'x.serial';
export const X_PACKED = 'x.packed';

export function currentName(oid: string): string {
  return `o${oid}.c`;
}

export function revisionName(oid: string, tid: string): string {
  return `o${oid}.${tid}`;
}

/** `t`, the first three bytes, a dot, the other five: `t040D27.4A290810CC`. */
export function transactionName(tid: string): string {
  return `t${tid.slice(0, 6)}.${tid.slice(6)}`;
}

const OBJECT = /^o([0-9A-F]{16})(?:\.(?:(c)|([0-9A-F]{16})))?$/;
const TRANSACTION = /^t([0-9A-F]{6})\.([0-9A-F]{10})$/;
const ROOT = /^x\.(oid|serial|packed)$/;

/** What a database name names; undefined for anything else. */
export function parseName(name: string): DatabaseName | undefined {
  const object = OBJECT.exec(name);
  if (object !== null) {
    const [, oid = '', current, tid] = object;
    if (tid !== undefined) return { kind: 'revision', oid, tid };
    return current === undefined ? { kind: 'object', oid } : { kind: 'current', oid };
  }
  const transaction = TRANSACTION.exec(name);
  if (transaction !== null) return { kind: 'transaction', tid: `${transaction[1]}${transaction[2]}` };
  const root = ROOT.exec(name);
  return root === null ? undefined : { kind: 'root', field: root[1]! };
}

/** A mark that a pack left beside a file (`[posix] mark: file`); it says nothing and is never moved or backed up. */
export function isMark(fileName: string): boolean {
  return fileName.endsWith('.mark');
}

/** A file that a pack removed and will delete some days later: `<name>-<epoch>-deleted`. */
export function isDeleted(fileName: string): boolean {
  return fileName.endsWith('-deleted');
}

/** The file that says whether an object is there. */
export function objectName(classname: 'Full' | 'Minimal', oid: string): string {
  return classname === 'Full' ? currentName(oid) : `o${oid}`;
}
