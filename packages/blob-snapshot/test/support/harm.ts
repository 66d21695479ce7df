import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';

/** What can happen to a file in a backup. */
export const harm = {
  remove: (file: string) => unlinkSync(file),

  cut(file: string): void {
    chmodSync(file, 0o600);
    truncateSync(file, 3);
    chmodSync(file, 0o400);
  },

  /** As bit rot does: same size, same time. */
  change(file: string): void {
    const { mtimeMs } = lstatSync(file);
    const content = readFileSync(file);
    content[0] = (content[0] ?? 0) ^ 1;
    chmodSync(file, 0o600);
    writeFileSync(file, content);
    chmodSync(file, 0o400);
    utimesSync(file, mtimeMs / 1000, mtimeMs / 1000);
  },

  makeLink(file: string): void {
    renameSync(file, `${file}.moved`);
    symlinkSync(`${file}.moved`, file);
  },

  makeFifo(file: string): void {
    unlinkSync(file);
    execFileSync('mkfifo', [file]);
  },

  makeDirectory(file: string): void {
    unlinkSync(file);
    mkdirSync(file);
  },
};
