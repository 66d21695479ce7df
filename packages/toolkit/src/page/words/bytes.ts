import { formatBytes } from '@holdfast/backup';

/** `512 B`, `12.4 MB`, `124 MB`: powers of 1000, as all of Holdfast says it. */
export function bytesInWords(bytes: number): string {
  return Number.isFinite(bytes) && bytes >= 0 ? formatBytes(bytes) : 'not known';
}

/** `12,345`. */
export function countInWords(count: number): string {
  return Number.isFinite(count) ? Math.round(count).toLocaleString('en-GB') : 'not known';
}

/** `1 file`, `12 files`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${countInWords(count)} ${count === 1 ? one : many}`;
}
