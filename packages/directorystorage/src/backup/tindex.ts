/** `backups/tindex`, the list of the runs of the backup tool (docs/formats/directorystorage.md, section 9). */
import { HoldfastError } from '@holdfast/errors';

export interface IndexRow {
  /** From 1; the number in the names of the archives of that run. */
  readonly sequence: number;
  /** When the snapshot was taken, whole seconds since 1970. */
  readonly timestamp: number;
  /** The last transaction in it: 16 upper-case hex digits. */
  readonly tid: string;
}

const ROW = /^\s*(\d{1,15})\s+(\d{1,15})\s+([0-9A-Fa-f]{16})\s*$/;

/**
 * The rows in the order of the file. A last line without its line feed that is no row was torn by a crash and is left out.
 *
 * @throws HoldfastError `directorystorage.index` that names the line
 */
export function parseIndex(text: string, path: string): readonly IndexRow[] {
  const lines = text.split('\n');
  const rows: IndexRow[] = [];
  for (const [index, line] of lines.entries()) {
    const [content = ''] = line.split('#');
    if (content.trim() === '') continue;
    const match = ROW.exec(content);
    if (match !== null) {
      const [, sequence, timestamp, tid = ''] = match;
      rows.push({ sequence: Number(sequence), timestamp: Number(timestamp), tid: tid.toUpperCase() });
    } else if (index < lines.length - 1) {
      throw new HoldfastError('directorystorage.index', `line ${index + 1} of ${path} is no backup`, {
        path,
      });
    }
  }
  return rows;
}

const HEADER = [
  '# Backups of this storage, one a line:',
  '# number',
  '#     seconds since 1970',
  '#                  last transaction',
  '',
].join('\n');

/** The text with one more row; all of it stays but a torn last line. */
export function withRow(text: string, row: IndexRow): string {
  const whole = text === '' ? HEADER : completeLines(text);
  const { sequence, timestamp, tid } = row;
  return `${whole}${String(sequence).padEnd(5)} ${String(timestamp).padEnd(12)} ${tid}\n`;
}

function completeLines(text: string): string {
  if (text.endsWith('\n')) return text;
  const last = text.lastIndexOf('\n') + 1;
  const isRow = ROW.test(text.slice(last).split('#')[0] ?? '');
  return isRow ? `${text}\n` : text.slice(0, last);
}

/**
 * What an increment is made against: the last row before the first that is later than a moment.
 *
 * @param moment milliseconds since 1970
 */
export function referenceRow(rows: readonly IndexRow[], moment: number): IndexRow | undefined {
  const later = rows.findIndex(({ timestamp }) => timestamp * 1000 > moment);
  return rows[(later < 0 ? rows.length : later) - 1];
}
