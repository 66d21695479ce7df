import { pipe, transform, unknown } from 'zod/mini';
import { NAME } from './names.js';

/**
 * The kinds of values in a `holdfast.toml`. Each takes TOML's own form and the text that the recipe's users know:
 * `true` or `"yes"`, `2` or `"2"`, an array or a text of several lines.
 */

type Read<T> = { readonly value: T } | { readonly problem: string };

function kind<T>(read: (value: unknown) => Read<T>) {
  return pipe(
    unknown(),
    transform((input: unknown, context): T => {
      const result = read(input);
      if ('value' in result) return result.value;
      context.issues.push({ code: 'custom', message: result.problem, input });
      return undefined as T;
    }),
  );
}

const TRUE = ['true', 'yes', 'on', '1'];
const FALSE = ['false', 'no', 'off', '0', ''];

/** Yes or no. Another word is an error; the recipe takes it for no. */
export const flag = () =>
  kind<boolean>((value) => {
    const word = String(value).trim().toLowerCase();
    if (['boolean', 'string', 'number', 'bigint'].includes(typeof value)) {
      if (TRUE.includes(word)) return { value: true };
      if (FALSE.includes(word)) return { value: false };
    }
    return { problem: `must be true or false (or yes, on, 1, no, off, 0), not ${shown(value)}` };
  });

/** A whole number from `least` to `most`. */
export const count = (least: number, most: number) =>
  kind<number>((value) => {
    const text = typeof value === 'string' ? value.trim() : value;
    const number = typeof text === 'string' && /^\d+$/.test(text) ? Number(text) : text;
    if (typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most)
      return { value: number };
    return { problem: `must be a whole number from ${least} to ${most}, not ${shown(value)}` };
  });

/** A path, as written; it is not looked at here. */
export const path = () =>
  kind<string>((value) => {
    if (typeof value !== 'string') return { problem: `must be a path in quotes, not ${shown(value)}` };
    const trimmed = value.trim();
    if (trimmed !== '') return { value: trimmed };
    return { problem: 'is empty: give a path, or leave the option out' };
  });

/** One of some words. */
export const word = <T extends string>(...words: readonly T[]) =>
  kind<T>((value) => {
    const found = words.find((candidate) => candidate === value);
    if (found !== undefined) return { value: found };
    return { problem: `must be ${words.map((name) => `"${name}"`).join(' or ')}, not ${shown(value)}` };
  });

/** A text as it is. */
export const text = () =>
  kind<string>((value) =>
    typeof value === 'string' ? { value } : { problem: `must be a text in quotes, not ${shown(value)}` },
  );

/** Lines: a text of several, or an array of texts; without empty lines and those that begin with `#`. */
export const lines = () =>
  kind<readonly string[]>((value) => {
    const given = Array.isArray(value) ? value : [value];
    if (!given.every((line) => typeof line === 'string'))
      return { problem: `must be a text, or an array of texts, not ${shown(value)}` };
    const all = given.flatMap((line) => line.split('\n')).map((line) => line.trim());
    return { value: all.filter((line) => line !== '' && !line.startsWith('#')) };
  });

/** Commands for `sh`: a text of one or more lines, or an array of them. They stay as they are: one may go on in the next. */
export const script = () =>
  kind<string>((value) => {
    const given = Array.isArray(value) ? value : [value];
    if (!given.every((line) => typeof line === 'string'))
      return { problem: `must be a text, or an array of texts, not ${shown(value)}` };
    const value_ = given.join('\n').trim();
    return value_.includes('\0') ? { problem: 'cannot hold a zero byte' } : { value: value_ };
  });

/** A name that becomes part of file names: letters, digits, `_`, `-`, `.`. */
export const name = () =>
  kind<string>((value) =>
    typeof value === 'string' && NAME.test(value)
      ? { value }
      : { problem: `must be letters, digits, "_", "-" and ".", not ${shown(value)}` },
  );

/** Where `altrestore` restores from: lines `STORAGE PATH [BLOBPATH]`, or a table `STORAGE = [PATH, BLOBPATH]`. */
export type Sources =
  | { readonly lines: readonly string[] }
  | { readonly table: Readonly<Record<string, readonly string[]>> };

export const sources = () =>
  kind<Sources>((value) => {
    if (typeof value === 'string' || Array.isArray(value)) {
      const read = lines().safeParse(value);
      if (read.success) return { value: { lines: read.data } };
    } else if (typeof value === 'object' && value !== null) {
      const table = Object.entries(value).map(([key, paths]) => [
        key,
        Array.isArray(paths) ? paths : [paths],
      ]);
      const whole = table.every(([, paths]) =>
        (paths as readonly unknown[]).every((item) => typeof item === 'string'),
      );
      if (whole) return { value: { table: Object.fromEntries(table) as Record<string, readonly string[]> } };
    }
    return {
      problem: `must be lines "STORAGE PATH [BLOBPATH]" or a table of STORAGE = [PATH, BLOBPATH], not ${shown(value)}`,
    };
  });

function shown(value: unknown): string {
  const json =
    JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? Number(item) : item)) ?? 'nothing';
  return json.length > 60 ? `${json.slice(0, 60)}…` : json;
}
