import { open, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LAST_DAT, LAST_FULL, LAST_INCREMENT } from './repozo-repository.js';

type Damage = (directory: string) => Promise<void>;

const inRepository = (directory: string, name: string) => join(directory, 'repo', name);

export const changedByte: Damage = async (directory) => {
  const file = await open(inRepository(directory, LAST_INCREMENT), 'r+');
  await file.write('X', 30);
  await file.close();
};

export const truncatedIncrement: Damage = (directory) =>
  truncate(inRepository(directory, LAST_INCREMENT), 100);

export const missingIncrement: Damage = (directory) => rm(inRepository(directory, LAST_INCREMENT));

export const missingFull: Damage = (directory) => rm(inRepository(directory, LAST_FULL));

export const missingDat: Damage = (directory) => rm(inRepository(directory, LAST_DAT));

export const emptyDat: Damage = (directory) => writeFile(inRepository(directory, LAST_DAT), '');

/** As a repozo leaves it that is killed between publishing an increment and writing its line. */
export const missingLine = changedDat((lines) => lines.slice(0, 1));

export const tornLine = changedDat((lines) => [...lines, 'torn']);

export const wrongChecksum = changedDat((lines) => lines.map((line) => line.replace(/\S+$/, '0'.repeat(32))));

function changedDat(change: (lines: readonly string[]) => readonly string[]): Damage {
  return async (directory) => {
    const path = inRepository(directory, LAST_DAT);
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    await writeFile(
      path,
      change(lines)
        .map((line) => `${line}\n`)
        .join(''),
    );
  };
}
