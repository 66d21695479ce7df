import { HoldfastError } from '@holdfast/errors';
import { stampTime } from '@holdfast/filestorage-backup';

const FORM =
  /^(\d{4})-(\d\d)-(\d\d)(?:(?:[-T]|\s+)(\d\d)(?:[-:](\d\d)(?:[-:](\d\d)(?:\.\d+)?)?)?)?(?:Z|\s*UTC|\.(?:delta)?fsz?)?$/i;

/**
 * The DATE of `restore`, in UTC: `2026-11-20`, `2026-11-20 14:30`, `2026-11-20-14-30-00`; also a time as `list`
 * prints it, and the name of a backup file. A date that leaves out the time means the end of what it names: the
 * last backup of that day, hour or minute. (repozo's -D takes the beginning: `holdfast repozo` does too.)
 *
 * @returns the latest stamp that is meant
 */
export function parseDate(text: string): string {
  const match = FORM.exec(text.trim());
  const [, year, month, day, hour = '23', minute = '59', second = '59'] = match ?? [];
  const stamp = `${year}-${month}-${day}-${hour}-${minute}-${second}`;
  if (match !== null && stampTime(stamp) !== undefined) return stamp;
  throw new HoldfastError('usage', `'${text}' is not a date`, {
    hint: 'Give it in UTC as YYYY-MM-DD or YYYY-MM-DD HH:MM, for example 2026-11-20 14:30.',
  });
}
