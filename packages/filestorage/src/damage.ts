import { HoldfastError } from '@holdfast/errors';

/**
 * The error of bytes that no transaction can have (docs/formats/filestorage.md, section 4).
 *
 * @param offset the position in the file of the field that is wrong
 * @param transaction the position of the transaction; everything before it was found whole (`details.wholeUpTo`)
 */
export function damaged(
  path: string,
  offset: number,
  transaction: number,
  what: string,
  hint?: string,
): HoldfastError {
  const message = `${path} is damaged at byte ${offset}: ${what}`;
  return new HoldfastError('filestorage.damaged', message, {
    path,
    offset,
    hint,
    details: { wholeUpTo: transaction },
  });
}

/** The error of a file that ended before bytes that it had when its size was taken. */
export function shortRead(path: string, offset: number, wanted: number): HoldfastError {
  const message = `${path} ends at byte ${offset}, before byte ${wanted} that it had`;
  return new HoldfastError('fs.short-read', message, { path, offset });
}
