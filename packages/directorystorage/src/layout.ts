/**
 * Where a database name lies below `A` or `B` (docs/formats/directorystorage.md, section 3): one pure function a
 * format. What precedes the first dot of a name, its head, becomes directories; what follows is the file.
 */

export const FORMATS = ['bushy', 'chunky', 'lawn', 'flat'] as const;
export type Format = (typeof FORMATS)[number];

/** The path of a database name, below `A` or `B`, with `/` between the parts. */
export function pathOf(format: Format, name: string): string {
  return PATHS[format](name);
}

/** The inverse of `pathOf`; undefined for a path that no name has. */
export function nameAt(format: Format, path: string): string | undefined {
  const slash = path.lastIndexOf('/');
  const file = path.slice(slash + 1);
  const head = path.slice(0, Math.max(0, slash)).replaceAll('/', '');
  return [head + file, `${head}.${file}`].find((name) => pathOf(format, name) === path);
}

/** Where the 16 digits of an object's oid become directories, and what follows them, before `c` or the tid. */
export interface ObjectPlace {
  /** Numbers of digits before which there is a `/`, rising. */
  readonly cuts: readonly number[];
  readonly end: '/' | '.';
}

export const OBJECT_PLACES: Readonly<Record<Format, ObjectPlace>> = {
  bushy: { cuts: [1, 3, 5, 7, 9, 11, 13], end: '/' },
  chunky: { cuts: [3, 6, 9, 12], end: '.' },
  lawn: { cuts: [], end: '/' },
  flat: { cuts: [], end: '.' },
};

const PATHS: Readonly<Record<Format, (name: string) => string>> = {
  bushy,
  chunky,
  lawn,
  flat: (name) => name,
};

interface Parts {
  readonly head: string;
  /** Without the dot; undefined where there is none. */
  readonly tail: string | undefined;
}

function split(name: string): Parts {
  const dot = name.indexOf('.');
  return dot < 0 ? { head: name, tail: undefined } : { head: name.slice(0, dot), tail: name.slice(dot + 1) };
}

function bushy(name: string): string {
  const { head, tail } = split(name);
  const parts: string[] = [];
  for (let rest = head; rest !== ''; ) {
    const size = rest.length > 3 ? 2 : 3;
    parts.push(rest.slice(0, size));
    rest = rest.slice(size);
  }
  if (tail !== undefined && tail !== '') parts.push(tail);
  return parts.join('/');
}

function chunky(name: string): string {
  const { head, tail } = split(name);
  if (head.length < 3) return `${head}/${tail ?? ''}`;
  const parts: string[] = [];
  let rest = head;
  while (rest.length > 4) {
    const size = parts.length === 0 && /^[ot]/.test(rest) ? 4 : 3;
    parts.push(rest.slice(0, size));
    rest = rest.slice(size);
  }
  return [...parts, tail === undefined ? rest : `${rest}.${tail}`].join('/');
}

function lawn(name: string): string {
  const { head, tail } = split(name);
  return tail === undefined ? head : `${head}/${tail}`;
}
