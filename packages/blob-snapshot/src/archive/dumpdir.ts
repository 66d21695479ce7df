/**
 * The list of a directory that GNU tar keeps in incremental archives (docs/formats/blob-archives.md, "Directories of
 * incremental archives"): entries of a letter, a name and a NUL, closed by one more NUL.
 */
export interface Dumpdir {
  /** Names of what is in the directory now. */
  readonly names: ReadonlySet<string>;
  /** In the order in which they are to be done, names as in the archive; an empty one is a temporary name. */
  readonly renames: readonly { readonly from: Buffer; readonly to: Buffer }[];
}

export interface DumpdirName {
  readonly name: string;
  /** `Y`: in this archive; `N`: in one before; `D`: a directory. */
  readonly letter: 'Y' | 'N' | 'D';
}

/** Undefined where the bytes are no such list. */
export function parseDumpdir(bytes: Buffer): Dumpdir | undefined {
  const names = new Set<string>();
  const renames: { from: Buffer; to: Buffer }[] = [];
  let from: Buffer | undefined;
  for (let at = 0; at < bytes.length && bytes[at] !== 0; ) {
    const end = bytes.indexOf(0, at);
    if (end === -1) return undefined;
    const [letter, name] = [String.fromCharCode(bytes[at]!), Buffer.from(bytes.subarray(at + 1, end))];
    at = end + 1;
    if (letter === 'R') from = name;
    else if (letter === 'T') {
      if (from === undefined) return undefined;
      renames.push({ from, to: name });
      from = undefined;
    } else if ('YND'.includes(letter)) names.add(name.toString('utf8'));
    // `X` gives the place of the temporary name: ours to choose.
    else if (letter !== 'X') return undefined;
  }
  return from === undefined ? { names, renames } : undefined;
}

export function encodeDumpdir(entries: readonly DumpdirName[]): Buffer {
  return Buffer.from(`${entries.map(({ letter, name }) => `${letter}${name}\0`).join('')}\0`);
}
