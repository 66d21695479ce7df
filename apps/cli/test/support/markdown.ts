import { readFileSync } from 'node:fs';

/** The text of a page in docs/. */
export function page(name: string): string {
  return readFileSync(new URL(`../../../../docs/${name}`, import.meta.url), 'utf8');
}

/** The text under a heading, up to the next heading of the same rank or a higher one. */
export function section(text: string, heading: string): string {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.replace(/^#+ /, '') === heading && line.startsWith('#'));
  if (start < 0) throw new Error(`there is no heading '${heading}'`);
  const rank = lines[start]!.indexOf(' ');
  const end = lines.findIndex(
    (line, index) => index > start && line.startsWith('#') && line.indexOf(' ') <= rank,
  );
  return lines.slice(start + 1, end < 0 ? undefined : end).join('\n');
}

/** The rows of the first table in a text, without its head; code marks are taken off. */
export function firstTable(text: string): readonly (readonly string[])[] {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => /^\|\s*-/.test(line));
  const rows: string[][] = [];
  for (const line of lines.slice(start + 1)) {
    if (!line.startsWith('|')) break;
    const cells = line.split('|').slice(1, -1);
    rows.push(cells.map((cell) => cell.trim().replaceAll('`', '')));
  }
  return rows;
}
