/** The paths of a manifest: their order and how they are written (docs/formats/blob-backups.md, "Manifest"). */
import { HoldfastError } from '@holdfast/errors';

/** The blob directory itself. */
export const ROOT_PATH = '.';

const SLASH = 0x2f;
const FIRST_SURROGATE = 0xd800;

/**
 * The order in which a tree is walked: parents before children, siblings by the bytes of their names. Less than 0 when
 * `a` comes first.
 */
export function comparePaths(a: string, b: string): number {
  if (a === b) return 0;
  if (a === ROOT_PATH) return -1;
  if (b === ROOT_PATH) return 1;
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at++) {
    const [one, other] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (one !== other) return rank(one) - rank(other);
  }
  return a.length - b.length;
}

/** UTF-16 units in the order of the UTF-8 bytes of their characters, and `/` before all. */
function rank(unit: number): number {
  if (unit === SLASH) return -1;
  if (unit < FIRST_SURROGATE) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

const TO_ESCAPE = /[%\u0000-\u0020\u007f]/g;

export function encodePath(path: string): string {
  return path.replace(
    TO_ESCAPE,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

/**
 * The inverse of `encodePath`; undefined for what it never gives, and for every path that could lead out of the directory:
 * absolute, with `..`, `.`, an empty part or NUL.
 */
export function decodePath(text: string): string | undefined {
  if (text === ROOT_PATH) return ROOT_PATH;
  const path = text.includes('%') ? unescapePath(text) : text;
  return path === undefined || !isSafe(path) ? undefined : path;
}

function unescapePath(text: string): string | undefined {
  if (/%(?!(?:25|[01][0-9A-F]|20|7F))/.test(text)) return undefined;
  return text.replace(/%(..)/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}

const UNSAFE = /(?:^|\/)\.{0,2}(?:\/|$)|\0/;

function isSafe(path: string): boolean {
  return !UNSAFE.test(path);
}

/** The directory that holds an entry; undefined for the root. */
export function parentPath(path: string): string | undefined {
  if (path === ROOT_PATH) return undefined;
  const slash = path.lastIndexOf('/');
  return slash < 0 ? ROOT_PATH : path.slice(0, slash);
}

export function childPath(directory: string, name: string): string {
  return directory === ROOT_PATH ? name : `${directory}/${name}`;
}

/** Says that a manifest cannot be believed, and where. */
export function damagedManifest(path: string, what: string, offset?: number): HoldfastError {
  return new HoldfastError('blobs.manifest', `the manifest ${path} is damaged: ${what}`, { path, offset });
}
