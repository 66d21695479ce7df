/** Strict reading of JSON: what is there must have the right type, what is unknown is passed over. */

export type Fields = Readonly<Record<string, unknown>>;

/** What is wrong with a text, in words: `parts[1].blobs.files is not a number`. */
export class FieldError extends Error {}

export function object(value: unknown, what: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new FieldError(`${what} is not an object`);
}

export function array(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new FieldError(`${what} is not a list`);
}

export function text(value: unknown, what: string): string {
  if (typeof value === 'string') return value;
  throw new FieldError(`${what} is not a text`);
}

export function matching(value: unknown, pattern: RegExp, what: string): string {
  const found = text(value, what);
  if (pattern.test(found)) return found;
  throw new FieldError(`${what} is not what it should be`);
}

export function oneOf<T extends string>(value: unknown, allowed: readonly T[], what: string): T {
  const found = allowed.find((one) => one === value);
  if (found !== undefined) return found;
  throw new FieldError(`${what} is none of ${allowed.join(', ')}`);
}

/** A whole number from 0 on: sizes, counts, times. */
export function count(value: unknown, what: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new FieldError(`${what} is not a whole number`);
}

export function boolean(value: unknown, what: string): boolean {
  if (typeof value === 'boolean') return value;
  throw new FieldError(`${what} is neither true nor false`);
}

/** Null and missing are both "none". */
export function optional<T>(value: unknown, read: (value: unknown) => T): T | undefined {
  return value === null || value === undefined ? undefined : read(value);
}

/** Of a text that holds one JSON object; a torn one says so. */
export function readJson<T>(
  content: string,
  read: (fields: Fields) => T,
): { readonly value: T } | { readonly value: undefined; readonly reason: string } {
  try {
    return { value: read(object(parseJson(content), 'the text')) };
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    return { value: undefined, reason: error.message };
  }
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    throw new FieldError(content.trim() === '' ? 'it is empty' : 'it is torn: no whole JSON text');
  }
}
