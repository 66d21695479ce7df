import { join } from 'node:path';
import { type FileSystem, readSmallFile } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import { type IniSections, parseIni } from './ini.js';
import { FORMATS, type Format } from './layout.js';

const CLASSES = ['Full', 'Minimal'] as const;
export type StorageClass = (typeof CLASSES)[number];

/** What Holdfast needs of `config/settings` (docs/formats/directorystorage.md, section 1). */
export interface StorageSettings {
  readonly format: Format;
  readonly classname: StorageClass;
  /** Whether files are synced. */
  readonly sync: boolean;
  /** Whether directories are, too; off on NFS, where that fails. */
  readonly syncDirectories: boolean;
  /** Whether the storage leaves the journal as it is when it is closed. */
  readonly quickShutdown: boolean;
}

/** 100 times what mkds writes. */
const LONGEST = 1 << 20;
const VERSION = '0.11';

/**
 * @throws HoldfastError `directorystorage.missing`, `directorystorage.settings`, `directorystorage.unsupported`, or one of
 *   the `fs.` family
 */
export async function readSettings(fs: FileSystem, directory: string): Promise<StorageSettings> {
  const path = join(directory, 'config', 'settings');
  // It may be a link: several storages of one site can share their settings.
  return parseSettings((await readSmallFile(fs, await fs.realPath(path), LONGEST)).toString('utf8'), path);
}

/** @param path for the messages */
export function parseSettings(text: string, path: string): StorageSettings {
  const { sections, problem } = parseIni(text);
  if (problem !== undefined) {
    const message = `line ${problem.line} of ${path} is neither a section, a setting nor a comment: ${problem.text}`;
    throw new HoldfastError('directorystorage.settings', message, { path });
  }
  const settings = new Settings(sections, path);
  const version = settings.text('structure', 'version');
  if (version !== VERSION) throw settings.unsupported(`version ${version}; only ${VERSION} is known`);
  const sync = settings.flag('filesystem', 'sync');
  return {
    format: formatOf(settings),
    classname: settings.oneOf('storage', 'classname', CLASSES),
    sync,
    syncDirectories: sync && settings.flag('posix', 'dirsync', true),
    quickShutdown: settings.flag('filesystem', 'quick_shutdown'),
  };
}

function formatOf(settings: Settings): Format {
  if (settings.text('structure', 'format') === 'bushy4') {
    throw settings.unsupported('the format bushy4, which DirectoryStorage itself gave up long ago', {
      hint: 'Copy the storage with the version of DirectoryStorage that made it to one of the format bushy or chunky.',
    });
  }
  return settings.oneOf('structure', 'format', FORMATS);
}

class Settings {
  constructor(
    private readonly sections: IniSections,
    private readonly path: string,
  ) {}

  text(section: string, key: string): string {
    const value = this.sections.get(section)?.get(key);
    if (value !== undefined) return value;
    throw new HoldfastError('directorystorage.settings', `${this.path} has no ${key} in [${section}]`, {
      path: this.path,
    });
  }

  /** 0 or another whole number. */
  flag(section: string, key: string, otherwise?: boolean): boolean {
    if (otherwise !== undefined && this.sections.get(section)?.get(key) === undefined) return otherwise;
    const text = this.text(section, key);
    if (/^[+-]?\d{1,9}$/.test(text)) return Number(text) !== 0;
    const message = `${key} in [${section}] of ${this.path} is '${text}', not a number`;
    throw new HoldfastError('directorystorage.settings', message, { path: this.path });
  }

  oneOf<T extends string>(section: string, key: string, known: readonly T[]): T {
    const text = this.text(section, key);
    const found = known.find((value) => value === text);
    if (found !== undefined) return found;
    throw this.unsupported(`${key} ${text}; known are ${known.join(', ')}`);
  }

  unsupported(what: string, fields: { readonly hint?: string } = {}): HoldfastError {
    const message = `${this.path} names ${what}`;
    return new HoldfastError('directorystorage.unsupported', message, { path: this.path, ...fields });
  }
}
