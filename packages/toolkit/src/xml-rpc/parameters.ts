import { z } from 'zod';
import { badCall, FAULT } from './faults.js';
import type { Value } from './value.js';

/** A code when none was sent, as the original has it. */
export const DEFAULT_CODE = 'toolkit';

/** No control, format or unassigned characters, no separators of lines. */
const PRINTABLE = /^[^\p{C}\p{Zl}\p{Zp}]+$/u;
/** UTF-16 units: less than the keeper takes. */
const LONGEST_CODE = 200;

/** A code that was sent. */
export const codeParameter = z
  .string('must be a string')
  .refine(
    (text) => text.length <= LONGEST_CODE && PRINTABLE.test(text),
    'must be a code of 1 to 200 printable characters',
  );

/** Nil and an empty code are none to the original. */
export const optionalCode = z
  .union(
    [codeParameter, z.literal(''), z.null()],
    'must be a code of 1 to 200 printable characters, or be left out',
  )
  .transform((code) => code || DEFAULT_CODE);

/** The parameters as a schema has them. @throws HoldfastError `toolkit.request` */
export function checked<Params>(schema: z.ZodType<Params>, params: readonly Value[]): Params {
  const { success, data, error } = schema.safeParse(params);
  if (success) return data;
  const { path = [], message = 'wrong' } = error.issues[0] ?? {};
  const [index] = path;
  const text =
    typeof index === 'number'
      ? `Parameter ${index + 1} ${message}`
      : `The number of parameters is wrong: ${params.length} were sent`;
  throw badCall(FAULT.badParameters, text);
}
