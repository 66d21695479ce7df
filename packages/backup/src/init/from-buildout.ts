import { join, resolve } from 'node:path';
import { HoldfastError } from '@holdfast/errors';
import { Buildout } from './buildout/buildout.js';
import { choosePart } from './buildout/choose-part.js';
import { PartReader } from './buildout/part-reader.js';
import { recipeBooleans, recipeNumbers, recipeTexts } from './buildout/recipe-options.js';
import { readSources, readStorages } from './buildout/storages.js';
import { zopeOption } from './buildout/zope-option.js';
import { type Draft, pathSetting, type Setting } from './draft.js';
import type { TextFiles } from './text-files.js';

export interface BuildoutSource {
  readonly files: TextFiles;
  /** The file that buildout is started with, absolute. */
  readonly path: string;
  /** The part; undefined: the only one of collective.recipe.backup. */
  readonly part: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

/**
 * A part of collective.recipe.backup (2.13 to 6) in a buildout -> a draft, with what the recipe takes from other parts.
 *
 * @throws HoldfastError `init.unreadable`, with all values that refer to what is not there
 */
export function draftFromBuildout(source: BuildoutSource): Draft {
  const buildout = new Buildout(source.files, source.path);
  const part = choosePart(buildout, source.path, source.part);
  const reader = new PartReader(buildout, part, source);
  const site = resolve(reader.of('buildout', 'bin-directory') ?? 'bin', '..');
  const varDirectory = resolve(site, zopeOption(reader, 'zeo-var') ?? zopeOption(reader, 'var') ?? 'var');
  const prefix = reader.path(['locationprefix'], site) ?? varDirectory;
  const datafs =
    reader.path(['datafs'], site) ??
    datafsOfZope(reader, site) ??
    join(varDirectory, 'filestorage', 'Data.fs');
  const blobs = blobStorage(reader, site, varDirectory);
  const settings: Setting[] = [
    pathSetting('datafs', datafs, site),
    ...(blobs === undefined ? [] : [pathSetting('blob_storage', blobs, site)]),
    ...(prefix === join(site, 'var') ? [] : [pathSetting('locationprefix', prefix, site)]),
    ...locations(reader, site, prefix),
    ...recipeNumbers(reader),
    ...recipeBooleans(reader),
    ...recipeTexts(reader),
  ];
  const storages = readStorages(reader, site);
  const sources = readSources(reader, site);
  reader.ignored();
  const { problems, warnings } = reader;
  if (problems.length > 0)
    throw new HoldfastError('init.unreadable', `${source.path}: ${problems.join('; ')}`, {
      path: source.path,
      details: { problems },
    });
  return {
    name: part,
    site,
    settings,
    storages,
    sources,
    notes: [`The part [${part}] of ${source.path} was read.`, ...reader.notes],
    warnings: [...buildout.warnings, ...warnings],
  };
}

function datafsOfZope(reader: PartReader, site: string): string | undefined {
  const text = zopeOption(reader, 'file-storage');
  return text === undefined ? undefined : reader.expand('file-storage', text, site);
}

/** As the recipe finds it: its own option, another part's, `var/blobstorage` where there is such a part. */
function blobStorage(reader: PartReader, site: string, varDirectory: string): string | undefined {
  const own = reader.path(['blob_storage', 'blob-storage'], site);
  if (own !== undefined) return own;
  const other = zopeOption(reader, 'blob-storage');
  if (other !== undefined) return reader.expand('blob-storage', other, site);
  if (zopeOption(reader, 'recipe') !== undefined) return join(varDirectory, 'blobstorage');
  if (reader.flag('backup_blobs') !== false)
    reader.warnings.push(
      'No part says where the blobs are: set blob_storage, or backup_blobs = false where there are none.',
    );
  return undefined;
}

const LOCATIONS = [
  'location',
  'blobbackuplocation',
  'snapshotlocation',
  'blobsnapshotlocation',
  'ziplocation',
  'blobziplocation',
];

function locations(reader: PartReader, site: string, prefix: string): readonly Setting[] {
  const old = reader.recipeBefore(4);
  const base = old === true ? site : prefix;
  return LOCATIONS.flatMap((option) => {
    const text = reader.raw(option);
    const at = reader.path([option], base);
    if (text === undefined || at === undefined) return [];
    if (old === undefined && /^[^/~$]/.test(text))
      reader.warnings.push(
        `${option} = ${text} is taken to be relative to ${base}, as by the recipe from 4.0 on; before, it was relative to ${site}. Compare with where the backups are.`,
      );
    return [pathSetting(option, at, '/')];
  });
}
