/**
 * Names in a repository (docs/formats/repository.md, "Names"). A data file is `YYYY-MM-DD-hh-mm-ss` in UTC and one
 * of four endings; what belongs to it shares its stamp.
 */

export type DataKind = 'full' | 'increment';

export interface DataFileName {
  readonly name: string;
  /** `YYYY-MM-DD-hh-mm-ss`, UTC: compared as text, as repozo does. */
  readonly stamp: string;
  readonly kind: DataKind;
  readonly gzip: boolean;
}

const DATA_NAME = /^(\d{4}(?:-\d\d){5})\.(delta)?fs(z)?$/;
const STAMP = /^(\d{4})-(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)$/;

/** Endings of the files beside a data file; all are ignored by repozo, but for `.dat` and `.index`. */
export const DAT = '.dat';
export const INDEX = '.index';
/** The record of a chain: what Holdfast knows beyond the `.dat` (docs/formats/repository.md, "Record"). */
export const RECORD = '.holdfast';
/** The `.dat` while an increment is being published. */
export const HELD_DAT = '.dat-held';
/** Appended to a data file that is in no restorable chain any more. */
export const SET_ASIDE = '.set-aside';
/** What repozo writes its data to, before it renames it. */
export const REPOZO_TEMPORARY = 'tmp.tmp';

export function parseDataName(name: string): DataFileName | undefined {
  const match = DATA_NAME.exec(name);
  if (match === null) return undefined;
  const [, stamp = '', delta, gzip] = match;
  return { name, stamp, kind: delta === undefined ? 'full' : 'increment', gzip: gzip !== undefined };
}

export function dataName(stamp: string, kind: DataKind, gzip: boolean): string {
  return `${stamp}.${kind === 'increment' ? 'delta' : ''}fs${gzip ? 'z' : ''}`;
}

/** The stamp of the second that a moment lies in. @param ms milliseconds since 1970 */
export function stampOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace(/[T:]/g, '-');
}

/** Milliseconds since 1970, or undefined where the text is no stamp of a real moment. */
export function stampTime(stamp: string): number | undefined {
  const match = STAMP.exec(stamp);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match.map(Number);
  const ms = Date.UTC(year!, month! - 1, day, hour, minute, second);
  return stampOf(ms) === stamp ? ms : undefined;
}

/** Names order as repozo sorts them: by stamp, and in one second an increment before a full. */
export function compareNames(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
