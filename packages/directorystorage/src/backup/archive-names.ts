/** Names in `backups` (docs/formats/directorystorage.md, section 9). */
import { HoldfastError } from '@holdfast/errors';

export type Archive =
  /** `<prefix>-<n>.tgz`. */
  | { readonly kind: 'full'; readonly name: string; readonly prefix: string; readonly sequence: number }
  /** `<prefix>-<m>-to-<n>.tgz`: what changed since backup m. */
  | {
      readonly kind: 'increment';
      readonly name: string;
      readonly prefix: string;
      readonly since: number;
      readonly sequence: number;
    };

export function fullName(prefix: string, sequence: number): string {
  return `${prefix}-${sequence}.tgz`;
}

export function incrementName(prefix: string, since: number, sequence: number): string {
  return `${prefix}-${since}-to-${sequence}.tgz`;
}

const INCREMENT = /^(.+)-(\d{1,15})-to-(\d{1,15})\.tgz$/s;
const FULL = /^(.+)-(\d{1,15})\.tgz$/s;

/** Undefined for any other file. */
export function parseArchive(name: string): Archive | undefined {
  if (name.startsWith('.')) return undefined;
  const increment = INCREMENT.exec(name);
  if (increment !== null) {
    const [, prefix = '', since, sequence] = increment;
    return { kind: 'increment', name, prefix, since: Number(since), sequence: Number(sequence) };
  }
  const full = FULL.exec(name);
  if (full === null) return undefined;
  return { kind: 'full', name, prefix: full[1]!, sequence: Number(full[2]) };
}

/** @throws HoldfastError `usage` for a prefix that would name a file elsewhere, or one that is not found again */
export function expectPrefix(prefix: string): void {
  const archive = parseArchive(fullName(prefix, 1));
  const isPlain = /^[^/\u0000-\u001f\u007f]+$/.test(prefix);
  if (isPlain && archive?.kind === 'full' && archive.prefix === prefix) return;
  throw new HoldfastError('usage', `'${prefix}' cannot be the prefix of a backup's name`, {
    hint: 'Use letters, digits, dashes and dots; the first character may not be a dot.',
  });
}
