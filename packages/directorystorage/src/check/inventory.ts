import { type Format, nameAt } from '../layout.js';
import { type DatabaseName, isDeleted, isMark, parseName } from '../names.js';
import type { Findings } from './findings.js';
import type { Pace } from './pace.js';
import type { StorageFiles } from './storage-files.js';

/** Calls `visit` for each file of the database in `A`, in no order; counts the others. Memory: the depth of the tree. */
export async function walkDatabase(
  files: StorageFiles,
  findings: Findings,
  pace: Pace,
  visit: (name: DatabaseName) => void,
): Promise<void> {
  await new Inventory(files, findings, pace, visit).walk('');
}

/** As `walkDatabase` for another round: nothing is counted again. */
export async function walkAgain(
  files: StorageFiles,
  pace: Pace,
  visit: (name: DatabaseName) => void,
): Promise<void> {
  await new Inventory(files, undefined, pace, visit).walk('');
}

class Inventory {
  constructor(
    private readonly files: StorageFiles,
    private readonly findings: Findings | undefined,
    private readonly pace: Pace,
    private readonly visit: (name: DatabaseName) => void,
  ) {}

  async walk(below: string): Promise<void> {
    const files = new DirectoryNames(this.files.storage.settings.format, below);
    for (const { name, kind } of this.files.entries(below)) {
      if (this.pace.due) await this.pace.breathe();
      if (kind === 'directory') await this.walk(below === '' ? name : `${below}/${name}`);
      else if (kind === 'file') this.file(name, files.parse(name));
      else this.findings?.count('foreignFiles');
    }
  }

  private file(fileName: string, name: DatabaseName | undefined): void {
    if (name !== undefined) this.visit(name);
    else
      this.findings?.count(
        isDeleted(fileName) ? 'deletedFiles' : isMark(fileName) ? 'marks' : 'foreignFiles',
      );
  }
}

/** The names of the files of one directory: all of them have the same beginning. */
class DirectoryNames {
  private prefix: string | undefined;

  constructor(
    private readonly format: Format,
    private readonly below: string,
  ) {}

  parse(file: string): DatabaseName | undefined {
    if (this.prefix !== undefined) return parseName(this.prefix + file);
    const name = nameAt(this.format, this.below === '' ? file : `${this.below}/${file}`);
    const parsed = name === undefined ? undefined : parseName(name);
    if (parsed !== undefined) this.prefix = name!.slice(0, -file.length);
    return parsed;
  }
}
