/**
 * Where in a TOML text a value is set: the parser does not say. Headers, keys and strings over many lines are told
 * apart; what is set in another way (an inline table, a dotted key) is found by its first part.
 */

const HEADER = /^\s*\[\[?\s*([^\]]+?)\s*\]\]?\s*(#.*)?$/;
const KEY =
  /^\s*((?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+))*)\s*=(.*)$/;

/** The line, from 1, that sets the value at `path`; undefined where it is not found. */
export function lineOf(text: string, path: readonly string[]): number | undefined {
  let table: readonly string[] = [];
  let open: string | undefined;
  let best: number | undefined;
  let bestLength = 0;
  for (const [index, line] of text.split('\n').entries()) {
    if (open !== undefined) {
      if (line.includes(open)) open = undefined;
      continue;
    }
    const header = HEADER.exec(line);
    const key = KEY.exec(line);
    if (header !== null) table = keyParts(header[1] ?? '');
    else if (key === null) continue;
    const at = header === null ? [...table, ...keyParts(key?.[1] ?? '')] : table;
    const common = at.every((part, i) => part === path[i]) ? at.length : 0;
    if (common > bestLength) [best, bestLength] = [index + 1, common];
    open = leftOpen(key?.[2] ?? '');
  }
  return best;
}

function keyParts(dotted: string): readonly string[] {
  return [...dotted.matchAll(/"([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? '',
  );
}

/** The quotes of a string that a value begins and does not end. */
function leftOpen(value: string): string | undefined {
  const quotes = /^\s*("""|''')/.exec(value)?.[1];
  return quotes !== undefined && value.split(quotes).length === 2 ? quotes : undefined;
}
