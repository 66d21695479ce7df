import { stampTime } from '@holdfast/filestorage-backup';

/** Names of what belongs to a set (docs/formats/sets.md, "Names"): the id of the set and one of these endings. */
export const SET_RECORD = '.holdfast-set';
/** Its set is never removed. */
export const SET_PIN = '.holdfast-keep';
/** What the last check of its set found. */
export const SET_VERIFIED = '.holdfast-verified';

export type SetFileKind = typeof SET_RECORD | typeof SET_PIN | typeof SET_VERIFIED;

const SET_FILE = /^(\d{4}(?:-\d\d){5})(\.holdfast-(?:set|keep|verified))$/;

/** Undefined where the name is none of a set's. */
export function parseSetFileName(
  name: string,
): { readonly id: string; readonly kind: SetFileKind } | undefined {
  const match = SET_FILE.exec(name);
  if (match === null) return undefined;
  const [, id = '', kind] = match;
  return stampTime(id) === undefined ? undefined : { id, kind: kind as SetFileKind };
}
