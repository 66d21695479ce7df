import { HoldfastError } from '@holdfast/errors';

/** Texts that were read so far, by absolute path; undefined: there is no such file. */
export type TextFiles = ReadonlyMap<string, string | undefined>;

/** Thrown where a file is needed that was not read yet: the reader gets it and begins again. */
export class NeedsFile extends Error {
  readonly path: string;

  constructor(path: string) {
    super(`${path} is needed`);
    this.path = path;
  }
}

/**
 * The text of a file, or the demand to read it first.
 *
 * @param namedIn where it is named, for people: `zope.conf, line 7`
 */
export function textOf(files: TextFiles, path: string, namedIn: string): string {
  const text = optionalText(files, path);
  if (text === undefined) throw unreadable(path, undefined, `there is no such file (${namedIn} names it)`);
  return text;
}

/** As `textOf`; undefined where there is no such file. */
export function optionalText(files: TextFiles, path: string): string | undefined {
  if (!files.has(path)) throw new NeedsFile(path);
  return files.get(path);
}

/** A text that cannot be understood. @param line from 1 */
export function unreadable(path: string, line: number | undefined, message: string): HoldfastError {
  const where = line === undefined ? path : `${path}, line ${line}`;
  return new HoldfastError('init.unreadable', `${where}: ${message}`, { path });
}
