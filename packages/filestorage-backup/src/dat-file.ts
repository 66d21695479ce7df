/** The `.dat` of a chain: repozo's list of its files (docs/formats/repository.md, "The .dat file"). */

export interface DatLine {
  /** Name of the data file: the last component of the recorded path. */
  readonly name: string;
  /** The path as it stands in the line. */
  readonly path: string;
  /** Range of the source, bytes: from `start` up to, not including, `end`. */
  readonly start: number;
  readonly end: number;
  /** Of the uncompressed bytes, 32 lower-case hex digits. */
  readonly md5: string;
}

export interface DatContent {
  readonly lines: readonly DatLine[];
  /** Number of the first line (from 1) that is no whole line: a crash tore it, or somebody edited the file. */
  readonly tornAt: number | undefined;
}

const LINE = /^(.+) (\d{1,16}) (\d{1,16}) ([0-9a-f]{32})$/;

/** Reads as far as the lines are whole. A last line without its newline counts when it is whole otherwise. */
export function parseDat(text: string): DatContent {
  const lines: DatLine[] = [];
  const rows = text.split('\n');
  if (rows.at(-1) === '') rows.pop();
  for (const [index, row] of rows.entries()) {
    const line = parseLine(row);
    if (line === undefined) return { lines, tornAt: index + 1 };
    lines.push(line);
  }
  return { lines, tornAt: undefined };
}

function parseLine(row: string): DatLine | undefined {
  const match = LINE.exec(row);
  if (match === null) return undefined;
  const [, path = '', startText, endText, md5 = ''] = match;
  const start = Number(startText);
  const end = Number(endText);
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || end < start || name === '')
    return undefined;
  return { name, path, start, end, md5 };
}

export function printDat(lines: readonly Omit<DatLine, 'name'>[]): string {
  return lines.map(({ path, start, end, md5 }) => `${path} ${start} ${end} ${md5}\n`).join('');
}

/**
 * The path to record for a data file. repozo records it as given on its command line and splits the line at
 * blanks when it reads it, so a directory with a blank is left out: readers use the last component only.
 */
export function recordedPath(location: string, name: string): string {
  return /\s/.test(location) || location === '' ? name : `${location.replace(/\/+$/, '')}/${name}`;
}
