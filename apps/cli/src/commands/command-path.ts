import { delimiter, dirname, join } from 'node:path';

/**
 * The PATH of COMMAND: last of all the directories of this very `holdfast` and of its Node, so that a COMMAND finds it
 * however it was started: under cron, by an alias, by `node …/holdfast.js`.
 *
 * @param script the file that Node was given, without links on the way to it
 */
export function commandPath(path: string | undefined, execPath: string, script: string): string | undefined {
  // Without one the system has its own, which an addition would hide.
  if (path === undefined || path === '') return path;
  const there = path.split(delimiter);
  const more = [join(dirname(script), '..', 'bin'), dirname(execPath)].filter((at) => !there.includes(at));
  return [...there, ...more].join(delimiter);
}
