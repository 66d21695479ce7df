import { NAME } from '../../config/names.js';
import { pathSetting, pathText, type Setting, type StorageDraft } from '../draft.js';
import type { PartReader } from './part-reader.js';

const linesOf = (text: string | undefined): readonly (readonly string[])[] =>
  (text ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(/\s+/));

/** `additional_filestorages`: `NAME [DATAFS [BLOBDIR]]` a line. */
export function readStorages(reader: PartReader, site: string): readonly StorageDraft[] {
  return linesOf(reader.raw('additional_filestorages')).flatMap(([name = '', datafs, blobs, ...rest]) => {
    if (!NAME.test(name) || rest.length > 0) {
      reader.problems.push(`additional_filestorages: '${name}' is not "NAME [DATAFS [BLOBDIR]]"`);
      return [];
    }
    const setting = (option: string, text: string | undefined): readonly Setting[] => {
      const at = text === undefined ? undefined : reader.expand('additional_filestorages', text, site);
      return at === undefined ? [] : [pathSetting(option, at, site)];
    };
    return [{ name, settings: [...setting('datafs', datafs), ...setting('blob_storage', blobs)] }];
  });
}

/** `alternative_restore_source`: `STORAGE PATH [BLOBPATH]` a line. */
export function readSources(reader: PartReader, site: string): Readonly<Record<string, readonly string[]>> {
  const option = 'alternative_restore_source';
  const lines = linesOf(reader.any([option, `${option}s`]));
  return Object.fromEntries(
    lines.flatMap(([key = '', ...paths]) => {
      if (paths.length === 0 || paths.length > 2)
        reader.problems.push(`${option}: '${key}' is not "STORAGE PATH [BLOBPATH]"`);
      const expanded = paths
        .map((text) => reader.expand(option, text, site))
        .filter((at) => at !== undefined);
      return [[key === '1' ? 'Data' : key, expanded.map((at) => pathText(at, site))]];
    }),
  );
}
