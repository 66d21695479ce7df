import { BLOBS } from './catalogue/blobs.js';
import { CONFIGURATION } from './catalogue/configuration.js';
import { DIRECTORYSTORAGE } from './catalogue/directorystorage.js';
import type { CatalogueEntry } from './catalogue/entry.js';
import { FILES } from './catalogue/files.js';
import { FILESTORAGE } from './catalogue/filestorage.js';
import { GENERAL } from './catalogue/general.js';
import { HOOK } from './catalogue/hook.js';
import { RESTORE } from './catalogue/restore.js';
import { SETS } from './catalogue/sets.js';
import { SNAPSHOT } from './catalogue/snapshot.js';
import { TOOLKIT } from './catalogue/toolkit.js';

export { EXIT, type ExitStatus } from './catalogue/exit.js';

/**
 * Every error that Holdfast can end with, and the exit status it gives: the files of `catalogue/`, each with some
 * families of codes, put together. docs/errors.md shows the same table in the same order, and a test holds the two
 * together.
 */
const entries = {
  ...GENERAL,
  ...FILES,
  ...FILESTORAGE,
  ...BLOBS,
  ...HOOK,
  ...RESTORE,
  ...DIRECTORYSTORAGE,
  ...CONFIGURATION,
  ...SETS,
  ...SNAPSHOT,
  ...TOOLKIT,
};

export type ErrorCode = keyof typeof entries;

export const CATALOGUE: Readonly<Record<ErrorCode, CatalogueEntry>> = entries;
