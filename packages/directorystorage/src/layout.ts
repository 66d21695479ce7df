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

/** The path of an object's files without what follows the dot of their names: `pathOf` in a quarter of the time. */
export function objectPrefix(format: Format, oid: string): string {
  const part = (from: number, to: number) => oid.slice(from, to);
  switch (format) {
    case 'bushy':
      return `o${part(0, 1)}/${part(1, 3)}/${part(3, 5)}/${part(5, 7)}/${part(7, 9)}/${part(9, 11)}/${part(11, 13)}/${part(13, 16)}/`;
    case 'chunky':
      return `o${part(0, 3)}/${part(3, 6)}/${part(6, 9)}/${part(9, 12)}/${part(12, 16)}.`;
    case 'lawn':
      return `o${oid}/`;
    case 'flat':
      return `o${oid}.`;
  }
}

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
